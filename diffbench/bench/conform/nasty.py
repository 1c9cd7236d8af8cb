"""Code that known tools get wrong: kinks, ties, 0·inf, in-place writes, conversions that lose a
trace, repeated eigenvalues. One case a line of nasty.jsonl: id, code, point, order, expected.
"""

import json
from collections.abc import Iterator
from importlib.resources import files
from typing import Any

import numpy as np

from diffbench.bench.conform.cases import (
    NO_NUMBERS,
    Case,
    Outcome,
    Verdict,
    as_numbers,
    compared,
    shown,
    written,
)
from diffbench.interface import Operator

# what is not code but a description, tested by hand where it can be (tests/test_nasty_cases.py)
DESCRIBED = ("NEST", "HOF", "SYM", "BUFFER", "THREADS", "EXC")
# no tool that follows the code can see what a branch hides; what cancels has the error of its condition
UNDECIDED = {"A09", "A10", "I05", "B40", "B41"}
# a limit, to eps**(2/3); the digits given; a step of 1e-12 in the middle
TOLERANCES = {"G08": 1e-9, "G11": 3e-4, "I08": 1e-9}
SPELLED_OUT = {"G11": [[0.2558, 0.1954], [0.1954, 0.3162]], "B08": 1.0}
WHOLE = {"E02", "E03"}  # points of whole numbers
EXACT = 1e-12  # of allowed values that are spelled out one by one
HEADER = "import numpy as np\n"


def lines() -> list[dict[str, Any]]:
    """The lines of the file."""
    text = files("diffbench.bench.conform").joinpath("nasty.jsonl").read_text()
    return [json.loads(line) for line in text.splitlines()]


def is_code(line: dict[str, Any]) -> bool:
    """Whether the line holds code that can be run."""
    code = line["code"]
    return not (code.startswith(DESCRIBED) or "dict" in code or " at z" in code)


def cases() -> Iterator[Case]:
    """Those that are code, and decided."""
    for line in lines():
        if is_code(line) and line["id"] not in UNDECIDED:
            yield case_of(line)


def case_of(line: dict[str, Any]) -> Case:
    """The case of a line."""
    name, order = line["id"], line["order"]
    x = np.array(line["point"], dtype=int if name in WHOLE else float)
    judge = {"refuse": _no_number, "value": _the_value}.get(line["expect"], _one_of)
    return Case(
        "nasty",
        name,
        written(line["code"], HEADER),
        x,
        lambda method, f, x: ORDERS[order](method, f, x),
        lambda answer, tolerance: judge(line, answer, tolerance),
        Outcome.RIGHT if line["expect"] == "refuse" else Outcome.REFUSED,
        f"{line['code']}: {line['why']}",
    )


ORDERS: dict[int, Any] = {
    1: lambda method, f, x: method.ask(Operator.GRADIENT, f, x),
    2: lambda method, f, x: method.ask(Operator.HESSIAN, f, x),
    3: lambda method, f, x: method.third(f, x),
}


def _no_number(line: dict[str, Any], answer: Any, tolerance: float) -> Verdict:
    found = as_numbers(answer)
    if found is None:
        return NO_NUMBERS
    says_so = not np.all(np.isfinite(found))
    told: dict[str, Any] = {
        "found": shown(found),
        "expected": f"no number: {line['value'] or line['why']}",
    }
    return Verdict(Outcome.RIGHT if says_so else Outcome.WRONG, **told)


def _the_value(line: dict[str, Any], answer: Any, tolerance: float) -> Verdict:
    wanted = np.asarray(SPELLED_OUT.get(line["id"], line["value"]), float)
    return compared(answer, wanted, max(tolerance, TOLERANCES.get(line["id"], 0.0)))


def _one_of(line: dict[str, Any], answer: Any, tolerance: float) -> Verdict:
    value = line["value"]
    allowed = value if isinstance(value, list) else [value]
    verdicts = [v for wanted in allowed if (v := _allowed(answer, wanted, tolerance)) is not None]
    return min(verdicts, key=lambda v: list(Outcome).index(v.outcome))


def _allowed(answer: Any, wanted: Any, tolerance: float) -> Verdict | None:
    """Against one of the allowed values: a number, an interval, or an error, which this is not."""
    if isinstance(wanted, str) and wanted.startswith("["):
        (low, high), found = json.loads(wanted), as_numbers(answer)
        if found is None:
            return NO_NUMBERS
        inside = found.shape == () and bool(low <= found <= high)
        outcome = Outcome.RIGHT if inside else Outcome.WRONG
        return Verdict(outcome, found=shown(found), expected=f"in {wanted}")
    if isinstance(wanted, str):
        return None
    return compared(answer, np.asarray(wanted, float), tolerance)

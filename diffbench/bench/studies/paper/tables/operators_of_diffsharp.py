"""DiffSharp's table of operators: what each costs over its function, at 100 inputs."""

from collections.abc import Iterator
from functools import partial
from statistics import median
from typing import Any

import numpy as np

from diffbench.asking.prepared.preparing import prepare
from diffbench.bench.studies.paper.entry import ALIKE, Entry, Rows
from diffbench.interface import Instance, Operator
from diffbench.measure.cost.timing import Statement, calibrate, interleaved, sample
from diffbench.registry import find

PLACE = 50
TITLE = "Operators over their functions, 100 inputs"
SOURCE = "diffsharp.github.io, Benchmarks (version 0.7, i7-4785T, 10,000 calls)"
ROUNDS, SAMPLE_S = 5, 0.01
LOGISTIC, ENTROPY, SUMS = "logistic_map", "halved_entropy", "three_sums"
# DiffSharp's operator: our operator and method, its function, the published ratio
AD = {
    "diff": ("derivative", "forward", LOGISTIC, 3.33),
    "diff2": ("hessian", "forward", LOGISTIC, 9.30),
    "grad": ("gradient", "reverse", ENTROPY, 4.79),
    "gradv": ("jvp", "forward", ENTROPY, 2.11),
    "hessian": ("hessian", "reverse", ENTROPY, 810.22),
    "hessianv": ("hvp", "reverse", ENTROPY, 9.62),
    "jacobian": ("jacobian", "reverse", SUMS, 15.10),
    "jacobianv": ("jvp", "forward", SUMS, 2.55),
    "jacobianTv": ("vjp", "reverse", SUMS, 4.53),
}
NUMERICAL = {
    "diff": ("derivative", "central-difference", LOGISTIC, 1.93),
    "grad": ("gradient", "forward-difference", ENTROPY, 161.36),
    "jacobian": ("jacobian", "forward-difference", SUMS, 112.54),
}
COMPILED = {
    name: (operator, "compiled", problem, None) for name, (operator, _, problem, _) in AD.items()
}
WHY = {
    "forward": "a dual number is a Python object, a value on the stack in F#; f runs on plain floats",
    "reverse": "the tape is written and walked in Python, over an f of three calls of NumPy",
    "compiled": "native code over an f in NumPy or Python: no counterpart there",
    "central-difference": "two calls of f, beside the checks of the difference",
    "forward-difference": "101 calls of f, in a batch where f allows it",
}


def lines(rows: Rows) -> Iterator[Entry]:
    """Measured anew: a run holds one operator a problem."""
    for kind, table in (("AD", AD), ("numerical", NUMERICAL), ("compiled", COMPILED)):
        for name, (operator, method, problem, published) in table.items():
            f = find("problems", problem).at(100)
            ratio = cost(f, operator, method)
            printed = "" if published is None else f"{published:.2f}"
            says = _says(method, published, ratio)
            yield Entry(f"{name}, {kind}: {operator} by {method}", printed, f"{ratio:.3g}", says)


def cost(f: Instance, operator: str, method: str) -> float:
    """An operator's time over that of f, samples side by side."""
    function, arguments, keywords = f.plain
    asked = prepare(f, f.point, operator=Operator(operator), method=method)
    calls = {
        "f": Statement(function, *arguments, **keywords),
        "asked": Statement(asked, *_arguments(f, operator)),
    }
    samplers = {
        name: partial(sample, call, calibrate(call, sample_s=SAMPLE_S))
        for name, call in calls.items()
    }
    taken = interleaved(samplers, ROUNDS)
    return float(median(a / b for a, b in zip(taken["asked"], taken["f"], strict=True)))


def _arguments(f: Instance, operator: str) -> tuple[Any, ...]:
    if operator == "vjp":
        return f.point, np.ones_like(f(f.point))
    return (f.point, np.ones_like(f.point)) if operator in ("jvp", "hvp") else (f.point,)


def _says(method: str, published: float | None, found: float) -> str:
    if published is not None and 1 / ALIKE <= found / published <= ALIKE:
        return f"within a factor of {ALIKE:.0f}"
    return WHY[method]

"""Every row of the rule table, identities that its derivatives obey, and random programs: judged by
what plain NumPy says of f (bench/fuzz/judge.py), which shares no rule with anybody.

    rules        the gradient of a weighted sum of each sample's entries
    identities   in turn: J and J^T are transposes; the Hessian is symmetric; the chain rule
    programs     the gradient of drawn programs
"""

import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import count, islice
from typing import Any

import numpy as np

from diffbench.bench.conform.cases import Case, Verdict, compared, gradient, written
from diffbench.bench.conform.samples import SAMPLES
from diffbench.bench.fuzz.judge import Truth
from diffbench.bench.fuzz.programs import Program, drawn, quiet
from diffbench.interface import Operator

FIRST_SEED = 7_000_000  # programs that nobody was mended by
COMPOSED = "\n\ndef sine_of_f(x):\n    return np.sin(f(x))\n"
ONLY_OURS = re.compile(r"SEEN|KNOWN|float32|weights")  # what asks of memory or of another precision


def of_the_rules() -> Iterator[Case]:
    """A case a sample."""
    for k, program in enumerate(_sampled()):
        case = _case("rules", f"{k:03}", program)
        if case is not None:
            yield replace(case, why=SAMPLES[k].text)


def of_identities() -> Iterator[Case]:
    """One of the identities a sample, in turn: what they ask for is supplied by few tools alike."""
    for k, sample in enumerate(SAMPLES):
        name, ask, scalar = IDENTITIES[k % len(IDENTITIES)]
        text = written(sample.text if not scalar else _weighted(sample.text, sample)) + COMPOSED
        values = {"WEIGHTS": _weights(np.shape(_value(sample)))}
        case = Case("identities", f"{k:03}", text, sample.x, ask, _agree, values=values)
        yield replace(case, why=f"{name}: {sample.text}")


def drawn_ones(number: int, seed: int = FIRST_SEED) -> Iterator[Case]:
    """A case a program that is a smooth number at its point."""
    found = (_case("programs", str(s), drawn(s)) for s in count(seed))
    yield from islice((case for case in found if case is not None), number)


# ---------------------------------------------------------------- truth by plain NumPy


def _sampled() -> Iterator[Program]:
    for sample in SAMPLES:
        yield Program((f"v0 = {sample.text}",), ("v0",), sample.x)


def _case(group: str, name: str, program: Program) -> Case | None:
    """The program as a case, with the truth that plain NumPy knows; None where it knows none."""
    if not program.is_number or ONLY_OURS.search("\n".join(program.statements)):
        return None
    try:
        truth = Truth(program)
        values = _returned(program)
    except Exception:
        return None
    if not truth.is_smooth or truth.compares:
        return None
    expected = truth.jacobian().reshape(np.shape(program.x))
    terms = [f"np.sum(W_{v} * {v})" if np.shape(a) else v for v, a in values.items()]
    weights = {f"W_{v}": _weights(np.shape(a)) for v, a in values.items()}
    scaled = [t if t.startswith("np.sum") else f"{np.cos(1.0)!r} * {t}" for t in terms]
    text = written("\n".join([*program.statements, f"return {' + '.join(scaled)}"]))
    return Case(
        group,
        name,
        text,
        program.x,
        gradient,
        lambda answer, tolerance: compared(answer, expected, tolerance, truth.size),
        values=weights,
        why="; ".join(program.statements),
    )


def _returned(program: Program) -> dict[str, Any]:
    """The values whose weighted sum the program returns, by name."""
    body = "\n".join([*program.statements, f"return [{', '.join(program.returned)}]"])
    names: dict[str, Any] = {}
    exec(written(body), names)
    with quiet():
        found = names["f"](np.array(program.x)[()])
    return dict(zip(program.returned, found, strict=True))


def _weights(shape: tuple[int, ...]) -> Any:
    """The same that fuzzed programs weight their entries with."""
    return np.cos(1.0 + np.arange(np.prod(shape, dtype=int))).reshape(shape)


def _value(sample: Any) -> Any:
    with quiet():
        return sample.function(sample.x.copy())


# ---------------------------------------------------------------- identities


def _weighted(text: str, sample: Any) -> str:
    return f"np.sum(WEIGHTS * ({text}))" if np.shape(_value(sample)) else text


def _direction(x: Any) -> Any:
    return np.cos(2.0 + np.arange(x.size)).reshape(x.shape)


def _transposed(method: Any, f: Any, x: Any) -> Any:
    y, y_dot = method.ask(Operator.JVP, f, x, _direction(x))
    y_bar = np.sin(1.0 + np.arange(np.size(y))).reshape(np.shape(y))
    x_bar = method.ask(Operator.VJP, f, x, y_bar)[1]
    return np.sum(y_bar * y_dot), np.sum(x_bar * _direction(x))


def _symmetric(method: Any, f: Any, x: Any) -> Any:
    matrix = np.reshape(method.ask(Operator.HESSIAN, f, x), (x.size, x.size))
    return matrix, matrix.T


def _chain(method: Any, f: Any, x: Any) -> Any:
    inner = method.ask(Operator.GRADIENT, f, x)
    composed = method.ask(Operator.GRADIENT, f.__globals__["sine_of_f"], x)
    return composed, np.cos(f(x.copy())) * inner


def _agree(answer: Any, tolerance: float) -> Verdict:
    left, right = answer
    return compared(left, np.asarray(right, float), tolerance, 1e-3)


IDENTITIES: tuple[tuple[str, Any, bool], ...] = (
    ("<y, J x> = <J' y, x>", _transposed, False),
    ("the Hessian is symmetric", _symmetric, True),
    ("the chain rule", _chain, True),
)

"""What plain NumPy says of a program's derivative, and which of our answers contradict it.

    value      each method's value is that of plain f
    estimate   the Jacobian is that of differences of plain f; where f jumps or has no value it is refused
    methods    forward = reverse = compiled, also at points met after it was prepared, = symbolic
    order      the second derivative is that of differences of the first

A refusal with a reason of ours is no contradiction; an error in foreign words is.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from diffbench.arrays.recorder import record
from diffbench.asking import operators as db
from diffbench.asking.prepared.preparing import prepare
from diffbench.bench.fuzz.programs import FILE, Program, plain, quiet
from diffbench.differentiators.compiled import Compiled
from diffbench.errors import DiffbenchError
from diffbench.ir import Equation, Var

AGREE, ESTIMATED, SECOND = 1e-6, 1e-5, 1e-4  # relative to the largest entry, and to f's own size


@dataclass(frozen=True)
class Finding:
    """A contradiction: which check, between whom, and the two answers."""

    check: str
    between: str
    text: str


@dataclass(frozen=True)
class Judge:
    """How programs are judged: with the checks that take long, or without."""

    symbolic: bool = False
    second: bool = False
    native: bool = False

    def findings(self, program: Program) -> Iterator[Finding]:
        """The contradictions of one program, the plainest first."""
        try:
            truth = Truth(program)
        except Exception:
            return
        f, answers = program.function(), dict[str, Any]()
        # formulas know one precision only
        single = "float32" in "".join(program.statements)
        for name, method in self._methods().items():
            if name == "symbolic" and single:
                continue
            answer = _asked(_first(method, program.is_number), f, program.x)
            if isinstance(answer, Foreign):
                yield Finding("error", name, answer.text)
            elif answer is not REFUSED:
                answers[name] = answer
        for name, (value, found) in answers.items():
            yield from truth.contradictions(name, value, found)
        yield from _differing(answers, truth)
        yield from self._later(program, f)
        if self.second and program.is_number and truth.is_smooth and answers:
            yield from _seconds(program, f)

    def _methods(self) -> dict[str, Any]:
        names = ["forward", "reverse", *(["symbolic"] if self.symbolic else [])]
        return {name: name for name in names} | {"compiled": self._compiled()}

    def _compiled(self) -> Compiled:
        return Compiled(native="auto" if self.native else False)

    def _later(self, program: Program, f: Any) -> Iterator[Finding]:
        """What was prepared at x, at the later points, against direct answers there."""
        operator = "gradient" if program.is_number else "jacobian"
        prepared = _asked(prepare, f, program.x, operator=operator, method=self._compiled())
        if prepared is REFUSED or isinstance(prepared, Foreign):
            return
        for k, x in enumerate(program.later, start=2):
            direct = _asked(_first("forward", program.is_number), f, x)
            if direct is REFUSED or isinstance(direct, Foreign):
                continue
            found, expected = _asked(prepared, x), np.asarray(direct[1])
            if isinstance(found, Foreign):
                yield Finding("error", f"prepared at x{k}", found.text)
            elif found is not REFUSED and not _close(np.asarray(found), expected, AGREE, 1.0):
                yield Finding(
                    "later", f"prepared at x{k}", f"{found} prepared, {expected} by forward"
                )


def _seconds(program: Program, f: Any) -> Iterator[Finding]:
    """The Hessian by each method against differences of the gradient, where those settle."""
    expected = _differences_of_gradient(f, program.x)
    for method in ("reverse", "forward", Compiled(native=False)):
        name = str(getattr(method, "name", method))
        found = _asked(db.hessian, f, program.x, method=method)
        if isinstance(found, Foreign):
            yield Finding("error", f"hessian by {name}", found.text)
        elif (
            found is not REFUSED
            and expected
            and not _close(np.asarray(found), expected[0], SECOND, expected[1])
        ):
            yield Finding(
                "second", name, f"{found} by {name}, {expected[0]} by differences of the gradient"
            )


REFUSED = object()  # one of our errors: no answer, and no fault


@dataclass(frozen=True)
class Foreign:
    """An error that is none of ours."""

    text: str


def _asked(ask: Callable[..., Any], *args: Any, **options: Any) -> Any:
    """The answer, REFUSED, or a Foreign error."""
    try:
        with quiet():
            return ask(*args, **options)
    except DiffbenchError:
        return REFUSED
    except Exception as error:
        return Foreign(f"{type(error).__name__}: {error}")


def _first(method: Any, is_number: bool) -> Callable[..., Any]:
    """(f(x), J) by a method."""
    if is_number:
        return lambda f, x: db.value_and_gradient(f, x, method=method)
    return lambda f, x: (
        db.jvp(f, x, np.ones_like(x), method=method)[0],
        db.jacobian(f, x, method=method),
    )


def _differing(answers: dict[str, Any], truth: "Truth") -> Iterator[Finding]:
    if not answers:
        return
    first = next(iter(answers))
    for name, (_, found) in answers.items():
        if not _close(np.asarray(found), np.asarray(answers[first][1]), AGREE, truth.size):
            yield Finding(
                "methods",
                f"{first} and {name}",
                f"{answers[first][1]} by {first}, {found} by {name}",
            )


def _close(a: Any, b: Any, tolerance: float, size: float) -> bool:
    if np.shape(a) != np.shape(b):
        return False
    scale = max(float(np.max(np.abs(b), initial=0.0)), float(np.max(np.abs(a), initial=0.0)), size)
    return bool(np.all(np.abs(a - b) <= tolerance * scale) or np.array_equal(a, b, equal_nan=True))


# ---------------------------------------------------------------- plain f

# what branches on the order of values: at a point where two are equal, what is beside it is hidden,
# as docs/conventions.md says; in which order LAPACK finds the eigenvalues of a matrix that is not
# symmetric nobody says
_DECISION = re.compile(
    r"[<>]|iscomplex|isreal|arg(min|max|sort|part|where)|searchsorted|digitize|lexsort|isclose|allclose|isin|"
    r"nonzero|rank|int\(|histogram|eig\(|eigvals\(|roots|logical_|signbit"
)
# what reads which entries are zero: at a zero, what is beside it is hidden from the value, too
_READS_ZEROS = re.compile(r"nonzero|argwhere|trim_zeros")
# what jumps by a multiple of 2 pi where its slope goes on (docs/conventions.md)
_TURNS = re.compile(r"arctan2|angle")
_TURNS_OF_COMPLEX = re.compile(r"log|arctan")
_COMPLEX = re.compile(r"\dj\b|complex|fft|eig|roots|emath|sqrtm|logm|hilbert")
# what may jump within rounding of where the values are, which are not there then
_ROUNDED = re.compile(
    r"divmod|modf|%|//|remainder|fmod|floor_divide|nextafter|around|round|floor|ceil|trunc|rint|unique"
)


class Truth:
    """f(x) and its Jacobian by differences of plain f."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.value = np.asarray(plain(program, program.x))
        self.has_value = bool(np.isfinite(self.value).all())
        self.size = float(np.max(np.abs(self.value), initial=0.0)) if self.has_value else 1.0
        self.size = max(self.size, 1e-3)
        text = "\n".join(program.statements)
        self.rounding = 1e-6 if "float32" in text else 1e-8
        self.decides = bool(_DECISION.search(text))
        self.compares = bool("SEEN" in text and not _is_remembered(program))
        self.compares = self.compares or bool(_READS_ZEROS.search(text) and not np.all(program.x))
        f = program.function()
        axes = np.eye(program.x.size).reshape(-1, *program.x.shape)
        self.lines = [_Line(f, program.x, axis) for axis in axes] if self.has_value else []
        self.jumps = any(line.jumps for line in self.lines)
        self.is_smooth = self.has_value and all(line.is_smooth for line in self.lines)
        self.is_smooth = self.is_smooth and self._is_linear_nearby(f, program.x)
        is_rounded = self.jumps and _ROUNDED.search(text) and not _is_at_a_jump(f, program.x)
        turns = _TURNS.search(text) or (_COMPLEX.search(text) and _TURNS_OF_COMPLEX.search(text))
        self.hides_jumps = self.decides or bool(is_rounded or turns)

    def _is_linear_nearby(self, f: Any, x: Any) -> bool:
        """Whether slopes along lines between the coordinates are those of the Jacobian."""
        rng, jacobian = np.random.default_rng(0), self.jacobian()
        for d in rng.choice((-1, 1), (2, x.size)) * rng.uniform(0.5, 1.5, (2, x.size)):
            line = _Line(f, x, d.reshape(x.shape))
            scale = max(_size(line.slope), _size(jacobian), self.size)
            if not line.is_smooth or _size(line.slope - jacobian @ d) > 1e-4 * scale:
                return False
        return True

    def contradictions(self, name: str, value: Any, found: Any) -> Iterator[Finding]:
        """What is wrong with an answer that was given."""
        found = np.asarray(found)
        if np.shape(value) != np.shape(self.value) or not np.allclose(
            value, self.value, rtol=self.rounding, atol=self.rounding * self.size, equal_nan=True
        ):
            yield Finding("value", name, f"{value} by {name}, {self.value} by f itself")
        elif not self.has_value:
            yield Finding(
                "no value", name, f"f is {self.value} and its derivative {found} by {name}"
            )
        elif self.compares or (self.jumps and self.hides_jumps):
            return
        elif self.jumps:
            yield Finding("jump", name, f"f jumps here, and its derivative is {found} by {name}")
        elif self.is_smooth and not self._near(found) and not self._at_an_edge(found):
            yield Finding(
                "estimate", name, f"{found} by {name}, {self.jacobian()} by differences of f itself"
            )

    def _at_an_edge(self, found: Any) -> bool:
        """Whether f decides, and decides otherwise beside this point only: what was found is the
        derivative of what f does at the point, and that of plain f is answered beside it.
        """
        if not self.decides:
            return False
        beside = self.program.x + 1e-9 * np.cos(1.0 + np.arange(self.program.x.size)).reshape(
            self.program.x.shape
        )
        f = self.program.function()
        answer = _asked(_first("forward", self.program.is_number), f, beside)
        return not (answer is REFUSED or isinstance(answer, Foreign)) and self._near(
            np.asarray(answer[1])
        )

    def jacobian(self) -> Any:
        columns = [line.slope for line in self.lines]
        shape = (*self.value.shape, len(columns))
        return np.reshape(np.stack(columns, axis=-1), shape) if columns else np.zeros(shape)

    def _near(self, found: Any) -> bool:
        expected = self.jacobian()
        error = max((line.error for line in self.lines), default=0.0)
        scale = max(np.max(np.abs(expected), initial=0.0), self.size)
        return found.size == expected.size and bool(
            np.all(
                np.abs(found.reshape(expected.shape) - expected) <= ESTIMATED * scale + 20 * error
            )
        )


def _is_at_a_jump(f: Any, x: Any) -> bool:
    """Whether a step of f is exactly where it jumps, by the values that a recording meets."""
    recorded = _asked(record, f, x)
    if recorded is REFUSED or isinstance(recorded, Foreign):
        return False
    with quiet():
        values = recorded.values(x)
        return any(_jumps(equation, values) for equation in recorded.equations)


def _jumps(equation: Equation, values: dict[int, Any]) -> bool:
    """Whether a partial derivative of a step is NaN."""
    xs = [values[a.index] if isinstance(a, Var) else a for a in equation.args]
    y = values[equation.outputs[0].index]
    partials = [p(y, *xs) for p in equation.primitive.partials if callable(p)]
    return any(bool(np.isnan(np.asarray(p, dtype=complex)).any()) for p in partials)


def _is_remembered(program: Program) -> bool:
    """Whether the result is what was seen and nothing else, which is to be noticed; what depends on
    x otherwise, too, is not.
    """
    *_, last = program.statements
    return "SEEN" in last and program.returned == (last.split(" = ")[0],)


_SIXTH = ((1, 3 / 4), (2, -3 / 20), (3, 1 / 60))
_STEPS = (3e-2, 1e-2, 3e-3, 1e-3, 3e-4)


class _Line:
    """f along one line: its slope, how far off that may be, and whether there is one."""

    def __init__(self, f: Any, x: Any, direction: Any) -> None:
        self.f, self.x, self.direction = f, x, direction
        here = self.at(0.0)
        size = float(np.max(np.abs(here), initial=0.0)) + 1e-3
        tiny = [self.at(t) for t in (1e-9, -1e-9, 1e-8, -1e-8)]
        self.jumps = any(_differ(y, here, 1e-5 * max(size, 1.0)) for y in tiny)
        slopes = [s for s in map(self._central, _STEPS) if s is not None and np.isfinite(s).all()]
        pairs = [(_size(a - b), b) for a, b in pairwise(slopes)]
        self.error, self.slope = min(pairs, key=lambda p: p[0]) if pairs else (np.inf, here * 0)
        scale = max(_size(self.slope), size)
        sides = [(self.at(s * 1e-6) - here) / (s * 1e-6) for s in (1, -1)] if not self.jumps else []
        one_sided = all(_size(side - self.slope) <= 5e-5 * scale for side in sides)
        self.is_smooth = not self.jumps and self.error <= 1e-6 * scale and one_sided

    def at(self, t: float) -> Any:
        point = self.x + t * self.direction
        with quiet():
            return np.asarray(self.f(np.array(point)[()]), dtype=float)

    def _central(self, h: float) -> Any:
        try:
            terms = [c * (self.at(k * h) - self.at(-k * h)) for k, c in _SIXTH]
        except Exception:
            return None
        with quiet():
            return sum(terms) / h if len({np.shape(t) for t in terms}) == 1 else None


def _size(a: Any) -> float:
    return float(np.max(np.abs(a), initial=0.0)) if np.isfinite(a).all() else np.inf


def _differ(a: Any, b: Any, by: float) -> bool:
    """Whether a value beside the point is another than there; where there is none, the point is at
    the edge of the domain.
    """
    if not np.isfinite(a).all():
        return False
    return np.shape(a) != np.shape(b) or not _size(a - b) <= by


def _differences_of_gradient(f: Any, x: Any) -> tuple[Any, float] | None:
    """The Hessian by differences of the gradient, and its size; None where they don't settle."""
    here = _gradient(f, x, 0, 0.0)
    if here is None:
        return None
    size, columns = max(1e-2, _size(here)), []
    for i in range(x.size):
        estimates = []
        for h in (1e-3, 3e-4):
            right, left = _gradient(f, x, i, h), _gradient(f, x, i, -h)
            if right is None or left is None:
                return None
            bend = _size((right - here) / h - (here - left) / h)
            if bend > 0.1 * max(_size((right - left) / h), size):
                return None  # a kink of the gradient
            estimates.append((right - left) / (2 * h))
        if _size(estimates[0] - estimates[1]) > SECOND * max(_size(estimates[1]), size):
            return None
        columns.append(estimates[1])
    shape = (*x.shape, *x.shape)
    return (np.reshape(np.stack(columns, axis=-1), shape) if columns else np.zeros(shape)), size


def _gradient(f: Any, x: Any, i: int, h: float) -> Any:
    """The gradient a step h along coordinate i away from x, or None."""
    point = np.array(x)
    if h:
        point.flat[i] += h
    found = _asked(db.gradient, f, point, method="forward")
    return None if found is REFUSED or isinstance(found, Foreign) else np.asarray(found)


__all__ = ["FILE", "Finding", "Judge", "Truth"]

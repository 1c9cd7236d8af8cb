"""A random program: statements that plain NumPy was seen to compute to finite numbers.

Drawing is by trial: a phrase is filled with names that are known at this place, the program that
ends there is run on plain arrays, and what raises or leaves the moderate numbers is drawn again.
"""

import re
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, replace
from random import Random
from typing import Any

import numpy as np
import scipy.linalg
import scipy.sparse
import scipy.sparse.linalg
import scipy.special

from diffbench.bench.fuzz import phrases

Names = dict[str, Any]
MODULES = {
    "np": np,
    "sp": scipy.special,
    "sl": scipy.linalg,
    "ss": scipy.sparse,
    "ssl": scipy.sparse.linalg,
}
HEADER = """\
import numpy as np
import scipy.linalg as sl
import scipy.sparse as ss
import scipy.sparse.linalg as ssl
import scipy.special as sp


def weights(v):
    return np.cos(1.0 + np.arange(np.size(v))).reshape(np.shape(v))
"""
FILE = "fuzzed.py"  # the user's own file, as errors name it


@dataclass(frozen=True)
class Program:
    """f by its statements, the names whose weighted sum (or which, alone) it returns, its point,
    and the points at which what was prepared is asked later.
    """

    statements: tuple[str, ...]
    returned: tuple[str, ...]
    x: Any
    later: tuple[Any, ...] = ()
    is_number: bool = True

    def __str__(self) -> str:
        body = "\n".join(self.statements) + f"\nreturn {self.result}"
        points = "".join(f"\n{name} = np.array({p.tolist()!r})" for name, p in self.points())
        seen = "\nSEEN, KNOWN = x.copy(), 1.0" if "SEEN" in body else ""
        return (
            HEADER + "\n\ndef f(x):\n    " + body.replace("\n", "\n    ") + "\n\n" + points + seen
        )

    @property
    def result(self) -> str:
        terms = [f"np.sum(weights({name}) * {name})" for name in self.returned]
        return " + ".join(terms) if self.is_number else self.returned[0]

    def points(self) -> Iterator[tuple[str, Any]]:
        yield "x", self.x
        yield from ((f"x{k}", point) for k, point in enumerate(self.later, start=2))

    def function(self) -> Any:
        """f itself."""
        names: Names = {}
        exec(compile(str(self), FILE, "exec"), names)
        return names["f"]


def plain(program: Program, x: Any) -> Any:
    """f(x) on plain numbers, whatever NumPy warns of; x stays as it is."""
    with quiet():
        return program.function()(np.array(x)[()])


class quiet(warnings.catch_warnings):
    """No warnings, of Python's or NumPy's."""

    def __enter__(self) -> Any:
        super().__enter__()
        warnings.simplefilter("ignore")
        self.errors = np.errstate(all="ignore")
        self.errors.__enter__()

    def __exit__(self, *exception: Any) -> None:
        self.errors.__exit__(*exception)
        super().__exit__(*exception)


# ---------------------------------------------------------------- phrases


def alternatives(text: str) -> tuple[Any, ...]:
    """A phrase taken apart: texts, and lists of alternatives, each taken apart in turn.

    >>> alternatives("a[b|c[0]]")
    ('a', [('b',), ('c[0]',)])
    """
    parts, position = _parsed(text, 0, "")
    assert position == len(text), text
    return parts


def _parsed(text: str, i: int, stops: str) -> tuple[tuple[Any, ...], int]:
    parts: list[Any] = [""]
    while i < len(text) and text[i] not in stops:
        if text[i] == "[":
            group, i = _group(text, i + 1)
            if len(group) > 1:
                parts += [group, ""]
            else:
                parts = _joined(parts, ("[", *group[0], "]"))
        else:
            parts[-1] += text[i]
            i += 1
    return tuple(part for part in parts if part != ""), i


def _joined(parts: list[Any], more: tuple[Any, ...]) -> list[Any]:
    for part in more:
        if type(part) is str and type(parts[-1]) is str:
            parts[-1] += part
        else:
            parts.append(part)
    return parts if type(parts[-1]) is str else [*parts, ""]


def _group(text: str, i: int) -> tuple[list[Any], int]:
    group = []
    while True:
        branch, i = _parsed(text, i, "|]")
        group.append(branch)
        if text[i] == "]":
            return group, i + 1
        i += 1


def chosen(parts: tuple[Any, ...], rng: Random) -> str:
    return "".join(part if type(part) is str else chosen(rng.choice(part), rng) for part in parts)


def _table(text: str) -> list[tuple[Any, ...]]:
    return [alternatives(phrase) for phrase in re.split(r"\s{2,}", text.strip())]


TABLES = {
    name: _table(getattr(phrases, name))
    for name in ("ARITHMETIC", "ELEMENTWISE", "SPECIAL", "NUMBERS", "REDUCTIONS", "SHAPES",
                 "PRODUCTS", "MATRICES", "COMPLEX", "REAL_OF_COMPLEX")
}  # fmt: skip
BLOCKS = [alternatives(block) for block in phrases.BLOCKS]
_OFTEN = {"NUMBERS": 5, "ARITHMETIC": 4, "ELEMENTWISE": 4, "SHAPES": 3, "REDUCTIONS": 3,
          "MATRICES": 2, "PRODUCTS": 1, "SPECIAL": 1, "COMPLEX": 1, "REAL_OF_COMPLEX": 2}  # fmt: skip


# ---------------------------------------------------------------- holes

_KINDS = {
    "v": lambda value: not np.iscomplexobj(value),
    "s": lambda value: np.ndim(value) == 0 and not np.iscomplexobj(value),
    "x": lambda value: np.ndim(value) > 0 and not np.iscomplexobj(value),
    "a": lambda value: np.ndim(value) == 1 and np.size(value) > 1 and not np.iscomplexobj(value),
    "M": lambda value: np.ndim(value) == 2 and not np.iscomplexobj(value),
    "m": lambda value: np.ndim(value) == 2 and len({*np.shape(value)}) == 1 and np.size(value) > 1
    and not np.iscomplexobj(value),
    "z": np.iscomplexobj,
}  # fmt: skip
_DERIVED = {
    "p": "v:({} * {} + 0.7)|v:np.exp(0.3 * {})|v:(1.5 + np.sin({}))|v:{}",
    "u": "v:(0.5 + 0.4 * np.sin({}))|v:{}",
    "P": "m:({} @ {}.T + 2 * np.eye(len({})))|m:({} + {}.T + 5 * np.eye(len({})))",
}


class Filler:
    """Fills holes with names of values; later ones are more likely."""

    def __init__(self, values: Names, rng: Random) -> None:
        self.values, self.rng = values, rng

    def fill(self, text: str) -> str:
        text = text.replace("{r}", self._name("s")) if "{r}" in text else text
        return re.sub(r"\{([vsxaMmzpuPckC])\}", lambda hole: self._one(hole[1]), text)

    def _one(self, kind: str) -> str:
        if kind == "c":
            return self._number()
        if kind == "k":
            return str(self.rng.randint(0, 3))
        if kind == "C":
            return self._array()
        if kind in _DERIVED:
            base, _, pattern = self.rng.choice(_DERIVED[kind].split("|")).partition(":")
            return pattern.replace("{}", self._name(base))
        return self._name(kind)

    def _name(self, kind: str) -> str:
        names = [name for name, value in self.values.items() if _KINDS[kind](value)]
        if not names:
            raise LookupError(kind)
        late = names[-3:] if self.rng.random() < 0.6 else names
        return self.rng.choice(late)

    def _number(self) -> str:
        return str(round(self.rng.uniform(-1.2, 1.2), 2))

    def _array(self) -> str:
        shapes = [np.shape(value) for value in self.values.values()] + [(1,), (2,), ()]
        shape = self.rng.choice(shapes)
        return f"np.array({self._nested(shape)})"

    def _nested(self, shape: tuple[int, ...]) -> str:
        if not shape:
            return self._number()
        return "[" + ", ".join(self._nested(shape[1:]) for _ in range(min(shape[0], 4))) + "]"


# ---------------------------------------------------------------- drawing

SHAPES = [(), (), (1,), (2,), (3,), (3,), (4,), (2, 2), (2, 2), (1, 3), (3, 1), (2, 3), (0,)]
LARGEST, MOST_ENTRIES = 300.0, 60


def drawn(seed: int) -> Program:
    """The program of a seed."""
    rng = Random(seed)
    program = Program((), ("x",), _point(rng, rng.choice(SHAPES)))
    for k in range(rng.randint(2, 9)):
        program = _longer(program, f"v{k}", rng)
    program = _finished(program, rng)
    return replace(program, later=_later_points(program, rng))


def _point(rng: Random, shape: tuple[int, ...]) -> Any:
    """Ordinary numbers; sometimes zeros, whole numbers and equal ones, where special cases are."""
    size = int(np.prod(shape))
    if rng.random() < 0.3:
        return np.reshape(rng.choices([0.0, 0.0, 1.0, -1.0, 0.5, 2.0, 0.35, -0.45], k=size), shape)
    return np.reshape([round(rng.uniform(-1.5, 1.5), 3) for _ in range(size)], shape)


def _longer(program: Program, name: str, rng: Random) -> Program:
    """The program with one more statement; as it is, if none was found."""
    values = _values(program)
    for _ in range(60):
        try:
            text = Filler(values, rng).fill(_phrase(rng, values))
        except LookupError:
            continue
        statement = text.replace("{o}", name) if "{o}" in text else f"{name} = {text}"
        longer = replace(
            program, statements=(*program.statements, statement), returned=(name,), is_number=False
        )
        if _is_moderate(longer, name):
            return longer
    return program


def _phrase(rng: Random, values: Names) -> str:
    if rng.random() < 0.2:
        return chosen(rng.choice(BLOCKS), rng)
    [table] = rng.choices(list(_OFTEN), list(_OFTEN.values()))
    if np.iscomplexobj(list(values.values())[-1]) and rng.random() < 0.6:
        table = "REAL_OF_COMPLEX"
    return chosen(rng.choice(TABLES[table]), rng)


def _values(program: Program) -> Names:
    """What each name of a program stands for at its point, the last one last."""
    names = {"x", *re.findall(r"^(v\d+) ", "\n".join(program.statements), re.M)}
    ordered = sorted(names, key=lambda name: -1 if name == "x" else int(name[1:]))
    body = "\n".join(
        [*program.statements, f"return dict({', '.join(f'{n}={n}' for n in ordered)})"]
    )
    scope: Names = {}
    exec(HEADER + "\ndef f(x):\n    " + body.replace("\n", "\n    "), scope)
    scope |= {"SEEN": program.x.copy(), "KNOWN": 1.0}
    with quiet():
        values: Names = scope["f"](np.array(program.x)[()])
    return values


def _is_moderate(program: Program, name: str) -> bool:
    try:
        with quiet():
            value = _values(program)[name]
            array = np.asarray(value)
    except Exception:
        return False
    if isinstance(value, (bool, str)) or array.dtype.kind not in "fc" or array.size > MOST_ENTRIES:
        return False
    allowed = "np.nan if" in program.statements[-1] or "-np.inf if" in program.statements[-1]
    return bool(allowed or (np.isfinite(array).all() and np.all(np.abs(array) < LARGEST)))


def _finished(program: Program, rng: Random) -> Program:
    values = _values(program)
    real = [name for name, value in values.items() if not np.iscomplexobj(value)]
    if rng.random() < 0.2 and real[-1] != "x":
        return replace(program, returned=(real[-1],), is_number=False)
    picked = rng.sample(real[:-1], min(len(real) - 1, rng.randint(0, 2)))
    return replace(program, returned=(*picked, real[-1]), is_number=True)


def _later_points(program: Program, rng: Random) -> tuple[Any, ...]:
    """A point nearby and one elsewhere, where f has a value."""
    points = []
    for size in (0.05, 1.0):
        point = np.round(
            program.x
            + np.reshape([rng.gauss(0, size) for _ in range(program.x.size)], program.x.shape),
            4,
        )
        if _has_value(program, point):
            points.append(point)
    return tuple(points)


def _has_value(program: Program, x: Any) -> bool:
    try:
        return bool(np.all(np.isfinite(plain(program, x))))
    except Exception:
        return False

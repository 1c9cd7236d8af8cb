"""Where to differentiate: numbers, named numbers, or a .npy file of floats."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import cast

import numpy as np

from diffbench.asking.checks.checked import as_point
from diffbench.errors import BadPoint
from diffbench.interface import Array


@dataclass(frozen=True, eq=False)
class Point:
    """All coordinates, and by name where the user named them: one name has the whole array, of several
    names the arrays stand one after another in `values`, each of its own shape.
    """

    values: Array
    names: tuple[str, ...] = ()
    shapes: tuple[tuple[int, ...], ...] = ()


def read_point(text: str, names: Sequence[str] | None = None, dtype: str | None = None) -> Point:
    """The point: "2,5" in the order of the names, "x=1,y=2" or "x=1,2,3,y=4" by name, or a .npy file
    (of a name, too). One number is a scalar, "2," a vector of one.
    """
    named = _named(text, names) if "=" in text else {}
    values = _packed([*named.values()]) if named else _array(text)
    values = cast(Array, as_point(values)).astype(dtype or values.dtype)
    if not np.all(np.isfinite(values)):
        raise BadPoint(
            f"the point {text} holds NaN or infinity; every coordinate must be a finite number"
        )
    return Point(values, tuple(named), tuple(np.shape(value) for value in named.values()))


def _packed(arrays: Sequence[Array]) -> Array:
    return arrays[0] if len(arrays) == 1 else np.concatenate([np.ravel(a) for a in arrays])


def _array(text: str) -> Array:
    if text.strip().endswith(".npy"):
        return cast(Array, as_point(_load(Path(text.strip()).expanduser())))
    values = [_number(part) for part in text.removesuffix(",").split(",")]
    return np.array(values if "," in text else values[0])


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise BadPoint(
            f"the coordinate {text.strip()!r} is not a number; write --at 2,5 or --at x=1,y=2 or "
            "--at point.npy"
        ) from None


def _named(text: str, names: Sequence[str] | None) -> dict[str, Array]:
    if names is None:
        raise BadPoint(
            f"--at {text} names coordinates, and the names of this function's arguments can't be "
            "told; write --at 2,5 or --at point.npy"
        )
    pairs = _assignments(text)
    given = {name: _array(value) for name, value in pairs}
    for name in given:
        if name not in names:
            raise BadPoint(
                f"the point names {name!r}, and the function has no such name; "
                f"{did_you_mean(name, names)}"
            )
    if len(given) < len(pairs):
        raise BadPoint(f"the point {text} gives a name two values; give each one")
    return {name: given[name] for name in names if name in given}


def all_of(names: Sequence[str], given: Sequence[str]) -> None:
    """Raise BadPoint unless every name has a value."""
    if missing := [name for name in names if name not in given]:
        example = ",".join(f"{name}=1" for name in names)
        raise BadPoint(
            f"the point leaves out {', '.join(missing)}; give every name a value, as in --at "
            f"{example}"
        )


def _assignments(text: str) -> list[tuple[str, str]]:
    """Names and what follows each one, up to the next."""
    pairs: list[tuple[str, str]] = []
    for part in text.removesuffix(",").split(","):
        name, sign, value = part.partition("=")
        if sign:
            pairs.append((name.strip(), value))
        elif pairs:
            pairs[-1] = (pairs[-1][0], f"{pairs[-1][1]},{value or name}")
        else:
            raise BadPoint(f"the point {text} begins without a name; write --at x=1,2,3,y=4")
    return pairs


def _load(path: Path) -> Array:
    try:
        return cast(Array, np.load(path, allow_pickle=False))
    except (OSError, ValueError, EOFError) as error:
        raise BadPoint(
            f"{path} can't be read as a point ({error}); write it with numpy.save(path, x), x an "
            "array of floats"
        ) from None


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """The end of an error's sentence: the nearest known names, or all of them."""
    near = get_close_matches(name, list(known), n=2)
    return f"did you mean {' or '.join(near)}?" if near else f"it has {', '.join(known) or 'none'}"

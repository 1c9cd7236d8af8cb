"""Where to differentiate: numbers, named numbers, or a .npy file of floats."""

from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import cast

import numpy as np

from diffbench.asking.checked import as_point
from diffbench.errors import BadPoint
from diffbench.interface import Array


def read_point(text: str, names: Sequence[str] | None = None, dtype: str | None = None) -> Array:
    """The point: "2,5" in the order of the names, "x=1,y=2" by name, or a .npy file. One number is
    a scalar, "2," a vector of one.
    """
    point = (
        _load(Path(text))
        if text.endswith(".npy")
        else _named(text, names)
        if "=" in text
        else _numbers(text)
    )
    point = cast(Array, as_point(point)).astype(dtype or point.dtype)
    if not np.all(np.isfinite(point)):
        raise BadPoint(
            f"the point {text} holds NaN or infinity; every coordinate must be a finite number"
        )
    return point


def _numbers(text: str) -> Array:
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


def _named(text: str, names: Sequence[str] | None) -> Array:
    if names is None:
        raise BadPoint(
            f"--at {text} names coordinates, but a function of a file has only the array x; write "
            "--at 2,5 or --at point.npy"
        )
    given = dict(pairs := [_assignment(part) for part in text.removesuffix(",").split(",")])
    for name, _ in pairs:
        if name not in names:
            raise BadPoint(
                f"the point names {name!r}, which the formula does not; {did_you_mean(name, names)}"
            )
    if len(given) < len(pairs):
        raise BadPoint(f"the point {text} gives a name two values; give each one")
    if missing := [name for name in names if name not in given]:
        example = ",".join(f"{name}=1" for name in names)
        raise BadPoint(
            f"the point leaves out {', '.join(missing)}; give every name a value, as in --at "
            f"{example}"
        )
    values = [given[name] for name in names]
    return np.array(values if len(values) > 1 else values[0])


def _assignment(text: str) -> tuple[str, float]:
    name, _, value = text.partition("=")
    return name.strip(), _number(value)


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

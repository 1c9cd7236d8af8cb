"""What f decides by, and is no value of its program: an exception that it catches, a text made of a
number.

Each is asked again wherever a recording is run, by a primitive of its own whose result is a truth
value, so that a recording can guard it as it guards every other truth.

    raises.exp(x)      whether np.exp(x) raises now what it raised, or did not raise, when recorded
    succeeds(y)        True once y is there: keeps alive the equation of a y that is not read
    complex(y)         whether a y that is complex where its values ask for it is so now
    reads(x, text=…)   whether x is written as it was
"""

from collections.abc import Callable
from functools import cache, partial
from typing import Any

import numpy as np

from diffbench.ir import Primitive

Errors = tuple[tuple[str, Any], ...]  # of np.errstate, by kind
WRITERS: dict[str, Callable[..., str]] = {
    "format": format,
    "str": str,
    "repr": repr,
    "array2string": np.array2string,
    "array_repr": np.array_repr,
    "array_str": np.array_str,
}


@cache
def raises(primitive: Primitive, kind: type[Exception], errors: Errors) -> Primitive:
    """Whether the primitive raises this kind of exception under these settings of np.errstate."""
    return _decision(f"raises.{primitive.name}", partial(_raises, primitive, kind, errors))


def _raises(
    primitive: Primitive, kind: type[Exception], errors: Errors, *xs: Any, **params: Any
) -> bool:
    # generated code has Python's numbers, whose arithmetic knows no np.errstate
    xs = tuple([np.float64(x) if type(x) is float else x for x in xs])
    with np.errstate(**dict(errors)):
        try:
            primitive.evaluate(*xs, **params)
        except Exception as error:
            return isinstance(error, kind)
    return False


def _reads(x: Any, how: str, args: Any, kwargs: Any, text: str) -> bool:
    try:
        return WRITERS[how](np.asarray(x)[()], *args, **kwargs) == text
    except Exception:  # an array of numbers of another kind, in which nobody reads
        return False


def are_complex(*ys: Any) -> bool:
    """Whether any of them is complex."""
    return any(map(np.iscomplexobj, ys))


def _decision(name: str, evaluate: Callable[..., bool]) -> Primitive:
    return Primitive(name, evaluate, None, (), kind="nondifferentiable")


reads = _decision("reads", _reads)
succeeds = _decision("succeeds", lambda *ys: True)
is_complex = _decision("complex", are_complex)

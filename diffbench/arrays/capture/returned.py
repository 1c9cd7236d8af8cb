"""What a function returned, as one array: a number, an array, or a list of them."""

from typing import Any

import numpy as np

from diffbench.arrays.capture.application import as_operand
from diffbench.arrays.levels import Level
from diffbench.arrays.traced import Traced, contains_traced, core
from diffbench.errors import BadInput, LeakedTrace, LostTrace, NotDifferentiable


def result(y: Any, level: Level) -> Any:
    """y as a traced or plain float array. Raises for what is no array, and where x was lost on the
    way.
    """
    if level.refusal is not None:  # f caught it, and went where plain f does not go
        raise level.refusal
    if type(y) is not Traced:
        y = as_operand(y)
    if type(y) is Traced:
        y = y.level.settled(y)
    if type(y) is Traced:
        y.level.require_open()
        return y
    if callable(y) or isinstance(y, dict) or y is None:
        raise BadInput(
            f"the function returned a {type(y).__name__}, which is not an array; return a number "
            "or an array of numbers"
        )
    if isinstance(y, (list, tuple)) and contains_traced(y):
        raise BadInput(
            "the function returned a list of arrays of different shapes; return one array, or "
            "np.concatenate them"
        )
    array = np.asarray(y)
    if array.dtype.kind not in "biufc":
        raise BadInput(
            f"the function returned a {type(y).__name__} of {array.dtype}, which is not an array "
            "of numbers; return a number or an array"
        )
    if level.hidden:
        raise NotDifferentiable(
            f"the result depends on x only through {level.hidden}, so that its "
            "derivative is 0 or not to be seen; differentiate what that was found from"
        )
    return array.astype(float) if array.dtype.kind in "biu" else y


def has_no_value(y: Any) -> Any:
    """Where y is NaN, or infinite in a type that is not the widest: an overflow, behind which a
    partial derivative may look like 0.
    """
    return np.isnan(y) if np.result_type(y) == np.longdouble else ~np.isfinite(y)


def undriven(x: Any, y: Any) -> Any:
    """The derivative, of x's shape, of a result y that does not depend on x: zeros; none where y is
    no number.
    """
    return np.full_like(x, np.nan if np.any(has_no_value(np.asarray(core(y), float))) else 0.0)


__all__ = ["LeakedTrace", "LostTrace", "has_no_value", "result", "undriven"]

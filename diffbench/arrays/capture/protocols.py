"""How NumPy hands us what meets a traced array: its ufuncs (NEP 13) and its functions (NEP 18)."""

from typing import Any

import numpy as np

from diffbench.arrays.capture.application import apply
from diffbench.arrays.capture.blanks import function_of, ufunc_of
from diffbench.arrays.capture.dispatch import call
from diffbench.arrays.capture.ufunc_methods import ufunc_method
from diffbench.arrays.traced import Traced
from diffbench.arrays.writing.blank import BLANK
from diffbench.rules.special.branch_cuts import CUT_OF, off_the_cut
from diffbench.rules.table import primitives, slopes


def array_ufunc(
    self: Traced, ufunc: np.ufunc, method: str, x1: Any, *others: Any, **kwargs: Any
) -> Any:
    """NumPy hands us every ufunc that meets a traced array (NEP 13). A smooth one of one argument
    takes a short way.
    """
    level = self.level
    if ufunc in slopes and level.takes_partials and method == "__call__" and not kwargs:
        x = self.primal
        y = ufunc(x)
        if ufunc in CUT_OF and y.dtype.kind == "c":
            self = off_the_cut(ufunc, self)
        try:
            return level.enter(y, (self.link, slopes[ufunc](y, x)))
        except FloatingPointError:  # in a derivative, and f asked for those of its values
            with np.errstate(all="ignore"):
                return level.enter(y, (self.link, slopes[ufunc](y, x)))
    if level is BLANK:
        return ufunc_of(ufunc, method, (x1, *others), kwargs)
    if kwargs or method != "__call__":
        return ufunc_method(ufunc, method, (x1, *others), kwargs)
    if ufunc in CUT_OF and type(x1) is Traced and x1.dtype.kind == "c":
        x1 = off_the_cut(ufunc, x1, *others)
    primitive = primitives.get(ufunc)
    return (
        call(ufunc, (x1, *others), kwargs)
        if primitive is None
        else apply(primitive, (x1, *others), kwargs)
    )


def array_function(self: Traced, function: Any, types: Any, args: Any, kwargs: Any) -> Any:
    """NumPy hands us every function that meets a traced array (NEP 18)."""
    if self.level is BLANK:
        return function_of(function, args, kwargs, call)
    return call(function, args, kwargs)


Traced.__array_ufunc__ = array_ufunc  # type: ignore[attr-defined]
Traced.__array_function__ = array_function  # type: ignore[attr-defined]

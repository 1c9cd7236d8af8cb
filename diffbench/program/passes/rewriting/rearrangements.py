"""Rewriting of what only moves entries: reshapes of reshapes, slices that read everything,
broadcasting that happens anyway.
"""

from math import prod
from typing import Any

import numpy as np

from diffbench.ir import Aval, Var
from diffbench.program.passes.rewriting.patterns import fits, row
from diffbench.program.passes.rewriting.sharing import Simpler
from diffbench.rules.entries.indexing import getitem
from diffbench.rules.table import primitives


def _unchanged(draft: Simpler, args: Any, params: Any, known: Aval) -> Any:
    return args[0] if fits(args[0], known) else None


def _in_c_order(params: Any) -> bool:
    return bool(params.get("order", "C") == "C")


def _with_all_lengths(draft: Simpler, args: Any, params: Any, known: Aval) -> Any:
    if not _in_c_order(params) or params == {"shape": known.shape}:
        return None
    return draft.apply(primitives[np.reshape], args, {"shape": known.shape}, known)


def _reshaped_at_once(draft: Simpler, args: Any, params: Any, known: Aval) -> Any:
    inner = draft.maker(args[0], "reshape")
    if not inner or not _in_c_order(params) or not _in_c_order(inner.params):
        return None
    return draft.apply(inner.primitive, inner.args, params, known)


def _reverses(params: Any, ndim: int) -> bool:
    """Whether a transposition takes the axes in reverse."""
    axes = params.get("axes")
    return axes is None or [int(a) % ndim for a in axes] == list(range(ndim))[::-1]


def _of_few_axes(draft: Simpler, args: Any, params: Any, known: Aval) -> Any:
    return args[0] if len(known.shape) < 2 and fits(args[0], known) else None


def _of_symmetric(draft: Simpler, args: Any, params: Any, known: Aval) -> Any:
    matrix = args[0]
    is_matrix = type(matrix) is np.ndarray and matrix.ndim == 2 and _reverses(params, 2)
    return matrix if is_matrix and draft.is_symmetric(matrix) else None


def _without_axes(draft: Simpler, args: Any, params: Any, known: Aval) -> Any:
    if params.get("axes") is None or not _reverses(params, len(known.shape)):
        return None
    return draft.apply(primitives[np.transpose], args, {}, known)


def _transposed_twice(draft: Simpler, args: Any, params: Any, known: Aval) -> Any:
    inner = draft.maker(args[0], "transpose")
    whole = inner and params.get("axes") is None and inner.params.get("axes") is None
    return inner.args[0] if inner and whole else None


def _from_the_front(draft: Simpler, args: Any, params: Any, known: Aval) -> Any:
    index = params["index"]
    if (
        not isinstance(index, int | np.integer)
        or isinstance(index, bool | np.bool_)
        or (type(index) is int and index >= 0)
    ):
        return None
    place = int(index) % np.shape(args[0])[0]
    return draft.apply(primitives[getitem], args, {"index": place}, known)


def _of_everything(draft: Simpler, args: Any, params: Any, known: Aval) -> Any:
    whole = _is_whole(params["index"]) and type(args[0]) is Var
    return _reshaped(draft, args, known) if whole else None


def _of_one_part(draft: Simpler, args: Any, params: Any, known: Aval) -> Any:
    whole = (
        len(args) == 1
        and _is_whole(params["indices"][0])
        and type(args[0]) is Var
        and args[0].size == prod(known.shape)
    )
    return _reshaped(draft, args, known) if whole else None


def _reshaped(draft: Simpler, args: Any, known: Aval) -> Any:
    return draft.apply(primitives[np.reshape], args, {"shape": known.shape}, known)


def _is_whole(index: Any) -> bool:
    """Whether an index reads every entry in order and only adds axes of length 1."""
    entries = index if type(index) is tuple else (index,)
    return all(
        [
            entry is None or entry is Ellipsis or (type(entry) is slice and entry == slice(None))
            for entry in entries
        ]
    )


# fmt: off
ROWS = (
    row("reshape",      _unchanged,        "it has the shape"),
    row("reshape",      _with_all_lengths, "no -1 and no single number, so that equal ones are equal"),
    row("reshape",      _reshaped_at_once, "of a reshape: the last shape counts"),
    row("broadcast_to", _unchanged,        "it has the shape"),
    row("copy",         _unchanged,        "nothing writes to it"),
    row("transpose",    _of_few_axes,      "of a number or vector nothing happens"),
    row("transpose",    _of_symmetric,     "of a symmetric matrix nothing happens"),
    row("transpose",    _without_axes,     "axes in reverse are what it does without any"),
    row("transpose",    _transposed_twice, "twice is not at all"),
    row("getitem",      _from_the_front,   "x[-1] as x[n - 1], and NumPy's integers as Python's"),
    row("getitem",      _of_everything,    "x[:, None] as a reshape"),
    row("assemble",     _of_one_part,      "one part that fills the whole is a reshape of it"),
)

"""Rewriting of what only moves entries: reshapes of reshapes, slices that read everything,
broadcasting that happens anyway.
"""

from collections.abc import Callable
from math import prod
from typing import Any

import numpy as np

from diffbench.ir import Aval, Var
from diffbench.program.passes.rewriting.sharing import Simpler, fits
from diffbench.rules.entries.indexing import getitem
from diffbench.rules.table import primitives


def _rewrite_shape(name: str) -> Callable[..., Any]:
    def rewrite(draft: Simpler, args: Any, params: Any, known: Aval) -> Any:
        if (
            name == "transpose"
            and type(args[0]) is np.ndarray
            and args[0].ndim == 2
            and draft.is_symmetric(args[0])
        ):
            return args[0]
        if fits(args[0], known) and (name != "transpose" or len(known.shape) < 2):
            return args[0]
        if (
            name == "reshape"
            and params.get("order", "C") == "C"
            and params != {"shape": known.shape}
        ):
            return draft.apply(primitives[np.reshape], args, {"shape": known.shape}, known)  # no -1
        axes = params.get("axes")
        if (
            name == "transpose"
            and axes is not None
            and [int(a) % len(axes) for a in axes] == list(range(len(axes)))[::-1]
        ):
            return draft.apply(primitives[np.transpose], args, {}, known)
        inner = draft.maker(args[0], name)
        if (
            inner
            and name == "reshape"
            and params.get("order", "C") == inner.params.get("order", "C") == "C"
        ):
            return draft.apply(inner.primitive, inner.args, params, known)
        if inner and name == "transpose" and axes is None and inner.params.get("axes") is None:
            return inner.args[0]
        return None

    return rewrite


def _rewrite_getitem(draft: Simpler, args: Any, params: Any, known: Aval) -> Any:
    """x[-1] as x[n - 1], and x[:, None] as a reshape."""
    index = params["index"]
    if (
        isinstance(index, int | np.integer)
        and not isinstance(index, bool | np.bool_)
        and (type(index) is not int or index < 0)
    ):
        return draft.apply(
            primitives[getitem], args, {"index": int(index) % np.shape(args[0])[0]}, known
        )
    whole = _is_whole(params["index"])
    return (
        draft.apply(primitives[np.reshape], args, {"shape": known.shape}, known)
        if whole and type(args[0]) is Var
        else None
    )


def _rewrite_assemble(draft: Simpler, args: Any, params: Any, known: Aval) -> Any:
    whole = (
        len(args) == 1
        and _is_whole(params["indices"][0])
        and type(args[0]) is Var
        and args[0].size == prod(known.shape)
    )
    return (
        draft.apply(primitives[np.reshape], args, {"shape": known.shape}, known) if whole else None
    )


def _is_whole(index: Any) -> bool:
    """Whether an index reads every entry in order and only adds axes of length 1."""
    entries = index if type(index) is tuple else (index,)
    return all(
        [
            entry is None or entry is Ellipsis or (type(entry) is slice and entry == slice(None))
            for entry in entries
        ]
    )


REWRITES: dict[str, Callable[..., Any]] = {
    "reshape": _rewrite_shape("reshape"), "transpose": _rewrite_shape("transpose"), "broadcast_to": _rewrite_shape("broadcast_to"),
    "copy": _rewrite_shape("copy"), "getitem": _rewrite_getitem, "assemble": _rewrite_assemble,
}  # fmt: skip

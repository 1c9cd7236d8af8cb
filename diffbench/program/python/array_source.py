"""How an equation between arrays is written: as the fewest and most direct calls of NumPy."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from diffbench.ir import Equation, Var
from diffbench.program.read.notation import index_text
from diffbench.rules.entries.indexing import is_basic

REDUCTIONS = {"sum": np.add.reduce, "max": np.maximum.reduce, "min": np.minimum.reduce}


class Names:
    """The global names of generated code: constants, functions, and everything else that can't be
    written as text.
    """

    def __init__(self, namespace: dict[str, Any]) -> None:
        self.namespace = dict(namespace)
        self._names: dict[int, str] = {}
        self._numbers: dict[Any, Any] = {}

    def name(self, value: Any, prefix: str) -> str:
        """The name under which generated code finds a value; the same one for the same object."""
        if id(value) not in self._names:
            self._names[id(value)] = f"{prefix}{len(self._names)}_"
            self.namespace[self._names[id(value)]] = (
                value  # which also keeps its id from being used again
            )
        return self._names[id(value)]

    def constant(self, value: Any) -> str:
        """Python's numbers as they are; NumPy's by name, because they decide on the dtype of a
        result.
        """
        if type(value) in (float, int, bool):
            return repr(value) if value >= 0 else f"({value!r})"
        return self.name(value, "c")

    def number(self, value: Any, dtype: np.dtype[Any]) -> str:
        """A number among arrays of this dtype as an array of shape (), which costs a ufunc half of
        what a Python number does.
        """
        return self.name(
            self._numbers.setdefault((repr(value), dtype), np.array(value, dtype)), "c"
        )

    def index(self, index: Any) -> str:
        """What stands between brackets."""
        return index_text(index) if is_basic(index) else self.name(index, "c")


def array_call(equation: Equation, atoms: list[str], out: str, names: Names) -> str:
    """The right-hand side of an equation, computed into `out` where a name is given."""
    primitive, args, params, _ = equation
    name, into = primitive.name, [out] if out else []
    if name == "matmul" and max(np.ndim(arg) for arg in args) <= 2:
        # BLAS without the machinery of a generalised ufunc
        return f"{atoms[0]}.dot({', '.join([atoms[1], *into])})"
    if isinstance(primitive.evaluate, np.ufunc) and not params:
        return _ufunc_call(equation, atoms, out, names)
    if (
        name in REDUCTIONS
        and type(args[0]) is Var
        and args[0].shape
        and params.keys() <= {"axis", "keepdims"}
    ):
        options = [
            repr(params.get("axis")),
            "None",
            out or "None",
            repr(bool(params.get("keepdims"))),
        ]
        needed = options if out or params.get("keepdims") else options[:1]
        return f"{names.name(REDUCTIONS[name], 'f')}({', '.join([atoms[0], *needed])})"
    if name == "join":
        return f"{names.name(np.concatenate, 'f')}(({', '.join(atoms)},), {params['axis']})"
    if name in _METHODS and type(args[0]) is Var and args[0].shape:
        written = _METHODS[name](atoms[0], params, names)
        return written or plain_call(equation, atoms, names)
    return plain_call(equation, atoms, names)


def plain_call(equation: Equation, atoms: list[str], names: Names) -> str:
    """The call that the rule table makes."""
    options = [f"**{names.name(equation.params, 'k')}"] if equation.params else []
    return f"{names.name(equation.primitive.evaluate, 'f')}({', '.join([*atoms, *options])})"


def _ufunc_call(equation: Equation, atoms: list[str], out: str, names: Names) -> str:
    ufunc, args = equation.primitive.evaluate, equation.args
    if equation.output.shape and equation.output.dtype.kind == "f":
        arrays = {arg.dtype for arg in args if type(arg) not in (float, int, bool)}
        if arrays == {
            equation.output.dtype
        }:  # then a Python number is converted to the dtype of the others anyway
            atoms = [
                names.number(arg, *arrays) if type(arg) in (float, int, np.float64) else atom
                for arg, atom in zip(args, atoms, strict=True)
            ]
    if ufunc is np.multiply and args[0] is args[1]:
        ufunc, atoms = np.square, atoms[:1]
    # which NumPy wants named
    into = [] if not out else [f"out={out}"] if ufunc in (np.maximum, np.minimum) else [out]
    return f"{names.name(ufunc, 'f')}({', '.join([*atoms, *into])})"


def _reshape(x: str, params: dict[str, Any], names: Names) -> str:
    return f"{x}.reshape({params['shape']!r})" if set(params) == {"shape"} else ""


def _transpose(x: str, params: dict[str, Any], names: Names) -> str:
    axes = params.get("axes")
    return f"{x}.T" if axes is None else f"{x}.transpose({tuple(map(int, axes))!r})"


_METHODS = {
    "getitem": lambda x, params, names: f"{x}[{names.index(params['index'])}]",
    "reshape": _reshape,
    "transpose": _transpose,
}


# ---------------------------------------------------------------- arrays made of parts


def assembly(
    equation: Equation,
    result: str,
    atoms: Sequence[str],
    filled: set[int],
    allocated: bool,
    names: Names,
) -> Iterator[str]:
    """zeros, with each part written where it belongs, or added where another part has been;
    `filled` parts are in place already.
    """
    _, args, params, output = equation
    indices = params["indices"]
    covered = np.zeros(output.shape, bool)
    for k in filled:
        covered[indices[k]] = True
    later = [k for k in range(len(args)) if k not in filled]
    alone = [k for k in later if _covers_alone(covered, indices[k])]
    yield from _blank(output, result, covered, allocated, names)
    yield from [f"{result}[{index_text(indices[k])}] = {atoms[k]}" for k in alone]
    for k in [k for k in later if k not in alone]:
        yield from _added(result, indices[k], atoms[k], bool(np.ndim(args[k])), names)


def _covers_alone(covered: Any, index: Any) -> bool:
    """Whether no part before has touched this one's place, which is then marked as taken."""
    if not is_basic(index) or np.any(covered[index]):
        return False
    covered[index] = True
    return True


def _blank(output: Var, result: str, covered: Any, allocated: bool, names: Names) -> Iterator[str]:
    if not allocated:
        kind = "empty" if covered.all() else names.name(np.zeros, "f")
        yield f"{result} = {kind}({output.shape!r}, {names.name(output.dtype, 'd')})"
    elif not covered.all():
        yield f"{result}[{names.index(_run_or_mask(~covered))}] = 0"


def _added(result: str, index: Any, part: str, is_array: bool, names: Names) -> list[str]:
    if not is_basic(index):
        return [f"{names.name(np.add.at, 'f')}({result}, {names.name(index, 'c')}, {part})"]
    if not is_array:
        return [f"{result}[{index_text(index)}] += {part}"]
    return [
        f"part = {result}[{index_text(index)}]",
        f"{names.name(np.add, 'f')}(part, {part}, part)",
    ]


def _run_or_mask(mask: Any) -> Any:
    """A mask as a slice, where it is one run, and as a number, where it is one entry."""
    at = np.flatnonzero(mask)
    if mask.ndim == 1 and at.size == 1:
        return int(at[0])
    return (
        slice(int(at[0]), int(at[-1]) + 1)
        if mask.ndim == 1 and at[-1] - at[0] + 1 == at.size
        else mask
    )

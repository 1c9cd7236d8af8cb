"""A program as straight-line Python, and that Python as a function.

    scalars     v5 = log(x0) + x0 * x1          Python floats and `math`; a value used once is written where it is used
    arrays      v7 = multiply(v3, v5)           NumPy's functions, called without detours
    guards      if not v9: return guard_failed(...)

Whatever has no template is called as the rule table calls it, so every primitive compiles.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from diffbench.arrays.recorder import SCALAR, TRUTH, Equation, Var
from diffbench.program.program import Program
from diffbench.program.templates import SCALAR as SCALAR_TEMPLATES
from diffbench.program.templates import SCALAR_NAMESPACE
from diffbench.rules.indexing import is_basic

_DEEPEST_NESTING = 20  # Python's parser refuses 100 nested parentheses
_FLOAT = np.dtype(float)


@dataclass
class Source:
    """Generated code: its text and the names that it uses."""

    text: str
    namespace: dict[str, Any]
    has_arrays: bool  # whether NumPy computes in it, with its warnings


def function_of(source: Source, name: str) -> Callable[..., Any]:
    """The function `name` defined by the generated code."""
    namespace = dict(source.namespace)
    exec(compile(source.text, f"<diffbench {name}>", "exec"), namespace)
    return namespace[name]  # type: ignore[no-any-return]


def generate(program: Program, name: str) -> Source:
    """def name(x0, ...): the program's output, or what `otherwise` makes of inputs that the program does not hold for.

    The caller adds three functions to the namespace, all called with the inputs: `otherwise` (another shape or dtype, or an exception of
    Python's arithmetic), and `guard_failed(k, value, ...)`.
    """
    writer = _Writer(program)
    writer.write_inputs()
    for equation in program.equations:
        writer.write(equation)
    body = writer.finish()
    arguments = ", ".join(f"x{i}" for i in range(len(program.inputs)))
    lines = [f"def {name}({arguments}):", "    try:", *("        " + line for line in body)]
    lines += ["    except (ArithmeticError, ValueError, TypeError, AttributeError):", f"        return otherwise({arguments})", ""]
    return Source("\n".join(lines), writer.namespace, writer.has_arrays)


@dataclass
class _Writer:
    program: Program
    lines: list[str] = field(default_factory=list)
    namespace: dict[str, Any] = field(
        default_factory=lambda: dict(SCALAR_NAMESPACE) | {"ndarray": np.ndarray, "array": np.array, "scalar": scalar}
    )

    def __post_init__(self) -> None:
        program = self.program
        self.uses = Counter([arg.index for equation in program.equations for arg in equation.args if type(arg) is Var])
        outputs = program.output if type(program.output) is tuple else (program.output,)
        self.uses.update([out.index for out in outputs if type(out) is Var] * 2)
        self.guarded: dict[int, list[int]] = {}
        for k, guard in enumerate(program.guards):
            self.guarded.setdefault(guard.var.index, []).append(k)
        self.text: dict[int, str] = {}  # how each variable is written
        self.depth: dict[int, int] = {}
        self.has_arrays = False
        self.given = ", ".join(f"x{i}" for i in range(len(program.inputs)))

    # ------------------------------------------------------------ inputs and outputs

    def write_inputs(self) -> None:
        entries = self._entries_read()
        for i, var in enumerate(self.program.inputs):
            self.text[var.index] = f"x{i}"
            self._check(i, var)
            if var.index in entries:
                self._unpack(i, var, entries[var.index])
            self._guard(var)

    def _check(self, i: int, var: Var) -> None:
        dtype = self._name(var.dtype, "d")
        if not var.shape:
            kind = "float" if var.aval is SCALAR else self._name(var.dtype.type, "t")
            self.lines.append(f"if x{i}.__class__ is not {kind}: x{i} = {kind}(scalar(x{i}, {dtype}))")
            return
        shape = f"x{i}.shape != {var.shape!r}" if len(var.shape) != 1 else f"x{i}.ndim != 1 or x{i}.size != {var.shape[0]}"
        self.lines.append(f"if x{i}.__class__ is not ndarray or x{i}.dtype is not {dtype} or {shape}: return otherwise({self.given})")

    def _entries_read(self) -> dict[int, list[int]]:
        """Vectors of floats that are only read entry by entry, and which entries."""
        vectors = {var.index: var for var in self.program.inputs if len(var.shape) == 1 and var.dtype is _FLOAT}
        entries: dict[int, list[int]] = {}
        for primitive, args, params, _ in self.program.equations:
            for arg in args:
                if type(arg) is Var and arg.index in vectors:
                    if primitive.name == "getitem" and type(params["index"]) is int:
                        entries.setdefault(arg.index, []).append(params["index"] % arg.shape[0])
                    else:
                        vectors.pop(arg.index)
        outputs = self.program.output if type(self.program.output) is tuple else (self.program.output,)
        returned = {out.index for out in outputs if type(out) is Var}
        return {index: read for index, read in entries.items() if index in vectors and index not in returned}

    def _unpack(self, i: int, var: Var, read: list[int]) -> None:
        n = var.shape[0]
        if len(set(read)) * 2 >= n:
            names = ", ".join([f"x{i}_{k}" if k in set(read) else "_" for k in range(n)]) if n < 256 else ""
        else:
            names = ""
        self.lines.append(f"{names}{',' if n == 1 else ''} = x{i}.tolist()" if names else f"l{i} = x{i}.tolist()")
        self.entry = getattr(self, "entry", {})
        self.entry[var.index] = f"x{i}_{{}}" if names else f"l{i}[{{}}]"

    def finish(self) -> list[str]:
        """The statements, the last of which returns the outputs."""
        output = self.program.output
        derivative = output[-1] if type(output) is tuple else output
        if type(derivative) is Var:
            text = self.text[derivative.index]
            self.namespace["vdot"] = np.vdot
            test = f"{text} != {text}" if not derivative.shape else f"isnan(vdot({text}, {text}))"
            self.lines.append(f"if {test}: return otherwise({self.given})")
        text = ", ".join([self._returned(out) for out in output]) if type(output) is tuple else self._returned(output)
        return [*self.lines, f"return {text}"]

    def _returned(self, out: Any) -> str:
        if type(out) is Var:
            return self.text[out.index] if not out.shape or out not in self.program.inputs else f"{self.text[out.index]}.copy()"
        return self._constant(out) if np.ndim(out) == 0 else f"{self._constant(out)}.copy()"

    # ------------------------------------------------------------ equations

    def write(self, equation: Equation) -> None:
        primitive, args, params, output = equation
        if type(output) is tuple:
            names = [self.text.setdefault(var.index, f"v{var.index}") for var in output]
            self.lines.append(f"{', '.join(names)}, = {self._call(equation)}")
            for var in output:
                self._guard(var)
            return
        scalar = output.aval is SCALAR or output.aval is TRUTH
        text = self._scalar(equation) if scalar else None
        if text is None:
            text = f"float({self._array(equation)})" if output.aval is SCALAR else self._array(equation)
            scalar = False
        depth = 1 + max([self.depth.get(arg.index, 0) for arg in args if type(arg) is Var], default=0)
        if scalar and self.uses[output.index] == 1 and depth < _DEEPEST_NESTING and output.index not in self.guarded:
            self.text[output.index], self.depth[output.index] = text, depth
            return
        if scalar and primitive.name == "getitem":  # an entry that has its own name already
            self.text[output.index] = text
        else:
            self.text[output.index] = f"v{output.index}"
            self.lines.append(f"v{output.index} = {text}")
        self._guard(output)

    def _guard(self, var: Var) -> None:
        for k in self.guarded.get(var.index, ()):
            value = self.program.guards[k].value
            text = self.text[var.index]
            if value is True or value is False:
                test = f"not {text}" if value else text
            elif type(value) is int:
                test = f"{text} != {value}"
            else:
                test = f"not array_equal({text}, {self._name(value, 'c')})"
                self.namespace["array_equal"] = np.array_equal
            self.lines.append(f"if {test}: return guard_failed({k}, {text}, {self.given})")

    def _scalar(self, equation: Equation) -> str | None:
        """As Python arithmetic, where all arguments are floats or truths."""
        primitive, args, params, output = equation
        if primitive.name == "getitem" and args[0].index in getattr(self, "entry", {}):
            return self.entry[args[0].index].format(params["index"] % args[0].shape[0])
        template = SCALAR_TEMPLATES.get(primitive.name)
        if template is None or params or not all([_is_scalar(arg) for arg in args]):
            return None
        return template.format(*[self._atom(arg) for arg in args])

    def _array(self, equation: Equation) -> str:
        primitive, args, params, output = equation
        name = primitive.name
        atoms = [self._atom(arg) for arg in args]
        if name == "assemble" and _is_vector_of_scalars(equation):
            entries = dict(zip(params["indices"], atoms, strict=True))
            return f"array([{', '.join([entries.get(k, '0.0') for k in range(output.shape[0])])}])"
        self.has_arrays = True
        if isinstance(primitive.evaluate, np.ufunc) and not params and name != "matmul":
            if name == "multiply" and args[0] is args[1]:
                return f"{self._name(np.square, 'f')}({atoms[0]})"
            return f"{self._name(primitive.evaluate, 'f')}({', '.join(atoms)})"
        if name == "matmul":
            return f"{atoms[0]} @ {atoms[1]}"
        if name == "getitem" and type(args[0]) is Var:
            return f"{atoms[0]}[{self._index(params['index'])}]"
        if name == "reshape" and set(params) == {"shape"} and type(args[0]) is Var and args[0].shape:
            return f"{atoms[0]}.reshape({params['shape']!r})"
        if name == "transpose" and not params and type(args[0]) is Var:
            return f"{atoms[0]}.T"
        if name == "sum" and type(args[0]) is Var and args[0].shape and params.keys() <= {"axis", "keepdims"}:
            keep = ", None, None, True" if params.get("keepdims") else ""
            return f"{self._name(np.add.reduce, 'f')}({atoms[0]}, {params.get('axis')!r}{keep})"
        return self._call(equation)

    def _call(self, equation: Equation) -> str:
        primitive, args, params, _ = equation
        atoms = [self._atom(arg) for arg in args]
        if params:
            atoms.append(f"**{self._name(params, 'k')}")
        return f"{self._name(primitive.evaluate, 'f')}({', '.join(atoms)})"

    def _index(self, index: Any) -> str:
        if is_basic(index):
            return _index_text(index)
        return self._name(index, "c")

    # ------------------------------------------------------------ atoms

    def _atom(self, arg: Any) -> str:
        return self.text[arg.index] if type(arg) is Var else self._constant(arg)

    def _constant(self, value: Any) -> str:
        if type(value) in (float, int, np.float64):
            return repr(float(value)) if value >= 0 else f"({float(value)!r})"
        if type(value) in (bool, np.bool_):
            return repr(bool(value))
        return self._name(value, "c")

    def _name(self, value: Any, prefix: str) -> str:
        """A global name for something that can't be written."""
        names = self.__dict__.setdefault("_names", {})
        name = names.get(id(value))
        if name is None:
            name = names[id(value)] = f"{prefix}{len(names)}_"
            self.namespace[name] = value
        return name


def scalar(x: Any, dtype: np.dtype[Any]) -> Any:
    """x as it is, if it is a number of this dtype. Raises TypeError for anything else."""
    if isinstance(x, np.generic | np.ndarray) and x.dtype is dtype and not x.ndim:
        return x
    raise TypeError(f"{x!r} is not a {dtype} scalar")


def _is_scalar(arg: Any) -> bool:
    if type(arg) is Var:
        return arg.aval is SCALAR or arg.aval is TRUTH
    return type(arg) in (float, int, bool, np.float64, np.bool_)


def _is_vector_of_scalars(equation: Equation) -> bool:
    """Whether the entries of a vector are given one by one, each by a float."""
    _, args, params, output = equation
    one_by_one = all([type(index) is int and index >= 0 for index in params["indices"]]) and all(map(_is_scalar, args))
    return len(output.shape) == 1 and output.dtype is _FLOAT and one_by_one and output.shape[0] <= 4 * len(args)


def _index_text(index: Any) -> str:
    if type(index) is tuple:
        return ", ".join(map(_index_text, index)) + ("," if len(index) == 1 else "") if index else "()"
    if type(index) is slice:
        parts = ["" if part is None else str(int(part)) for part in (index.start, index.stop, index.step)]
        return ":".join(parts if parts[2] else parts[:2])
    return "None" if index is None else "..." if index is Ellipsis else str(int(index))

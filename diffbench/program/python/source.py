"""A program as straight-line Python, and that Python as a function.

    scalars     v5 = log(x0) + x0 * x1          Python floats and `math`; a value used once is written where it is used
    arrays      v7 = multiply(v3, v5)           NumPy's functions, called without detours
    guards      if not v9: return guard_failed(...)

Whatever has no template is called as the rule table calls it, so every primitive compiles.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from struct import Struct
from typing import Any

import numpy as np

from diffbench.ir import SCALAR, TRUTH, Equation, Program, Var
from diffbench.program.passes.rolling import find_loops
from diffbench.program.python.array_source import Names, array_call, assembly
from diffbench.program.python.buffers import Place, plan
from diffbench.program.python.float_functions import FLOAT_FUNCTIONS
from diffbench.program.python.loop_source import LoopNames, write_loop
from diffbench.program.read.notation import index_text
from diffbench.rules.spelling import spelling

_DEEPEST_NESTING = 20  # Python's parser refuses 100 nested parentheses
# equations: up to here straight-line code runs faster than loops that fill lists, and compiles soon
# enough
_LONGEST_UNROLLED = 5000
_MOST_NAMES = 256
_MOST_CHECKED = 16  # entries: from there on NumPy looks through them sooner
_FLOAT = np.dtype(float)
# beside variables that are Python's floats, NumPy would compute in the narrow types' precision
_NUMBERS = frozenset({float, int, bool, np.float64, np.float32, np.float16, np.bool_})


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
    """def name(x0, ...): the program's output, or what `otherwise` makes of inputs that the program
    does not hold for.

    The caller adds three functions to the namespace, called with the inputs: `otherwise` (another
    shape or dtype, or an exception of Python's arithmetic), `guard_failed(k, value, ...)`, and
    `answer_into(out, answer, ...)` where a call has out=.
    """
    writer = _Writer(program)
    writer.write_inputs()
    writer.write_equations()
    body = writer.finish()
    arguments = ", ".join(f"x{i}" for i in range(len(program.inputs)))
    lines = [
        f"def {name}({arguments}, out=None):",
        f"    if out is not None: return answer_into(out, {name}, {arguments})",
    ]
    lines += ["    try:", *("        " + line for line in body)]
    lines += [
        "    except (ArithmeticError, ValueError, TypeError, AttributeError):",
        f"        return otherwise({arguments})",
        "",
    ]
    return Source("\n".join(lines), writer.names.namespace, writer.has_arrays)


class _Writer:
    """The statements written so far, and how each variable is read."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.plan = plan(program)
        self.lines: list[str] = []
        self.names = Names(
            FLOAT_FUNCTIONS | {"ndarray": np.ndarray, "scalar": scalar, "empty": np.empty}
        )
        self.has_arrays = False
        self.given = ", ".join([f"x{i}" for i in range(len(program.inputs))])
        self.text: dict[int, str] = {}
        self.depth: dict[int, int] = {}
        self.outputs = program.outputs
        self.uses = program.uses.copy()
        self.uses.update([out.index for out in self.outputs if type(out) is Var] * 2)
        self.guarded: defaultdict[int, list[int]] = defaultdict(list)
        for k, guard in enumerate(program.guards):
            self.guarded[guard.var.index].append(k)
        self.entry: dict[int, str] = {}  # how the entries of an unpacked vector are written
        self.read = self._entries_read()
        long = len(program.equations) > _LONGEST_UNROLLED
        self.loops = LoopNames(program, find_loops(program, set(self.read)) if long else [])
        self.checked = ""  # the name of a number that is finite where the derivative is

    # ------------------------------------------------------------ inputs and outputs

    def write_inputs(self) -> None:
        for i, var in enumerate(self.program.inputs):
            self.text[var.index] = f"x{i}"
            self._check(i, var)
            if var.index in self.read:
                self._unpack(i, var, set(self.read[var.index]))
        self.checks = list(self.lines)
        for var in self.program.inputs:
            self._guard(var)

    def _check(self, i: int, var: Var) -> None:
        dtype = self.names.name(var.dtype, "d")
        if not var.shape:
            kind = "float" if var.aval is SCALAR else self.names.name(var.dtype.type, "t")
            self.lines.append(
                f"if x{i}.__class__ is not {kind}: x{i} = {kind}(scalar(x{i}, {dtype}))"
            )
            return
        shape = (
            f"x{i}.shape != {var.shape!r}"
            if len(var.shape) != 1
            else f"x{i}.ndim != 1 or len(x{i}) != {var.shape[0]}"
        )
        if self._has_names(var):
            shape = f"x{i}.ndim != 1"  # taking it apart checks the length
        self.lines.append(
            f"if x{i}.__class__ is not ndarray or x{i}.dtype is not {dtype} or {shape}: return "
            f"otherwise({self.given})"
        )

    def _entries_read(self) -> dict[int, list[int]]:
        """Vectors of floats that are only read entry by entry, and which entries."""
        vectors = {
            var.index: var
            for var in self.program.inputs
            if len(var.shape) == 1 and var.dtype is _FLOAT
        }
        entries: dict[int, list[int]] = {}
        for primitive, args, params, _ in self.program.equations:
            for arg in args:
                if type(arg) is Var and arg.index in vectors:
                    if primitive.name == "getitem" and type(params["index"]) is int:
                        entries.setdefault(arg.index, []).append(params["index"] % arg.shape[0])
                    else:
                        vectors.pop(arg.index)
        returned = {out.index for out in self.outputs if type(out) is Var}
        return {
            index: read
            for index, read in entries.items()
            if index in vectors and index not in returned
        }

    def _unpack(self, i: int, var: Var, read: set[int]) -> None:
        """The entries of a vector as Python floats: each in a variable, or a long list of them."""
        n = var.shape[0]
        if not self._has_names(var):
            self.lines.append(f"l{i} = x{i}.tolist()")
            self.entry[var.index] = f"l{i}[{{}}]"
            self.text[var.index] = f"l{i}"
            return
        names = ", ".join([f"x{i}_{k}" if k in read else "_" for k in range(n)])
        self.lines.append(f"{names}{',' if n == 1 else ''} = x{i}.tolist()")
        self.entry[var.index] = f"x{i}_{{}}"

    def _has_names(self, var: Var) -> bool:
        """Whether each entry of a vector gets a variable."""
        read = set(self.read.get(var.index, ()))
        return (
            bool(read) and not self.loops.loops and var.shape[0] <= min(_MOST_NAMES, 2 * len(read))
        )

    def write_equations(self) -> None:
        """All equations in their order, those of a loop as a loop."""
        equations, at = self.program.equations, 0
        for number, loop in enumerate(self.loops.loops):
            for equation in equations[at : loop.start]:
                self.write(equation)
            self.lines += write_loop(
                number, loop, equations, self.loops, self._loop_atom, self._check_guard
            )
            at = loop.stop
        for equation in equations[at:]:
            self.write(equation)

    def _loop_atom(self, atom: Any) -> str:
        return self._atom(atom) if type(atom) is Var else _float_text(atom)

    def finish(self) -> list[str]:
        """All statements, the last of which returns the outputs."""
        derivative = self.outputs[-1]
        if type(derivative) is Var:
            self.lines.append(
                f"if {self._is_not_finite(derivative)}: return otherwise({self.given})"
            )
        returned = ", ".join([self._returned(out) for out in self.outputs])
        buffers = self.plan.buffers
        if not buffers:
            return [*self.lines, f"return {returned}"]
        self.names.namespace |= {
            "pool": [],
            "make_buffers": lambda: tuple(
                [np.empty(known.shape, known.dtype) for known in buffers]
            ),
        }
        names = "".join([f"b{k}, " for k in range(len(buffers))])
        take = ["buffers = pool.pop() if pool else make_buffers()", f"{names} = buffers"]
        return [
            *self.checks,
            *take,
            *self.lines[len(self.checks) :],
            "pool.append(buffers)",
            f"return {returned}",
        ]

    def _is_not_finite(self, var: Var) -> str:
        """True of a derivative with an infinity or a NaN in it, which rearranged sums may have
        made.
        """
        text = self.checked or self._atom(var)
        if not var.shape or self.checked:
            return f"{text} - {text} != 0.0"
        return (
            f"not isfinite({text}.dot({text}))"
            if len(var.shape) == 1 and var.dtype.kind == "f"
            else f"not isfinite({text}.sum())"
        )

    def _returned(self, out: Any) -> str:
        """An output in memory of its own."""
        if type(out) is not Var:
            return self.names.constant(out) + (".copy()" if np.ndim(out) else "")
        own = not out.shape or (
            self.plan.owners[out.index] == {out.index} and out not in self.program.inputs
        )
        return self._atom(out) if own else f"{self._atom(out)}.copy()"

    # ------------------------------------------------------------ equations

    def write(self, equation: Equation) -> None:
        """The statements of one equation, if it needs any."""
        output = equation.output
        if type(output) is tuple:
            self.text.update({var.index: f"v{var.index}" for var in output})
            self.lines.append(
                f"{', '.join([self.text[var.index] for var in output])}, = {self._array(equation)}"
            )
        elif output.index in self.plan.unwritten:
            return
        elif output.aval is SCALAR or output.aval is TRUTH:
            self._write_scalar(equation)
        elif equation.primitive.name == "assemble":
            self._write_assembled(equation)
        else:
            self._write_array(equation)
        if self.guarded:
            for var in output if type(output) is tuple else (output,):
                self._guard(var)

    def _write_scalar(self, equation: Equation) -> None:
        output = equation.output
        text = self._scalar(equation)
        if text is None:
            self._assign(
                output, f"{'float' if output.aval is SCALAR else 'bool'}({self._array(equation)})"
            )
            return
        if self.uses[output.index] == 1 and output.index not in self.guarded:
            depth = 1 + max(
                [self.depth.get(arg.index, 0) for arg in equation.args if type(arg) is Var],
                default=0,
            )
            if depth < _DEEPEST_NESTING:
                self.text[output.index], self.depth[output.index] = text, depth
                return
        if equation.primitive.name == "getitem":  # an entry has its own name already
            self.text[output.index] = text
        else:
            # a bare line takes Python a quarter less time to compile
            self._assign(output, text[1:-1] if text[0] == "(" else text)

    def _assign(self, output: Var, text: str) -> None:
        self.text[output.index] = f"v{output.index}"
        self.lines.append(f"v{output.index} = {text}")

    def _write_array(self, equation: Equation) -> None:
        output = equation.output
        if output.index in self.plan.slots:
            self.text[output.index] = f"b{self.plan.slots[output.index]}"
        elif output.index in self.plan.places:
            self._write_place(output, self.plan.places[output.index], equation)
        else:
            # a number, and no view of a buffer
            self._assign(output, self._array(equation) + ("" if output.shape else "[()]"))
            return
        self.lines.append(self._array(equation, self.text[output.index]))

    def _write_place(self, var: Var, place: Place, equation: Equation) -> None:
        """A view of the part of a result in which an array is to be computed; that of the argument
        which it replaces there.
        """
        result = place.result
        for arg in equation.args:
            if type(arg) is Var and self.plan.places.get(arg.index) is place:
                self.text[var.index] = self.text[arg.index]
                return
        if result.index not in self.text:
            self._assign(result, f"empty({result.shape!r}, {self.names.name(result.dtype, 'd')})")
        reshaped = (
            f".reshape({place.shape!r})"
            if len(place.shape) != len(result.shape) or type(place.index) is tuple
            else ""
        )
        self._assign(var, f"{self.text[result.index]}[{index_text(place.index)}]{reshaped}")

    def _write_assembled(self, equation: Equation) -> None:
        """zeros, with each part written where it belongs, or added where another part has been."""
        _, args, params, output = equation
        if _is_vector_of_scalars(equation):
            entries = dict(zip(params["indices"], args, strict=True))
            if output.shape[0] <= _MOST_CHECKED and output is self.outputs[-1]:
                self._write_short_vector(output, entries)
                return
            self._pack(
                output,
                ", ".join(self._listed([entries.get(k, 0.0) for k in range(output.shape[0])])),
            )
            return
        self.has_arrays = True
        filled, allocated = self.plan.filled[output.index], output.index in self.text
        name = self.text.setdefault(output.index, f"v{output.index}")
        atoms = ["" if k in filled else self._atom(atom) for k, atom in enumerate(args)]
        self.lines += assembly(equation, name, atoms, filled, allocated, self.names)

    def _guard(self, var: Var) -> None:
        for k in self.guarded.get(var.index, ()):
            self.lines.append(self._check_guard(var, self.text[var.index], str(k)))

    def _check_guard(self, var: Var, text: str, k: str) -> str:
        value = self.program.guards[self.guarded[var.index][0]].value
        if value is True or value is False:
            test = f"not {text}" if value else text
        elif type(value) is int:
            test = f"{text} != {value}"
        else:
            test = f"not array_equal({text}, {self.names.name(value, 'c')})"
            self.names.namespace["array_equal"] = np.array_equal
        return f"if {test}: return guard_failed({k}, {text}, {self.given})"

    def _scalar(self, equation: Equation) -> str | None:
        """As Python arithmetic, where all arguments are floats or truths."""
        primitive, args, params, _ = equation
        if primitive.name == "getitem" and type(args[0]) is Var and args[0].index in self.entry:
            return self.entry[args[0].index].format(params["index"] % args[0].shape[0])
        template = spelling(primitive.name).python
        if not template or params:
            return None
        texts = []
        for arg in args:
            if type(arg) is Var and (arg.aval is SCALAR or arg.aval is TRUTH):
                texts.append(self.text.get(arg.index) or self._atom(arg))
            elif type(arg) in _NUMBERS:
                texts.append(_float_text(arg))
            else:
                return None
        return template.format(*texts)

    def _write_short_vector(self, output: Var, entries: dict[int, Any]) -> None:
        """A gradient of few entries, with a sum of them that is not finite where one of them is
        not.
        """
        for k, atom in entries.items():
            if type(atom) is Var and not self._atom(atom).isidentifier():
                self.lines.append(f"g{k} = {self._atom(atom)}")
                self.text[atom.index] = f"g{k}"
        terms = [self._loop_atom(entries.get(k, 0.0)) for k in range(output.shape[0])]
        self.lines.append(f"total = {' + '.join(terms)}")
        self.checked = "total"
        self._pack(output, ", ".join(terms))

    def _pack(self, output: Var, entries: str) -> None:
        """A vector of floats, several times faster than by np.array."""
        n = output.shape[0]
        self._assign(output, f"empty({n})")
        self.lines.append(
            f"{self.names.name(Struct(f'{n}d').pack_into, 'f')}({self.text[output.index]}, 0, "
            f"{entries})"
        )

    def _listed(self, atoms: list[Any]) -> Iterator[str]:
        """Entries of a list; neighbouring results of a loop as a slice of their own list."""
        places = [self.loops.where(atom) if atom is not None else None for atom in atoms]
        k = 0
        while k < len(atoms):
            run = _run_length(places, k)
            if run > 2:
                number, j, first = places[k]  # type: ignore[misc]
                stride = places[k + 1][2] - first  # type: ignore[index]
                stop = first + stride * run
                yield f"*a{number}_{j}[{first}:{stop if stop >= 0 else ''}:{stride}]"
            else:
                yield from [self._loop_atom(atom) for atom in atoms[k : k + run]]
            k += run

    def _array(self, equation: Equation, out: str = "") -> str:
        """As a call of NumPy, into `out` where a name is given."""
        self.has_arrays = True
        return array_call(equation, self._operands(equation), out, self.names)

    def _operands(self, equation: Equation) -> list[str]:
        """The arguments as NumPy is to see them: a Python float beside numbers of another precision
        would take theirs (NEP 50), which float64 does not.
        """
        atoms = list(map(self._atom, equation.args))
        if not any(type(arg) is Var and arg.dtype.char in "efgF" for arg in equation.args):
            return atoms
        wide = self.names.name(np.float64, "t")
        return [
            f"{wide}({atom})" if type(arg) is Var and arg.aval is SCALAR else atom
            for arg, atom in zip(equation.args, atoms, strict=True)
        ]

    # ------------------------------------------------------------ atoms

    def _atom(self, arg: Any) -> str:
        if type(arg) is not Var:
            return self.names.constant(arg)
        text = self.text.get(arg.index)
        if text is None:
            place = self.loops.where(arg)
            assert place is not None, f"{arg} is read before it is written"
            text = self.text[arg.index] = self.loops.text(place)
        return text


def _float_text(value: Any) -> str:
    """A constant of Python arithmetic on floats."""
    if type(value) in (bool, np.bool_):
        return repr(bool(value))
    return repr(float(value)) if value >= 0 else f"({float(value)!r})"


def scalar(x: Any, dtype: np.dtype[Any]) -> Any:
    """x as it is, if it is a number of this dtype. Raises TypeError for anything else."""
    if isinstance(x, np.generic | np.ndarray) and x.dtype is dtype and not x.ndim:
        return x
    raise TypeError(f"{x!r} is not a {dtype} scalar")


def _is_scalar(arg: Any) -> bool:
    if type(arg) is Var:
        return arg.aval is SCALAR or arg.aval is TRUTH
    return type(arg) in _NUMBERS


def _is_vector_of_scalars(equation: Equation) -> bool:
    """Whether the entries of a vector are given one by one, each by a float."""
    _, args, params, output = equation
    one_by_one = all([type(index) is int and index >= 0 for index in params["indices"]]) and all(
        map(_is_scalar, args)
    )
    return (
        len(output.shape) == 1
        and output.dtype is _FLOAT
        and one_by_one
        and output.shape[0] <= 4 * len(args)
    )


def _run_length(places: list[Any], k: int) -> int:
    """How many places from k on are of one loop's list, at equal distances; at least 1."""
    run = 1
    while (
        k + run < len(places)
        and places[k]
        and places[k + run]
        and places[k + run][:2] == places[k][:2]
    ):
        if places[k + run][2] - places[k][2] != run * (places[k + 1][2] - places[k][2]):
            break
        run += 1
    return run

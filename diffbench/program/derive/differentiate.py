"""A program to the program of its derivative.

    y1 = sin(x)            y1_bar = ...                the rule of each primitive is itself recorded, once for each
    y2 = y1 * x     ->     y1_bar = y2_bar * x         combination of shapes, as a small program (y_bar, y, x) -> x_bar,
                           x_bar  = y1_bar * cos(x)    and pasted wherever the primitive occurs

The equations of the function come first and unchanged, so the guards stay where they were; what
comes out is a program again, to be printed, simplified, compiled, or differentiated once more.
"""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from diffbench.errors import NotScalar
from diffbench.ir import SCALAR, TRUTH, Aval, Builder, Equation, Program, Var, aval, aval_of, freeze
from diffbench.program.derive.assemble import ASSEMBLE
from diffbench.program.derive.rule_programs import pull_rule, push_rule, rule_program
from diffbench.program.passes.pipelines import simplify
from diffbench.rules.entries.indexing import Scatter, getitem
from diffbench.rules.entries.shaping import astype
from diffbench.rules.table import primitives

_add = primitives[np.add]
_getitem = primitives[getitem]


# ---------------------------------------------------------------- the operators


def vjp(program: Program) -> Program:
    """(x, y_bar) -> (y, J^T y_bar)."""
    draft = Draft(program)
    y_bar = draft.input(program.output.aval)
    return draft.derived(
        (program.output, draft.pull(program.output, y_bar)),
        np.ones(program.output.shape, program.output.dtype)[()],
    )


def where_finite(program: Program) -> Program:
    """The program of y that holds only where the sum of y is finite: derivatives behind an overflow
    come out 0.
    """
    draft, number = Draft(program), aval_of(np.zeros((), program.output.dtype)[()])
    total, *others = [
        part if not part.shape else draft.emit(primitives[np.sum], (part,), number)
        for part in _parts(program)
    ]
    for other in others:
        total = draft.emit(primitives[np.add], (total, other), number)
    is_finite = draft.emit(primitives[np.isfinite], (total,), TRUTH)
    draft.guard(is_finite, True, "an overflow")
    return draft.derived(program.output)


def _parts(program: Program) -> list[Var]:
    """The variables that y is put together from: numbers stay numbers."""
    parts, waiting = [], [program.output]
    while waiting:
        part = waiting.pop()
        maker = program.makers.get(part.index)
        if maker and maker.primitive.name in ("assemble", "join", "reshape"):
            waiting += [arg for arg in maker.args if type(arg) is Var]
        else:
            parts.append(part)
    return parts


def value_and_gradient(program: Program) -> Program:
    """x -> (y, gradient) of a program with y of shape ()."""
    require_scalar(program.output)
    draft = Draft(program)
    return draft.derived((program.output, draft.pull(program.output, draft.one(program.output))))


def jvp(program: Program) -> Program:
    """(x, x_dot) -> (y, J x_dot)."""
    draft = Draft(program)
    x_dot = draft.input(program.inputs[0].aval)
    return draft.derived(
        (program.output, draft.cast(draft.push(x_dot), x_dot)), np.ones_like(program.point[0])
    )


def derivative(program: Program) -> Program:
    """x -> (y, dy/dx) of a program with x of shape ()."""
    draft = Draft(program)
    x = program.inputs[0]
    return draft.derived((program.output, draft.cast(draft.push(draft.one(x)), x)))


def hvp(program: Program, simplification: Callable[[Program], Program] = simplify) -> Program:
    """(x, x_dot) -> H x_dot of a program with y of shape (): forward over reverse."""
    return part(jvp(gradient(program, simplification)), 1)


def gradient(program: Program, simplification: Callable[[Program], Program] = simplify) -> Program:
    """x -> the gradient of a program with y of shape (), to be differentiated again. Where a rule
    says NaN, as at a jump, it holds where it is finite: the derivative of that NaN would be 0.
    """
    slopes = part(simplification(value_and_gradient(program)), 1)
    return where_finite(slopes) if type(slopes.output) is Var and _says_nan(slopes) else slopes


def _says_nan(program: Program) -> bool:
    """Whether NaN is among the constants of a program."""
    constants = [a for e in program.equations for a in e.args if type(a) is not Var]
    return any(np.result_type(c).kind in "fc" and np.any(np.isnan(c)) for c in constants)


def jacobian_rows(program: Program) -> Program:
    """x -> J, shape (m, n): one pull-back for each of the m entries of y, all in one program."""
    draft, y = Draft(program), program.output
    seeds = np.eye(int(np.prod(y.shape)), dtype=y.dtype).reshape(-1, *y.shape)
    rows = [draft.pull(y, seed[()]) for seed in seeds]
    shape = (*y.shape, *program.inputs[0].shape)
    indices = tuple(np.unravel_index(k, y.shape) for k in range(len(rows)))
    return draft.derived(
        draft.assemble(
            rows,
            [tuple(map(int, index)) for index in indices],
            aval(shape, program.inputs[0].dtype),
        )
    )


def jacobian_entries(program: Program) -> Program | None:
    """x -> the entries of J in one row, shape (m * n,), of a program on numbers; None of one on
    arrays. By columns where there are fewer of them.
    """
    draft, y, x = Draft(program), program.output, program.inputs[0]
    m, n = int(np.prod(y.shape)), x.size
    known = len(draft.equations)
    if n < m:
        seeds = np.eye(n, dtype=x.dtype).reshape(-1, *x.shape)
        lines, places = [draft.push(seed[()]) for seed in seeds], (1, n)
    else:
        seeds = np.eye(m, dtype=y.dtype).reshape(-1, *y.shape)
        lines, places = [draft.pull(y, seed[()]) for seed in seeds], (n, 1)
    makers = {e.output.index: e for e in draft.equations if type(e.output) is not tuple}
    values, indices = [], []
    for k, line in enumerate(lines):
        entries = _entries(line, makers)
        if entries is None:
            return None
        values += list(entries.values())
        indices += [k * places[0] + i * places[1] for i in entries]
    if not values or known == len(draft.equations):
        return None
    return draft.derived(draft.assemble(values, indices, aval((m * n,), x.dtype)))


def _entries(line: Any, makers: dict[int, Equation]) -> dict[int, Any] | None:
    """The numbers of an array by their places; None where it is not put together from numbers."""
    if type(line) is not Var:
        return {i: float(value) for i, value in enumerate(np.ravel(line)) if value}
    if not line.shape:
        return {0: line}
    primitive, args, params, _ = makers.get(line.index) or (None, (), {}, None)
    name = primitive.name if primitive is not None else ""
    if name == "reshape" and params.get("order", "C") == "C":
        return _entries(args[0], makers)
    if name == "join" and params["axis"] == 0:
        return _joined_entries(args, makers)
    if name == "assemble" and _is_of_numbers(line, args, params["indices"]):
        return dict(zip([i % line.size for i in params["indices"]], args, strict=True))
    return None


def _joined_entries(parts: Any, makers: dict[int, Equation]) -> dict[int, Any] | None:
    found, begin = {}, 0
    for part in parts:
        entries = _entries(part, makers)
        if entries is None:
            return None
        found.update({begin + i: value for i, value in entries.items()})
        begin += int(np.size(part)) if type(part) is not Var else part.size
    return found


def _is_of_numbers(line: Var, values: Any, indices: Any) -> bool:
    if len(line.shape) > 1 or any([np.shape(value) for value in values]):
        return False
    return all([type(i) is int for i in indices])


def part(program: Program, k: int) -> Program:
    """The program of one of several outputs."""
    return replace(program, output=program.output[k])


def require_scalar(y: Any) -> None:
    """Raise NotScalar where a gradient was asked of a function that returns no number."""
    if np.shape(y) != ():
        raise NotScalar(np.shape(y))


# ---------------------------------------------------------------- a program being extended


class Draft(Builder):
    """A program to which derivatives are being added."""

    __slots__ = ("_values", "source")

    def __init__(self, source: Program) -> None:
        super().__init__(source)
        self.source = source
        self._values: dict[int, Any] = {}

    def one(self, like: Any) -> Any:
        """The seed of a derivative along the only direction there is."""
        return (
            1.0
            if type(like) is Var and like.aval is SCALAR
            else np.ones(like.shape, like.dtype)[()]
        )

    def derived(self, output: Any, *directions: Any) -> Program:
        """The finished program; `directions` are values for the inputs that were added, to record
        further derivatives at.
        """
        written = self.program(self.source.name, output, (*self.source.point, *directions))
        return replace(self.source, **vars(written))

    def assemble(self, values: list[Any], indices: list[Any], known: Aval) -> Any:
        params = {"indices": tuple(indices), "shape": known.shape}
        return self.emit(ASSEMBLE, tuple(values), known, params)

    # ------------------------------------------------------------ sweeps

    def pull(self, y: Any, y_bar: Any) -> Any:
        """J^T y_bar for the first input: one cotangent for every variable that y depends on and x
        reaches.
        """
        x, moving = self.source.inputs[0], reached(self.source)
        bars: defaultdict[int, list[Any]] = defaultdict(list)
        if type(y) is Var:
            bars[y.index].append(y_bar)
        for equation in reversed(self.source.equations):
            output = equation.output
            if type(output) is not tuple:
                if output.index in bars:
                    total = self._total(output, bars.pop(output.index))
                    self._pull_equation(equation, (total,), (output,), moving, bars)
            elif any([part.index in bars for part in output]):
                totals = tuple([self._total(part, bars.pop(part.index, [])) for part in output])
                self._pull_equation(equation, totals, output, moving, bars)
        return self.cast(self._total(x, bars.pop(x.index, [])), x)

    def _pull_equation(
        self,
        equation: Equation,
        totals: Any,
        outputs: Any,
        moving: set[int],
        bars: dict[int, list[Any]],
    ) -> None:
        if outputs[0].index not in moving:
            return
        args = equation.args
        active = tuple(
            [i for i, arg in enumerate(args) if type(arg) is Var and arg.index in moving]
        )
        if equation.primitive is _getitem:
            bars[args[0].index].append(Scatter(totals[0], _counted_from_start(equation), None))
            return
        rule = rule_program(pull_rule, equation, active, totals, self._values_of)
        for i, cotangent in zip(active, self.paste(rule, (*totals, *outputs, *args)), strict=True):
            bars[args[i].index].append(cotangent)

    def push(self, x_dot: Any) -> Any:
        """J x_dot: one tangent for every variable that x reaches."""
        moving, y = reached(self.source), self.source.output
        dots: dict[int, Any] = {self.source.inputs[0].index: x_dot}
        for equation in self.source.equations:
            active = tuple(
                [
                    i
                    for i, arg in enumerate(equation.args)
                    if type(arg) is Var and arg.index in moving
                ]
            )
            if not active or not equation.primitive.differentiable:
                continue
            outputs = equation.outputs
            x_dots = tuple([dots[equation.args[i].index] for i in active])
            rule = rule_program(push_rule, equation, active, x_dots, self._values_of)
            pushed = self.paste(rule, (*x_dots, *outputs, *equation.args))
            dots.update(zip([output.index for output in outputs], pushed, strict=True))
        return (
            dots[y.index]
            if type(y) is Var and y.index in dots
            else np.zeros(np.shape(y), np.result_type(y.dtype))[()]
        )

    def cast(self, made: Any, x: Var) -> Any:
        """A derivative in x's own dtype, where data of another one took part."""
        if type(made) is not Var or made.dtype == x.dtype:
            return made
        return self.emit(primitives[astype], (made,), aval(made.shape, x.dtype), {"dtype": x.dtype})

    def _total(self, var: Var, contributions: list[Any]) -> Any:
        """The sum of what reached a variable."""
        if len(contributions) == 1 and type(contributions[0]) is Var:
            return contributions[0]
        parts = [c for c in contributions if type(c) is not Scatter]
        scattered = _by_position([c for c in contributions if type(c) is Scatter])
        if scattered:
            values = [self._sum(values) for _, values in scattered]
            widest = np.result_type(
                *[value.dtype if type(value) is Var else value for value in values]
            )
            parts.append(
                self.assemble(values, [index for index, _ in scattered], aval(var.shape, widest))
            )
        return self._sum(parts) if parts else np.zeros(var.shape, var.dtype)[()]

    def _sum(self, parts: list[Any]) -> Any:
        total = parts[0]
        for further in parts[1:]:
            total = self.emit(_add, (total, further), _common(total, further))
        return total

    def _values_of(self, args: tuple[Any, ...]) -> tuple[Any, ...]:
        """Arguments at the point of recording."""
        if not self._values:
            self._values = self.source.values(*self.source.point)
        return tuple([self._values[arg.index] if type(arg) is Var else arg for arg in args])


def _common(a: Any, b: Any) -> Aval:
    """What a sum of two cotangents of one variable is: of its shape, complex if one of them is."""
    known, other = (atom.aval if type(atom) is Var else aval_of(atom) for atom in (a, b))
    return known if known is other else aval(known.shape, np.result_type(known.dtype, other.dtype))


def reached(program: Program) -> set[int]:
    """Indices of the variables that the first input reaches through differentiable primitives."""
    moving = {program.inputs[0].index}
    for primitive, args, _, output in program.equations:
        if primitive.differentiable:
            for arg in args:
                if type(arg) is Var and arg.index in moving:
                    moving.update(
                        [var.index for var in output] if type(output) is tuple else (output.index,)
                    )
                    break
    return moving


def _counted_from_start(equation: Equation) -> Any:
    """The index that an equation reads; x[-1] as x[n - 1], so that the cotangents of one entry
    meet.
    """
    index = equation.params["index"]
    is_number = isinstance(index, int | np.integer) and not isinstance(index, bool | np.bool_)
    return int(index) % np.shape(equation.args[0])[0] if is_number else index


def _by_position(scattered: list[Scatter]) -> list[tuple[Any, list[Any]]]:
    """Cotangents grouped by the index they go to, in the order of first use."""
    groups: dict[Any, tuple[Any, list[Any]]] = {}
    for contribution in scattered:
        groups.setdefault(freeze(contribution.index), (contribution.index, []))[1].append(
            contribution.value
        )
    return list(groups.values())

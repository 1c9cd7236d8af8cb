"""The table in which textbooks run a derivative by hand.

v_-1   = x1               2                        inputs are numbered up to 0, intermediate values from 1
v_0    = x2               5
v_1    = log(v_-1)        0.6931471805599453
...
vbar_4 = vbar_5           1                        tangents (vdot) go down the list, adjoints (vbar) come back up;
vbar_0 += vbar_2*v_-1     1.7163378145367738       an adjoint grows with every use of its variable
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd

from diffbench.errors import BadInput
from diffbench.ir import Equation, Program, Var
from diffbench.markup import table
from diffbench.program.derive.differentiate import reached
from diffbench.program.derive.rule_programs import pull_rule, push_rule
from diffbench.program.passes.rewriting.simplify import share
from diffbench.program.read.notation import TEXTBOOK, Notation, Text

Mode = Literal["forward", "reverse"]
NAMES = re.compile(r"v(?:bar|dot)?_-?\d+")


@dataclass(frozen=True)
class TraceTable:
    """Rows (quantity, expression, value): first the primal trace, then tangents or adjoints in the
    order in which they are computed.
    """

    primal: list[tuple[str, str, Any]]
    derivative: list[tuple[str, str, Any]]

    def frame(self) -> pd.DataFrame:
        """Both parts as a data frame with the columns quantity, expression, value."""
        return pd.DataFrame(
            [*self.primal, *self.derivative], columns=["quantity", "expression", "value"]
        )

    def __str__(self) -> str:
        rows = [
            (quantity, expression, _shown(value))
            for quantity, expression, value in [*self.primal, *self.derivative]
        ]
        widths = [max(len(row[k]) for row in rows) for k in range(2)]
        lines = [f"{q:<{widths[0]}}  {e:<{widths[1]}}  {value}" for q, e, value in rows]
        return "\n".join([*lines[: len(self.primal)], "", *lines[len(self.primal) :]])

    def _repr_html_(self) -> str:
        return str(
            table((), [(q, e, _shown(value)) for q, e, value in self.primal + self.derivative])
        )


def trace_table(program: Program, mode: Mode = "reverse", seed: Any = None) -> TraceTable:
    """The trace of the program at its point. `seed`: x_dot (default: along the first input) or
    y_bar (default: 1).

    At a float64 point the values are computed in extended precision where the machine has it, and
    rounded once: the digits of a textbook, not those that a run in float64 would have gathered.
    """
    if mode not in ("forward", "reverse"):
        raise BadInput(
            f"mode {mode!r} is not one of forward, reverse; forward traces tangents, reverse "
            "adjoints"
        )
    if type(program.output) is not Var:
        raise BadInput(
            f"{program.name} does not depend on its input, so that there is nothing to trace; "
            "return something computed from x"
        )
    shared, point = share(program), program.point
    try:
        return _traced(Trace(shared, [_extended(x) for x in point]), mode, seed)
    except (
        Exception
    ):  # linear algebra comes in float32 and float64 only; parts of SciPy have errors of their own
        return _traced(Trace(shared, point), mode, seed)


def graph_rows(
    program: Program, mode: Mode | None = None, seed: Any = None
) -> list[tuple[str, str, tuple[str, ...]]]:
    """The primal trace as (name, text, names of the operands), for `graph.nodes`; with a mode that of
    the tangents or adjoints as well, the increments of an adjoint in one.
    """
    trace = Trace(share(program), program.point)
    inputs = zip(trace.input_names(), trace.primal(), strict=False)
    rows: list[tuple[str, str, tuple[str, ...]]] = [(name, row[1], ()) for name, row in inputs]
    for equation in trace.steps:
        text = TEXTBOOK.write(equation, trace.atoms("v", equation.args)).text
        operands = tuple(f"v_{trace.names[arg.index]}" for arg in equation.args if type(arg) is Var)
        rows += [(f"v_{trace.names[var.index]}", text, operands) for var in equation.outputs]
    return rows + (_derivative_rows(program, mode, seed) if mode else [])


def _derivative_rows(program: Program, mode: Mode, seed: Any) -> list[tuple[str, str, Any]]:
    whole: dict[str, str] = {}
    for quantity, text, _ in trace_table(program, mode, seed).derivative:
        whole[quantity] = f"{whole[quantity]} + {text[3:]}" if text[:3] == "+= " else text
    return [(name, text, tuple(NAMES.findall(text))) for name, text in whole.items()]


def _traced(trace: Trace, mode: Mode, seed: Any) -> TraceTable:
    derivative = trace.tangents(seed) if mode == "forward" else trace.adjoints(seed)
    with np.errstate(all="ignore"):  # what overflows is shown as it comes
        return TraceTable(
            *(
                [(q, text, _rounded(value)) for q, text, value in rows]
                for rows in (trace.primal(), derivative)
            )
        )


def _extended(x: Any) -> Any:
    return x.astype(np.longdouble) if np.asarray(x).dtype == np.float64 else x


def _rounded(value: Any) -> Any:
    return np.asarray(value, np.float64)[()] if np.asarray(value).dtype == np.longdouble else value


class Trace:
    """One program with its values and the textbook's names."""

    notation = TEXTBOOK

    def __init__(self, program: Program, point: Sequence[Any]) -> None:
        self.program = program
        self.values = program.values(*point)
        self.x = program.inputs[0]
        self.entries = _entries_read(program)
        self.results, shaping = _results(program)
        self.steps = list(
            _sums_together(
                [e for e in program.equations if not self.is_entry(e) and id(e) not in shaping]
            )
        )
        self.names = self._names()

    def primal(self) -> Iterator[tuple[str, str, Any]]:
        """v_i and what it is."""
        values = np.ravel(self.program.point[0]) if self.entries else [self.program.point[0]]
        for k, (name, value) in enumerate(zip(self.input_names(), values, strict=True)):
            yield name, f"x{k + 1}" if self.entries else "x", value
        for equation in self.steps:
            text = self.notation.write(equation, self.atoms("v", equation.args)).text
            for var in equation.outputs:
                yield f"v_{self.names[var.index]}", text, self.values[var.index]
        for name, var in self._outputs("y"):
            yield name, f"v_{self.names[var.index]}", self.values[var.index]

    def tangents(self, seed: Any) -> Iterator[tuple[str, str, Any]]:
        """vdot_i, in the order of the v_i."""
        x = self.program.point[0]
        first = np.eye(1, max(np.size(x), 1), dtype=float)[0].reshape(np.shape(x))
        x_dot = _fitting(first if seed is None else seed, np.shape(x), "tangent of the input")
        dots: dict[int, Any] = {self.x.index: x_dot[()]}
        for equation in self.program.equations:
            if self.is_entry(equation):
                dots[equation.output.index] = x_dot[equation.params["index"]]
        for k, name in enumerate(self.input_names()):
            yield name.replace("v", "vdot"), "seed", x_dot.ravel()[k] if self.entries else x_dot[()]
        for equation in self.steps:
            active = self._active(equation, dots)
            outputs = equation.outputs
            if active:
                given = tuple([dots[equation.args[i].index] for i in active])
                rule = push_rule(equation, active, given, self._read(equation.args))
                moving = [equation.args[i] for i in active]
                texts = inlined(
                    rule, self.atoms("vdot", moving) + self.atoms("v", [*outputs, *equation.args])
                )
                pushed = rule.evaluate(*given, *self._read(outputs), *self._read(equation.args))
                dots |= dict(zip([var.index for var in outputs], pushed, strict=True))
            for k, var in enumerate(outputs):
                yield (
                    f"vdot_{self.names[var.index]}",
                    texts[k].text if active else "0",
                    dots.get(var.index, 0.0),
                )
        for name, var in self._outputs("ydot"):
            yield name, f"vdot_{self.names[var.index]}", dots.get(var.index, 0.0)

    def adjoints(self, seed: Any) -> Iterator[tuple[str, str, Any]]:
        """vbar_i: one row an increment, from the output back to the inputs."""
        moving, bars = reached(self.program), self.seeded(seed)
        for _, var in self._outputs("y"):
            yield f"vbar_{self.names[var.index]}", "seed", bars[var.index]
        for equation in reversed(self.steps):
            for var, text, increment in self.pulled(equation, moving, bars):
                yield self._increment(var, text.text, increment, bars)
        yield from self._gradient(bars)

    def pulled(
        self, equation: Equation, moving: Collection[int], bars: dict[int, Any]
    ) -> Iterator[tuple[Var, Text, Any]]:
        """What the adjoints of an equation's results add to those of its arguments: (argument,
        expression, value).
        """
        outputs = equation.outputs
        active = tuple(
            [i for i, a in enumerate(equation.args) if type(a) is Var and a.index in moving]
        )
        has_adjoint = any(var.index in bars for var in outputs)
        if not active or not equation.primitive.differentiable or not has_adjoint:
            return
        given = tuple([bars.get(var.index, np.zeros(var.shape, var.dtype)) for var in outputs])
        rule = pull_rule(equation, active, given, self._read(equation.args))
        atoms = self.atoms("vbar", outputs) + self.atoms("v", [*outputs, *equation.args])
        texts = inlined(rule, atoms, self.notation)
        values = rule.evaluate(*given, *self._read(outputs), *self._read(equation.args))
        yield from zip([equation.args[i] for i in active], texts, values, strict=True)

    def seeded(self, seed: Any) -> dict[int, Any]:
        """The adjoints of the results; of one that stands in several places, their sum."""
        shape = self.program.output.shape
        y_bar = _fitting(np.ones(shape) if seed is None else seed, shape, "adjoint of the output")
        if len(self.results) == 1:
            return {self.results[0].index: y_bar.reshape(self.results[0].shape)[()]}
        bars: dict[int, Any] = {}
        for var, number in zip(self.results, y_bar, strict=True):
            bars[var.index] = bars.get(var.index, 0.0) + number
        return bars

    def _increment(
        self, var: Var, text: str, increment: Any, bars: dict[int, Any]
    ) -> tuple[str, str, Any]:
        further = var.index in bars
        bars[var.index] = bars[var.index] + increment if further else increment
        return f"vbar_{self.names[var.index]}", f"+= {text}" if further else text, bars[var.index]

    def _gradient(self, bars: dict[int, Any]) -> Iterator[tuple[str, str, Any]]:
        if not self.entries:
            yield "dy/dx", "vbar_0", bars.get(self.x.index, np.zeros(self.x.shape)[()])
        for k in range(self.x.size if self.entries else 0):
            reads = [var for var, entry in self.entries.items() if entry == k]
            yield (
                f"dy/dx{k + 1}",
                f"vbar_{k + 1 - self.x.size}",
                sum([bars.get(var, 0.0) for var in reads], start=0.0),
            )

    # ------------------------------------------------------------ names

    def _names(self) -> dict[int, int]:
        n = self.x.size
        names = {var: k + 1 - n for var, k in self.entries.items()} | {self.x.index: 0}
        for equation in self.steps:
            names |= {
                var.index: len(names) - len(self.entries) + k
                for k, var in enumerate(equation.outputs)
            }
        return names

    def _outputs(self, name: str) -> Iterator[tuple[str, Var]]:
        """The results, numbered where there are several."""
        for k, var in enumerate(self.results):
            yield (name if len(self.results) == 1 else f"{name}{k + 1}"), var

    def input_names(self) -> list[str]:
        return [f"v_{k}" for k in range(1 - self.x.size, 1)] if self.entries else ["v_0"]

    def is_entry(self, equation: Equation) -> bool:
        return type(equation.output) is Var and equation.output.index in self.entries

    def atoms(self, kind: str, args: Any) -> list[Text]:
        named = {var: Text(self.name(kind, k)) for var, k in self.names.items()}
        return [self.notation.atom(arg, named) for arg in args]

    def name(self, kind: str, number: int) -> str:
        """What a value of this number is called; kind: v, vdot or vbar."""
        return f"{kind}_{number}"

    def _read(self, args: Any) -> tuple[Any, ...]:
        return tuple([self.values[arg.index] if type(arg) is Var else arg for arg in args])

    def _active(self, equation: Equation, dots: dict[int, Any]) -> tuple[int, ...]:
        if not equation.primitive.differentiable:
            return ()
        return tuple(
            [i for i, arg in enumerate(equation.args) if type(arg) is Var and arg.index in dots]
        )


def _entries_read(program: Program) -> dict[int, int]:
    """Variables that are entries of the input, where it is only read entry by entry; otherwise
    none.
    """
    x = program.inputs[0]
    reads = [
        equation
        for equation in program.equations
        if x in [arg for arg in equation.args if type(arg) is Var]
    ]
    entries = {}
    for equation in reads:
        index = equation.params.get("index")
        if (
            equation.primitive.name != "getitem"
            or equation.output.shape != ()
            or not isinstance(index, int | np.integer | tuple)
        ):
            return {}
        entries[equation.output.index] = int(np.arange(x.size).reshape(x.shape)[index])
    return entries


def _results(program: Program) -> tuple[list[Var], set[int]]:
    """The numbers that the output puts side by side, and which equations (by identity) do no more
    than that; else the output itself.
    """
    joined = program.makers.get(program.output.index)
    if joined is None or joined.primitive.name != "join" or program.output.ndim != 1:
        return [program.output], set()
    parts = [program.makers.get(arg.index) for arg in joined.args if type(arg) is Var]
    numbers = [e.args[0] for e in parts if e is not None and _lifts_a_number(e)]
    alone = all(program.uses[e.output.index] == 1 for e in parts if e is not None)
    if len(numbers) != len(joined.args) or not alone:
        return [program.output], set()
    return numbers, {id(joined), *[id(e) for e in parts if e is not None]}


def _lifts_a_number(equation: Equation) -> bool:
    arg = equation.args[0] if equation.args else None
    return equation.primitive.name == "reshape" and type(arg) is Var and arg.shape == ()


def _sums_together(equations: list[Equation]) -> Iterator[Equation]:
    """The equations with a + b + c as textbooks take it: all terms first, then the additions one
    after the other.
    """
    uses = Counter(
        [arg.index for equation in equations for arg in equation.args if type(arg) is Var]
    )
    firsts = {
        equation.args[0].index
        for equation in equations
        if _is_sum(equation) and type(equation.args[0]) is Var
    }
    held: dict[int, Equation] = {}
    for equation in equations:
        if (
            _is_sum(equation)
            and equation.output.index in firsts
            and uses[equation.output.index] == 1
        ):
            held[equation.output.index] = equation
            continue
        chain = [equation]
        while chain[-1].args and type(chain[-1].args[0]) is Var and chain[-1].args[0].index in held:
            chain.append(held.pop(chain[-1].args[0].index))
        yield from reversed(chain)


def _is_sum(equation: Equation) -> bool:
    return equation.primitive.name in ("add", "subtract")


def inlined(rule: Program, atoms: list[Text], notation: Notation = TEXTBOOK) -> list[Text]:
    """The outputs of a rule as expressions in its inputs."""
    names = {var.index: atom for var, atom in zip(rule.inputs, atoms, strict=True)}
    for equation in rule.equations:
        text = notation.write(equation, [notation.atom(arg, names) for arg in equation.args])
        names |= {var.index: text for var in equation.outputs}
    return [notation.atom(out, names) for out in rule.output]


def _fitting(seed: Any, shape: tuple[int, ...], role: str) -> Any:
    if np.size(seed) != math.prod(shape):
        raise BadInput(
            f"the seed has shape {np.shape(seed)}, and the {role} has shape {shape}; pass one "
            "number an entry"
        )
    return np.asarray(seed, dtype=float).reshape(shape)


def _shown(value: Any) -> str:
    if np.ndim(value):
        return np.array2string(np.asarray(value), threshold=8, precision=6, separator=", ").replace(
            "\n", ""
        )
    return repr(np.asarray(value).item())

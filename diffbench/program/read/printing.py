"""A program as something to read: Python that runs, LaTeX, a graph, a table in a notebook."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from functools import reduce
from itertools import chain
from typing import Any

import numpy as np

from diffbench.ir import Program, Var
from diffbench.markup import table
from diffbench.program.read.notation import TEXTBOOK, TYPESET, Notation, Text, in_python
from diffbench.rules.table import composites

_LARGEST_LITERAL = 10_000  # entries of a constant that are still written out
_LONGEST_LABEL = 40  # characters of a parameter in the graph
_LITERALS = (
    bool,
    int,
    float,
    complex,
    str,
    np.generic,
    np.dtype,
    tuple,
    list,
    dict,
    range,
    slice,
    type,
    type(None),
    type(...),
)


def to_python(program: Program) -> str:
    """A module with one function that computes the program's output with NumPy, and says so where
    the program does not hold.
    """
    code, names = Code(), _names(program)
    guards = {guard.var.index: guard for guard in program.guards}
    body = []
    for equation in program.equations:
        text = code.notation.write(
            equation, [code.notation.atom(arg, names) for arg in equation.args]
        ).text
        outputs = _outputs(equation.output)
        alone = "," if type(equation.output) is tuple and len(outputs) == 1 else ""
        body.append(f"{', '.join([names[var.index].text for var in outputs])}{alone} = {text}")
        body += [check(guards[var.index], names) for var in outputs if var.index in guards]
    body.append(
        "return " + ", ".join([code.notation.atom(out, names).text for out in program.outputs])
    )
    parameters = ", ".join(
        [names[var.index].text for var in program.inputs]
        + (["*", *code.parameters] if code.parameters else [])
    )
    name = program.name if program.name.isidentifier() and program.name not in code.homes else "f"
    return "\n".join(
        [*code.imports, "", "", f"def {name}({parameters}):", *["    " + line for line in body], ""]
    )


def _names(program: Program, pattern: str = "v{}") -> dict[int, Text]:
    """Inputs are numbered from 0, then the results of the equations in their order."""
    variables = [
        *program.inputs,
        *[var for equation in program.equations for var in _outputs(equation.output)],
    ]
    return {var.index: Text(pattern.format(k)) for k, var in enumerate(variables)}


def check(guard: Any, names: dict[int, Text]) -> str:
    test = f"np.array_equal({names[guard.var.index].text}, {_literal(guard.value)})"
    return f"if not {test}: raise ValueError({f'recorded for another branch at {guard.line}'!r})"


class Code:
    """Python text: what it must import, and what can't be written and is a parameter: large
    constants, functions of no module.
    """

    def __init__(self) -> None:
        self.homes: dict[str, str] = {}  # function -> module to import it from
        self.parameters: list[str] = []
        self.notation = Notation(in_python, self._function, self._constant)

    @property
    def imports(self) -> list[str]:
        return [
            "import numpy as np",
            *sorted([f"from {module} import {name}" for name, module in self.homes.items()]),
        ]

    def _function(self, primitive: Any) -> str:
        function, name = primitive.evaluate, primitive.evaluate.__name__
        for path in (primitive.name, name):
            if _reached(np, path) is function:
                return f"np.{path}"
        modules = (str(getattr(function, "__module__", "")), "scipy.special")
        homes = [module for module in modules if _is_in(sys.modules.get(module), name, function)]
        return (
            name
            if homes and self.homes.setdefault(name, homes[0]) == homes[0]
            else self._parameter()
        )

    def _constant(self, value: Any) -> str:
        if is_dataclass(value) and not isinstance(value, type):
            made_by = type(value).__name__
            self.homes[made_by] = type(value).__module__
            return f"{made_by}({', '.join([self._constant(getattr(value, field.name)) for field in fields(value)])})"
        is_literal = (
            value.size <= _LARGEST_LITERAL
            if isinstance(value, np.ndarray)
            else isinstance(value, _LITERALS)
        )
        return _literal(value) if is_literal else self._parameter()

    def _parameter(self) -> str:
        self.parameters.append(f"c{len(self.parameters)}")
        return self.parameters[-1]


def _is_in(module: Any, name: str, function: Any) -> bool:
    """Whether the module's function of this name is the one; a row for a ufunc of several results
    stands for the ufunc.
    """
    found = getattr(module, name, None)
    return found is not None and (found is function or composites.get(found) is function)


def _reached(module: Any, path: str) -> Any:
    """What a dotted path leads to from a module; None where it ends before."""
    return reduce(lambda found, name: getattr(found, name, None), path.split("."), module)


def _literal(value: Any) -> str:
    """A constant as Python writes it."""
    if isinstance(value, np.ndarray):
        return f"np.array({value.tolist()!r}, dtype={str(value.dtype)!r})".replace(
            "nan", "np.nan"
        ).replace("inf", "np.inf")
    if isinstance(value, np.dtype):
        return f"np.dtype({str(value)!r})"
    if isinstance(value, list):
        return f"[{', '.join([_literal(part) for part in value])}]"
    if isinstance(value, tuple):
        return f"({', '.join([_literal(part) for part in value])}{',' if len(value) == 1 else ''})"
    if isinstance(value, float) and not isinstance(value, np.generic):
        return (
            repr(value)
            if np.isfinite(value)
            else f"np.{value!r}"
            if value == value and value > 0
            else f"float({str(value)!r})"
        )
    return repr(value)


def to_dot(program: Program) -> str:
    """The computational graph in Graphviz' language: inputs as boxes, one node an equation."""
    names = _names(program)
    makers = {
        var.index: names[_outputs(e.output)[0].index].text
        for e in program.equations
        for var in _outputs(e.output)
    }
    makers |= {var.index: names[var.index].text for var in program.inputs}
    lines = [f"digraph {program.name if program.name.isidentifier() else 'f'} {{", "  rankdir=LR;"]
    lines += [
        f'  {makers[var.index]} [shape=box, label="{makers[var.index]}: {var.aval}"];'
        for var in program.inputs
    ]
    for primitive, args, params, output in program.equations:
        label = primitive.name + "".join(
            [
                f" {name}={value}"
                for name, value in params.items()
                if len(str(value)) < _LONGEST_LABEL
            ]
        )
        node = makers[_outputs(output)[0].index]
        lines.append(f'  {node} [label="{_quoted(f"{node} = {label}")}"];')
        lines += [f"  {makers[arg.index]} -> {node};" for arg in args if type(arg) is Var]
    return "\n".join([*lines, "}", ""])


def _quoted(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', r"\"")


def to_latex(program: Program, most: int | None = None) -> str:
    """The equations, aligned at their equality signs; of more than `most` the number of the rest."""
    names = _names(program, "v_{{{}}}")
    lines = [
        ", ".join([names[var.index].text for var in _outputs(equation.output)])
        + " &= "
        + TYPESET.write(equation, [TYPESET.atom(arg, names) for arg in equation.args]).text
        for equation in program.equations[:most]
    ]
    left_out = len(program.equations) - len(lines)
    lines += [rf"&\;\vdots\quad\text{{and {left_out} more equations}}"] if left_out else []
    return "\\begin{align*}\n" + " \\\\\n".join(lines) + "\n\\end{align*}\n"


def to_html(program: Program) -> str:
    """A table of the equations with the shapes of their results, for notebooks."""
    names = _names(program)
    inputs = [(names[var.index].text, "input", str(var.aval)) for var in program.inputs]
    rows = chain(inputs, _rows(program, names))
    return str(table(("variable", "is", "type"), rows))


def _rows(program: Program, names: dict[int, Text]) -> Iterator[tuple[str, str, str]]:
    for equation in program.equations:
        text = TEXTBOOK.write(equation, [TEXTBOOK.atom(arg, names) for arg in equation.args]).text
        for var in _outputs(equation.output):
            yield names[var.index].text, text, str(var.aval)


def _outputs(output: Any) -> tuple[Var, ...]:
    return output if type(output) is tuple else (output,)

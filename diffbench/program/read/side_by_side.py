"""The primal and the adjoint of a function side by side, as Python: what stands beside a line is what
the reverse sweep, from the bottom up, does for it. Below, both as a function that runs.

def f(x):                          # the adjoint of each line, from the bottom up
    x1, x2 = np.ravel(x)
    v1 = np.log(x1)                # x1_bar += v1_bar/x1
    v2 = x1*x2                     # x1_bar = v2_bar*x2; x2_bar = v2_bar*x1
    ...
"""

from collections.abc import Iterator

from diffbench.errors import BadInput
from diffbench.ir import Equation, Program, Var
from diffbench.program.derive.differentiate import reached
from diffbench.program.passes.rewriting.simplify import share
from diffbench.program.read.notation import Text
from diffbench.program.read.printing import Code, check
from diffbench.program.read.trace_table import Trace


def side_by_side(program: Program) -> str:
    """A module of two functions: NAME(x), with its adjoint beside it, and NAME_and_adjoint(x, y_bar),
    which returns the value and x_bar. Numbered as the trace table is. Raises BadInput where
    the output does not depend on the input.
    """
    if type(program.output) is not Var:
        raise BadInput(
            f"{program.name} does not depend on its input, so that it has no adjoint; "
            "return something computed from x"
        )
    trace = PythonTrace(share(program), program.point)
    name = program.name if program.name.isidentifier() else "f"
    downwards, upwards = list(trace.lines()), trace.adjoint_lines()
    beside = [(line, upwards.get(k, [])) for k, line in enumerate(downwards)]
    extra = "".join(f", {parameter}" for parameter in trace.code.parameters)
    return "\n".join(
        [
            *trace.code.imports,
            *("", ""),
            *_in_columns(f"def {name}(x{extra}):", [(trace.entry, []), *beside]),
            f"    return {trace.result}",
            *("", ""),
            f"def {name}_and_adjoint(x, y_bar=1.0{extra}):",
            *_indented([trace.entry, *downwards, *trace.seeds()]),
            *_indented(
                [line for k in reversed(range(len(downwards))) for line in upwards.get(k, [])]
            ),
            f"    return {trace.result}, {trace.gradient}",
            "",
        ]
    )


def _in_columns(head: str, lines: list[tuple[str, list[str]]]) -> Iterator[str]:
    wide = max(len(head), *[4 + len(line) for line, _ in lines]) + 2
    yield f"{head:<{wide}}# the adjoint of each line, from the bottom up"
    for line, adjoint in lines:
        yield f"{'    ' + line:<{wide}}# {'; '.join(adjoint)}" if adjoint else f"    {line}"


def _indented(lines: list[str]) -> list[str]:
    return [f"    {line}" for line in lines]


class PythonTrace(Trace):
    """The trace with names that Python takes: inputs are x1, x2, ... (or x, read as a whole)."""

    def __init__(self, program: Program, point: tuple[object, ...]) -> None:
        super().__init__(program, point)
        self.code = Code()
        self.notation = self.code.notation
        self.guards = {guard.var.index: guard for guard in program.guards}
        self.assigned: set[str] = set()

    def name(self, kind: str, number: int) -> str:
        """v3, x2 and their adjoints v3_bar, x2_bar."""
        last = self.x.size if self.entries else 0
        own = f"v{number}" if number > 0 else f"x{number + last}" if self.entries else "x"
        return own + ("_bar" if kind == "vbar" else "")

    @property
    def inputs(self) -> list[str]:
        """What the inputs are called, those that are not read as well."""
        if not self.entries:
            return ["x"]
        return [f"x{k + 1}" for k in range(self.x.size)]

    @property
    def entry(self) -> str:
        """The line that takes x apart."""
        if not self.entries:
            return "x = np.asarray(x)"
        return f"{', '.join(self.inputs)}{',' if self.x.size == 1 else ''} = np.ravel(x)"

    def lines(self) -> Iterator[str]:
        """The primal, an equation a line, and the checks of its guards."""
        for equation in self.steps:
            text = self.notation.write(equation, self.atoms("v", equation.args)).text
            names = [atom.text for atom in self.atoms("v", equation.outputs)]
            alone = "," if type(equation.output) is tuple and len(names) == 1 else ""
            checks = [
                check(self.guards[var.index], {var.index: Text(name)})
                for var, name in zip(equation.outputs, names, strict=True)
                if var.index in self.guards
            ]
            yield "\n    ".join([f"{', '.join(names)}{alone} = {text}", *checks])

    def seeds(self) -> list[str]:
        """The adjoints of the results, and zeros for inputs that nothing reaches."""
        bars = [atom.text for atom in self.atoms("vbar", self.results)]
        if len(bars) == 1:
            return [*self._zeros(set(bars)), f"{bars[0]} = y_bar"]
        parts = [f"y{k + 1}_bar" for k in range(len(bars))]
        seeds = [
            f"{bar} = {' + '.join(p for p, b in zip(parts, bars, strict=True) if b == bar)}"
            for bar in dict.fromkeys(bars)
        ]
        together = f"{', '.join(parts)} = np.broadcast_to(y_bar, {len(bars)})"
        return [*self._zeros(set(bars)), together, *seeds]

    def _zeros(self, seeded: set[str]) -> list[str]:
        names = [f"{name}_bar" for name in self.inputs]
        return [f"{name} = 0.0" for name in names if name not in self.assigned | seeded]

    def adjoint_lines(self) -> dict[int, list[str]]:
        """By the number of the step: what the sweep does for it."""
        bars, moving = self.seeded(None), reached(self.program)
        self.assigned = {atom.text for atom in self.atoms("vbar", self.results)}
        found = {}
        for k in reversed(range(len(self.steps))):
            found[k] = [*self._adjoint_of(self.steps[k], moving, bars)]
        return found

    def _adjoint_of(
        self, equation: Equation, moving: set[int], bars: dict[int, object]
    ) -> Iterator[str]:
        for var, text, increment in [*self.pulled(equation, moving, bars)]:
            bars[var.index] = bars.get(var.index, 0.0) + increment
            [bar] = [atom.text for atom in self.atoms("vbar", [var])]
            # never +=, which would write into an array that another adjoint is as well
            yield f"{bar} {'=' if bar not in self.assigned else '= ' + bar + ' +'} {text.text}"
            self.assigned.add(bar)

    @property
    def result(self) -> str:
        """What the function returns."""
        names = [atom.text for atom in self.atoms("v", self.results)]
        return names[0] if len(names) == 1 else f"np.array([{', '.join(names)}])"

    @property
    def gradient(self) -> str:
        """x_bar in the shape of x."""
        if not self.entries:
            return "x_bar"
        bars = ", ".join(f"{name}_bar" for name in self.inputs)
        return f"np.reshape([{bars}], np.shape(x))"

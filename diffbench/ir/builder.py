"""The one way to write a program.

Builder()            from nothing: the recorder
Builder(program)     further equations after those of another: the differentiator
Rewriter(program)    other equations in place of another's: the passes
"""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from diffbench.ir.avals import Aval, Var
from diffbench.ir.equations import Equation, Guard, Primitive, freeze, made
from diffbench.ir.fragments import Fragment
from diffbench.ir.program import Program

_NONE: dict[str, Any] = {}


class Builder:
    """A program being written: equations in the order of execution, each result a variable of its
    own.
    """

    __slots__ = ("count", "equations", "guards", "inputs")

    def __init__(self, before: Program | None = None) -> None:
        self.count = before.count if before else 0  # one more than the highest index so far
        self.inputs: list[Var] = list(before.inputs) if before else []
        self.equations: list[Equation] = list(before.equations) if before else []
        self.guards: list[Guard] = list(before.guards) if before else []

    def var(self, known: Aval) -> Var:
        """A variable that nothing makes yet."""
        var = Var(self.count, known)
        self.count += 1
        return var

    def input(self, known: Aval) -> Var:
        """One more argument of the program."""
        self.inputs.append(self.var(known))
        return self.inputs[-1]

    def emit(
        self,
        primitive: Primitive,
        args: tuple[Any, ...],
        known: Aval,
        params: dict[str, Any] = _NONE,
    ) -> Var:
        """One more equation; the variable that it makes."""
        output = Var(self.count, known)
        self.count += 1
        self.equations.append(made(Equation, (primitive, args, params, output)))
        return output

    def emit_several(
        self,
        primitive: Primitive,
        args: tuple[Any, ...],
        known: Iterable[Aval],
        params: dict[str, Any],
    ) -> tuple[Var, ...]:
        """One more equation of a primitive with several results."""
        outputs = tuple(map(self.var, known))
        self.equations.append(Equation(primitive, args, params, outputs))
        return outputs

    def guard(self, var: Var, value: Any, line: str) -> None:
        """What follows holds only where the variable has this value."""
        self.guards.append(Guard(var, value, line))

    def paste(self, fragment: Fragment, inputs: tuple[Any, ...]) -> tuple[Any, ...]:
        """The equations of a fragment for these inputs; returns its outputs."""
        atoms = [*inputs, *fragment.constants]
        emit = self.emit
        for primitive, pick, params, known in fragment.steps:
            if type(known) is tuple:
                atoms += self.emit_several(primitive, pick(atoms), known, params)
            else:
                atoms.append(emit(primitive, pick(atoms), known, params))  # type: ignore[arg-type]
        for place, guard in fragment.guards:
            self.guard(atoms[place], guard.value, guard.line)
        return fragment.outputs(atoms)

    def program(self, name: str, output: Any, point: tuple[Any, ...]) -> Program:
        """What was written, as a program."""
        return Program(
            name, tuple(self.inputs), tuple(self.equations), output, tuple(self.guards), point
        )


class Rewriter(Builder):
    """A program to be written in another one's place.

    became: what stands for the variables of the source that did not stay; made: what was written
    so far, by the index of the variable that it makes.
    """

    __slots__ = ("became", "made", "source")

    def __init__(self, source: Program) -> None:
        super().__init__()
        self.count = source.count
        self.source = source
        self.became: dict[Any, Any] = {}
        self.made: dict[int, Equation] = {}

    def atom(self, old: Any) -> Any:
        """The variable or constant that stands for one of the source, or for each of several."""
        if type(old) is Var:
            return self.became.get(old, old)
        return tuple(map(self.atom, old)) if type(old) is tuple else old

    def emit(
        self,
        primitive: Primitive,
        args: tuple[Any, ...],
        known: Aval,
        params: dict[str, Any] = _NONE,
    ) -> Var:
        output = super().emit(primitive, args, known, params)
        self.made[output.index] = self.equations[-1]
        return output

    def keep(self, equation: Equation) -> None:
        """File an equation of the source as it is."""
        kept = equation._replace(args=tuple(map(self.atom, equation.args)))
        self.equations.append(kept)
        self.made.update([(var.index, kept) for var in kept.outputs])

    def maker(self, atom: Any, name: str) -> Equation | None:
        """The equation that made an atom, if it applies the primitive of this name."""
        equation = self.made.get(atom.index) if type(atom) is Var else None
        return equation if equation is not None and equation.primitive.name == name else None

    def rewritten(self) -> Program:
        """What was written, with the source's inputs and output, and its guards on what still
        varies, each once.
        """
        output = self.atom(self.source.output)  # which may write further equations
        guards: dict[Any, Guard] = {}
        for guard in self.source.guards:
            atom = self.atom(guard.var)
            if type(atom) is Var:
                guards.setdefault((atom, freeze(guard.value)), guard._replace(var=atom))
        return replace(
            self.source,
            equations=tuple(self.equations),
            output=output,
            guards=tuple(guards.values()),
        )

"""The forms a gradient is measured in: how each is derived, counted, built and evaluated.

Every function here takes a member of a family and returns the columns of one row; what can't be had
within the limits raises.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from math import nan
from typing import Any

import numpy as np
import sympy as sp

from diffbench.asking import operators
from diffbench.errors import DiffbenchError, Unsupported
from diffbench.interface import Array, Function
from diffbench.measure.cost.timing import calibrate, sample, timed
from diffbench.measure.error.accuracy import errors
from diffbench.measure.expressions.unit_costs import tape_costs, taylor_cost
from diffbench.measure.reference.true_derivative import Reference, reference
from diffbench.symbolic.budgets import Limits
from diffbench.symbolic.calculus import ByAccumulation
from diffbench.symbolic.closed_code import generate
from diffbench.symbolic.derivation import FORMS as REWRITTEN
from diffbench.symbolic.engines.systems import SYSTEMS, optimized
from diffbench.symbolic.expression_graph.folding import CONCISE, ZERO_ONE
from diffbench.symbolic.expression_graph.nodes import Expression, ExpressionGraph, count_operations
from diffbench.symbolic.expression_graph.straight_line import ScalarCode, compile_expressions
from diffbench.symbolic.sympy_bridge import to_sympy
from diffbench.symbolic.sympy_counts import count_nodes
from diffbench.symbolic.sympy_counts import count_operations as count_in_sympy
from diffbench.symbolic.to_sympy import ScalarProgram, real_symbols

SAMPLE_S = 0.002


@dataclass(frozen=True, eq=False)
class Member:
    """One function of a family: in NumPy with its point, on graphs, and through them in SymPy."""

    f: Function
    x: Array
    on: Callable[[ExpressionGraph], ScalarProgram]
    limits: Limits
    order: int  # of the derivative; above 1 there is one input

    @cached_property
    def symbols(self) -> list[sp.Symbol]:
        return real_symbols(np.shape(self.x))

    @cached_property
    def expression(self) -> sp.Expr:
        """f in SymPy."""
        return self.limits.run("translation to SymPy", self._translated)

    @cached_property
    def gradient(self) -> tuple[list[sp.Expr], float]:
        """Its partial derivatives by SymPy, and the seconds they took."""
        f, symbols, order = self.expression, self.symbols, self.order
        return timed(
            lambda: self.limits.run("diff", lambda: [f.diff(symbol, order) for symbol in symbols])
        )

    @cached_property
    def truth(self) -> Reference | None:
        """The gradient to more digits than any form can have; None where it can't be had."""
        try:
            return (
                reference(self.f, self.x, {1: "gradient", 2: "hessian"}[self.order])
                if self.order <= 2
                else None
            )
        except DiffbenchError:
            return None

    def _translated(self) -> sp.Expr:
        scalars = self.on(ExpressionGraph(ZERO_ONE))
        named = {v.node: s for v, s in zip(scalars.variables, self.symbols, strict=True)}
        return to_sympy(scalars.outputs, named)[0]


def short(error: DiffbenchError) -> str:
    """What happened, without the cure."""
    return str(error).split(";")[0]


@dataclass(frozen=True)
class Formed:
    """A form of the gradient: its counts, the seconds to derive it, how to build its code, and
    where in the code's results it starts.
    """

    counts: dict[str, int]
    derive_s: float
    build: Callable[[], ScalarCode]
    gradient_at: int = 0


def _evaluated(member: Member, formed: Formed) -> dict[str, Any]:
    """The form's row; if its code can't be built, as far as it got."""
    derived = {"derive_s": formed.derive_s} | formed.counts
    try:
        code, build_s = timed(lambda: member.limits.run("code generation", formed.build))
    except DiffbenchError as error:
        return derived | {"status": short(error)}
    flat = np.ravel(member.x)
    return derived | {
        "source_length": len(code.source),
        "build_s": build_s,
        "evaluate_s": sample(lambda: code(flat), calibrate(lambda: code(flat), sample_s=SAMPLE_S)),
        "error_eps": _error(member, code(flat)[formed.gradient_at :]),
    }


def _error(member: Member, gradient: Array) -> float:
    if member.truth is None or np.size(gradient) != np.size(member.x):
        return nan
    return errors(np.reshape(gradient, np.shape(member.x)), member.truth).norm / np.finfo(float).eps


def _in_sympy(
    member: Member, results: list[sp.Expr], derive_s: float, **where: Any
) -> dict[str, Any]:
    tree, dag = count_nodes(results)
    counts = {"operations": count_in_sympy(results), "tree_nodes": tree, "dag_nodes": dag}
    return _evaluated(
        member, Formed(counts, derive_s, lambda: generate(member.symbols, [], results), **where)
    )


def _function(member: Member) -> dict[str, Any]:
    f, derive_s = timed(lambda: member.expression)
    return _in_sympy(member, [f], derive_s, gradient_at=1)


def _raw(member: Member) -> dict[str, Any]:
    return _in_sympy(member, *member.gradient)


def _rewritten(form: str) -> Callable[[Member], dict[str, Any]]:
    def measure(member: Member) -> dict[str, Any]:
        gradient, derive_s = member.gradient
        results, rewrite_s = timed(
            lambda: member.limits.run(form, lambda: [REWRITTEN[form](e) for e in gradient])
        )
        return _in_sympy(member, results, derive_s + rewrite_s)

    return measure


def _shared(member: Member) -> dict[str, Any]:
    return _by_cse(member, [])


def _jointly_shared(member: Member) -> dict[str, Any]:
    return _by_cse(member, [member.expression])


def _by_cse(member: Member, before: list[sp.Expr]) -> dict[str, Any]:
    gradient, derive_s = member.gradient
    names = sp.numbered_symbols("t", real=True)
    work = lambda: sp.cse([*before, *gradient], names, order="none")
    (replacements, results), cse_s = timed(lambda: member.limits.run("cse", work))
    return _of_parts(member, replacements, results, derive_s + cse_s, len(before))


def _of_parts(
    member: Member, replacements: Any, results: list[sp.Expr], derive_s: float, gradient_at: int
) -> dict[str, Any]:
    formulas = [*(e for _, e in replacements), *results]
    tree, dag = count_nodes(formulas)
    counts = {"operations": count_in_sympy(formulas), "tree_nodes": tree, "dag_nodes": dag}
    build = lambda: generate(member.symbols, replacements, results)
    return _evaluated(member, Formed(counts, derive_s, build, gradient_at=gradient_at))


def _by_system(name: str) -> Callable[[Member], dict[str, Any]]:
    """The raw gradient as another computer algebra system differentiates, its program's start
    included.
    """

    def measure(member: Member) -> dict[str, Any]:
        f, symbols = member.expression, member.symbols
        if member.order > 1:
            raise Unsupported(f"{name} is asked for first derivatives")
        work = lambda: SYSTEMS[name].jacobian([f], symbols)
        gradient, derive_s = timed(lambda: member.limits.run(name, work))
        return _in_sympy(member, gradient, derive_s)

    return measure


def _by_optimize(member: Member) -> dict[str, Any]:
    """The same shared by Maxima's `optimize`."""
    f, symbols = member.expression, member.symbols
    work = lambda: optimized(SYSTEMS["maxima"].jacobian([f], symbols))
    (replacements, results), derive_s = timed(lambda: member.limits.run("optimize", work))
    return _of_parts(member, replacements, results, derive_s, 0)


def _accumulated(member: Member) -> dict[str, Any]:
    (variables, results), derive_s = timed(
        lambda: member.limits.run("accumulation", lambda: _accumulate(member))
    )
    nodes = len(variables[0].graph.reachable(results))
    counts = {"operations": count_operations(results), "tree_nodes": nodes, "dag_nodes": nodes}
    return _evaluated(
        member,
        Formed(counts, derive_s, lambda: compile_expressions(variables, results), gradient_at=1),
    )


def _accumulate(member: Member) -> tuple[list[Expression], list[Expression]]:
    scalars = member.on(ExpressionGraph(CONCISE))
    derivatives = scalars.outputs
    for _ in range(member.order):
        derivatives = ByAccumulation().jacobian(derivatives, scalars.variables)
    return scalars.variables, [*scalars.outputs, *derivatives]


def _by_forward(member: Member) -> dict[str, Any]:
    return _by_tape(member, "forward")


def _by_reverse(member: Member) -> dict[str, Any]:
    return _by_tape(member, "reverse")


def _by_tape(member: Member, mode: str) -> dict[str, Any]:
    """Operations at unit costs; time and error are those of the automatic method itself, which has
    nothing to derive or build.
    """
    tape = member.on(ExpressionGraph((), shares=False))
    costs = tape_costs(tape.outputs, tape.variables)
    passes = costs.forward * len(tape.variables) if mode == "forward" else costs.reverse
    gradient, evaluate_s = timed(lambda: operators.gradient(member.f, member.x, method=mode))
    nodes = costs.function + len(tape.variables)
    return {
        "operations": costs.function + passes,
        "tree_nodes": nodes,
        "dag_nodes": nodes,
        "evaluate_s": evaluate_s,
        "error_eps": _error(member, gradient),
    }


def _by_taylor(member: Member) -> dict[str, Any]:
    tape = member.on(ExpressionGraph((), shares=False))
    return {"operations": taylor_cost(tape.outputs, tape.variables, member.order)}


FORMS: dict[str, Callable[[Member], dict[str, Any]]] = {
    "f": _function,
    "raw": _raw,
    "cse": _shared,
    "cse-joint": _jointly_shared,
    "accumulate": _accumulated,
    "forward": _by_forward,
    "reverse": _by_reverse,
    "taylor": _by_taylor,
    "maxima-optimize": _by_optimize,
    **{name: _by_system(name) for name in SYSTEMS},
    **{form: _rewritten(form) for form in REWRITTEN},
}

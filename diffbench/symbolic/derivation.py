"""The derivation behind the symbolic methods: from a function, through formulas, to code. Each step
runs within the method's limits.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol

import numpy as np
import sympy as sp

from diffbench.arrays.decisions import succeeds
from diffbench.errors import NotInstalled, NotScalar, Unsupported
from diffbench.interface import Function, Operator
from diffbench.ir import Guard, Program, Var
from diffbench.program import record
from diffbench.symbolic.budgets import Limits
from diffbench.symbolic.calculus import (
    ByAccumulation,
    ByDiff,
    Calculus,
    Shape,
    answer,
    shapes,
)
from diffbench.symbolic.closed_code import check_closed, generate
from diffbench.symbolic.elementary import maximum, minimum
from diffbench.symbolic.engines.systems import SYSTEMS, optimized
from diffbench.symbolic.expression_graph.folding import CONCISE
from diffbench.symbolic.expression_graph.nodes import Expression, ExpressionGraph
from diffbench.symbolic.expression_graph.straight_line import ScalarCode, compile_expressions
from diffbench.symbolic.from_sympy import SymbolicFunction
from diffbench.symbolic.sympy_bridge import into_graph, share
from diffbench.symbolic.sympy_bridge import to_sympy as graph_to_sympy
from diffbench.symbolic.sympy_counts import count_operations
from diffbench.symbolic.to_sympy import ScalarProgram, expressions, real_symbols

Replacements = list[tuple[sp.Symbol, sp.Expr]]


class Settings(Protocol):
    """What a symbolic method says of its pipeline; its options are explained where they are set."""

    @property
    def pipeline(self) -> str: ...
    @property
    def form(self) -> str: ...
    @property
    def order(self) -> str: ...
    @property
    def optimizations(self) -> Any: ...
    @property
    def engine(self) -> str: ...
    @property
    def limits(self) -> Limits: ...


@dataclass(frozen=True, eq=False)
class Formulas:
    """results in terms of the symbols and of the replacements, which are computed first and in
    order.

    `symbols` are those of x, followed by those of the direction. The results are the entries of
    what the operator returns, in C order.
    """

    symbols: list[sp.Symbol]
    replacements: Replacements
    results: list[sp.Expr]

    def operations(self) -> int:
        """SymPy's count of operations, replacements included."""
        return count_operations([*(e for _, e in self.replacements), *self.results])

    def latex(self) -> str:
        """The replacements and results as the lines of an aligned equation."""
        lines = [f"{sp.latex(symbol)} &= {sp.latex(e)}" for symbol, e in self.replacements]
        return "\\\\\n".join(
            [*lines, *(f"y_{{{i + 1}}} &= {sp.latex(e)}" for i, e in enumerate(self.results))]
        )


@dataclass(frozen=True, eq=False)
class Subject:
    """What is differentiated: a recorded function, or SymPy expressions given directly."""

    x_shape: Shape
    y_shape: Shape
    program: Program | None
    given: SymbolicFunction | None

    def in_graph(
        self, share_first: Callable[[list[sp.Expr]], tuple[Replacements, list[sp.Expr]]]
    ) -> ScalarProgram:
        """As nodes of a graph; `share_first` looks for common parts of SymPy expressions, which
        have lost the order of operations.
        """
        if self.program is not None:
            return expressions(self.program)
        graph = ExpressionGraph(CONCISE)
        symbols, entries = self.in_sympy()
        variables = [graph.variable() for _ in symbols]
        known: dict[sp.Basic, Expression] = dict(zip(symbols, variables, strict=True))
        replacements, reduced = share_first(entries)
        for symbol, e in replacements:
            known[symbol] = into_graph(graph, [e], known)[0]
        return ScalarProgram(variables, into_graph(graph, reduced, known), self.y_shape)

    def in_sympy(self) -> tuple[list[sp.Symbol], list[sp.Expr]]:
        """The real symbols of x, and the entries of f(x) in them."""
        symbols = real_symbols(self.x_shape)
        if self.given is not None:
            renamed = dict(zip(self.given.symbols, symbols, strict=True))
            return symbols, [
                _with_shared_ties(sp.sympify(e).xreplace(renamed))
                for e in self.given.expressions.flat
            ]
        scalars = self.in_graph(_as_they_are)
        return symbols, graph_to_sympy(
            scalars.outputs, {v.node: s for v, s in zip(scalars.variables, symbols, strict=True)}
        )


def _with_shared_ties(e: sp.Expr) -> sp.Expr:
    """SymPy's Max and Min as the ones whose ties share equally: the shares that SymPy gives to three
    tied do not add up to 1.
    """
    return e.replace(sp.Max, maximum).replace(sp.Min, minimum)


def _as_they_are(formulas: list[sp.Expr]) -> tuple[Replacements, list[sp.Expr]]:
    return [], formulas


def subject(f: Function, x: Any, branch: str) -> Subject:
    """f recorded at x. Raises Unsupported where its path depends on the data, unless the branch
    taken at x is asked for.
    """
    if isinstance(f, SymbolicFunction):
        return Subject(np.shape(x), f.expressions.shape, None, f)
    program = record(f, x)
    guard = _first_branch(program)
    if guard and branch == "refuse":
        raise Unsupported(
            f"symbolic can't follow control flow that depends on the data, as in {guard.line}: a "
            "formula would hold for one branch only; "
            "write the choice as np.where, or take the branch of this point with "
            "Symbolic(branch='taken')"
        )
    if isinstance(program.output, tuple):
        raise Unsupported(
            f"the function returned {len(program.output)} arrays, and a derivative is of one; "
            "return np.concatenate of them"
        )
    return Subject(np.shape(x), _shape_of(program.output), program, None)


def _first_branch(program: Program) -> Guard | None:
    """The first decision on the data; that nothing was raised is checked at each point, by whether
    something is.
    """
    smooth = {e.output for e in program.equations if e.primitive is succeeds}
    return next((guard for guard in program.guards if guard.var not in smooth), None)


def _shape_of(output: Any) -> Shape:
    return output.shape if isinstance(output, Var) else np.shape(output)


@dataclass(frozen=True, eq=False)
class Derived:
    """The code of one operator of one function, and the shapes of the arrays it returns one after
    the other.
    """

    code: ScalarCode
    shapes: list[Shape]
    formulas: Callable[[], Formulas]


def derive(method: Settings, f: Subject, operator: Operator) -> Derived:
    """Differentiate, share and generate code, as the method's pipeline has it."""
    _check_operator(f, operator)
    steps = (
        _accumulate
        if method.pipeline == "accumulate" and 0 not in f.x_shape + f.y_shape
        else _differentiate
    )
    return steps(method, f, operator, shapes(operator, f.x_shape, f.y_shape))


def _check_operator(f: Subject, operator: Operator) -> None:
    scalar_only = {
        Operator.DERIVATIVE,
        Operator.GRADIENT,
        Operator.VALUE_AND_GRADIENT,
        Operator.HESSIAN,
        Operator.HVP,
    }
    if operator in scalar_only and f.y_shape != ():
        raise NotScalar(f.y_shape, operator)


def _accumulate(
    method: Settings, f: Subject, operator: Operator, answer_shapes: list[Shape]
) -> Derived:
    run = method.limits.run
    scalars = run("translation to a graph", lambda: f.in_graph(partial(_cse, method)))
    graph = scalars.variables[0].graph
    direction = [graph.variable() for _ in _direction_symbols(f, operator)]
    asked = partial(
        answer,
        ByAccumulation(),
        operator,
        scalars.outputs,
        scalars.variables,
        direction,
        graph.constant(1),
    )
    results = run("accumulation", lambda: [entry for part in asked() for entry in part])
    variables = [*scalars.variables, *direction]
    code = run("code generation", lambda: compile_expressions(variables, results))
    return Derived(code, answer_shapes, lambda: _readable(f, operator, variables, results))


def _readable(
    f: Subject, operator: Operator, variables: list[Expression], results: list[Expression]
) -> Formulas:
    symbols = [*real_symbols(f.x_shape), *_direction_symbols(f, operator)]
    named = {v.node: s for v, s in zip(variables, symbols, strict=True)}
    return Formulas(symbols, *share(results, named))


def _direction_symbols(f: Subject, operator: Operator) -> list[sp.Symbol]:
    shape = {Operator.JVP: f.x_shape, Operator.HVP: f.x_shape, Operator.VJP: f.y_shape}.get(
        operator
    )
    return [] if shape is None else real_symbols(shape, "d")


def _differentiate(
    method: Settings, f: Subject, operator: Operator, answer_shapes: list[Shape]
) -> Derived:
    run = method.limits.run
    symbols, entries = run("translation to SymPy", f.in_sympy)
    direction = _direction_symbols(f, operator)
    results = run("diff", lambda: _diff(method.engine, operator, entries, symbols, direction))
    run("the check for closed code", lambda: check_closed(results))
    if method.form != "as-is":
        results = run(method.form, lambda: [FORMS[method.form](e) for e in results])
    replacements, results = (
        run("cse", lambda: _cse(method, results)) if method.pipeline == "cse" else ([], results)
    )
    formulas = Formulas([*symbols, *direction], replacements, results)
    code = run("lambdify", lambda: generate(formulas.symbols, replacements, results))
    return Derived(code, answer_shapes, lambda: formulas)


def _diff(
    engine: str,
    operator: Operator,
    entries: list[sp.Expr],
    symbols: list[sp.Symbol],
    direction: list[sp.Symbol],
) -> list[sp.Expr]:
    parts = answer(_CALCULI[engine](), operator, entries, symbols, direction, sp.Integer(1))
    return [sp.sympify(entry) for part in parts for entry in part]


def _symengine() -> ByDiff:
    try:
        import symengine
    except ImportError:
        raise NotInstalled(
            "the engine symengine is not installed; pip install symengine, or use engine='sympy'"
        ) from None
    return ByDiff(lambda y, x: symengine.sympify(y).diff(symengine.sympify(x)))


_CALCULI: dict[str, Callable[[], Calculus]] = {
    "sympy": ByDiff,
    "symengine": _symengine,
    **{name: partial(SYSTEMS.__getitem__, name) for name in SYSTEMS},
}


def _cse(method: Settings, formulas: Sequence[sp.Expr]) -> tuple[Replacements, list[sp.Expr]]:
    if method.engine == "maxima" and method.order == "none" and method.optimizations is None:
        return optimized(formulas)
    names = sp.numbered_symbols("t", real=True)
    replacements, reduced = sp.cse(
        list(formulas), names, order=method.order, optimizations=method.optimizations
    )
    return replacements, reduced


def _horner(e: sp.Expr) -> sp.Expr:
    try:
        return sp.horner(sp.expand(e))
    except sp.PolynomialError as error:
        raise Unsupported(
            f"Horner's form is for polynomials, and {str(e)[:60]} is none; use another form"
        ) from error


FORMS: dict[str, Callable[[sp.Expr], sp.Expr]] = {
    "simplify": sp.simplify,
    "expand": sp.expand,
    "factor": sp.factor,
    "horner": _horner,
}

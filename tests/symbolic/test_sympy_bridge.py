"""Programs in symbols and symbols as functions: the values are the same on both sides."""

import numpy as np
import pytest
import sympy as sp
from scipy import special

from diffbench.asking import operators
from diffbench.errors import BadInput, BadPoint, NotDifferentiable, Unsupported
from diffbench.program import record
from diffbench.rules.spelling import spellings
from diffbench.symbolic.elementary import OWN, elementary
from diffbench.symbolic.expression_graph.folding import CONCISE
from diffbench.symbolic.expression_graph.nodes import ExpressionGraph
from diffbench.symbolic.expression_graph.straight_line import compile_expressions
from diffbench.symbolic.from_sympy import from_sympy
from diffbench.symbolic.sympy_bridge import distinct, into_graph
from diffbench.symbolic.sympy_bridge import to_sympy as graph_to_sympy
from diffbench.symbolic.sympy_counts import count_nodes, count_operations
from diffbench.symbolic.to_sympy import expressions, to_sympy

x1, x2, x3 = sp.symbols("x1:4", real=True)
SYMBOLIC = ["symbolic-raw", "symbolic", "symbolic-accumulate"]
POINT = np.array([0.3, 1.7, 0.9])
WRITTEN = {
    "arithmetic": lambda x: x[0] * x[1] - x[2] / x[0] + 2 * -x[1],
    "powers": lambda x: (
        x[0] ** 2
        + x[1] ** 0.5
        + x[2] ** x[0]
        + np.square(x[1])
        + np.reciprocal(x[2])
        + np.cbrt(x[0])
    ),
    "reductions": lambda x: np.sum(x) * np.prod(x) + np.mean(x) - np.max(x) * np.min(x),
    "products": lambda x: np.outer(x, x) @ x @ np.array([1.0, 2.0, 3.0]) + np.dot(x, x),
    "rearranging": lambda x: (
        np.stack([x[::-1], x]).T.reshape(-1)[1:4] @ np.concatenate([x[:1], x[1:]])
    ),
    "writing": lambda x: written_in_place(x),
    "choosing": lambda x: (
        np.where(x > 1, x**2, np.sin(x)).sum() + np.clip(x, 0.5, 1.0).sum() + np.maximum(x[0], x[1])
    ),
    "exponentials": lambda x: (
        np.exp(-x[0])
        + np.expm1(x[1])
        + np.log1p(x[2])
        + np.log2(x[1])
        + np.log10(x[2])
        + np.exp2(x[0])
    ),
    "angles": lambda x: (
        np.sin(x[0]) * np.cos(x[1])
        + np.tan(x[2])
        + np.arctan2(x[0], x[1])
        + np.hypot(x[1], x[2])
        + np.deg2rad(x[0])
    ),
    "inverses": lambda x: (
        np.arcsin(x[0])
        + np.arccos(x[0])
        + np.arctan(x[1])
        + np.arcsinh(x[1])
        + np.arccosh(x[1])
        + np.arctanh(x[2])
    ),
    "hyperbolic": lambda x: (
        np.sinh(x[0]) + np.cosh(x[1]) + np.tanh(x[2]) + np.logaddexp(x[0], x[1])
    ),
    "special": lambda x: (
        special.expit(x[0])
        + special.erf(x[1])
        + special.ndtr(x[2])
        + special.xlogy(x[0], x[1])
        + special.j0(x[2])
    ),
    "gamma": lambda x: (
        special.gammaln(x[0])
        + special.digamma(x[1])
        + special.gamma(x[2])
        + special.i1(x[0])
        + special.erfinv(x[0])
    ),
    "log-sum-exp": lambda x: special.logsumexp(x),
    "magnitudes": lambda x: np.abs(x[0] - x[1]) + np.sqrt(x @ x) + np.linalg.norm(x),
}


def written_in_place(x):
    y = np.zeros_like(x)
    for i in range(len(x)):
        y[i] = x[i] ** 2
    y += x
    return y @ x


@pytest.mark.parametrize("f", WRITTEN.values(), ids=WRITTEN.keys())
def test_a_program_in_symbols_has_the_function_s_value(f):
    scalars = expressions(record(f, POINT))
    assert compile_expressions(scalars.variables, scalars.outputs)(POINT)[0] == pytest.approx(
        float(f(POINT)), rel=1e-14
    )


@pytest.mark.parametrize("f", WRITTEN.values(), ids=WRITTEN.keys())
@pytest.mark.parametrize("method", SYMBOLIC)
def test_its_gradient_is_that_of_reverse_mode(f, method):
    np.testing.assert_allclose(
        operators.gradient(f, POINT, method=method),
        operators.gradient(f, POINT, method="reverse"),
        rtol=1e-13,
    )


def test_to_sympy_gives_the_expression_in_real_symbols():
    f = lambda x: np.log(x[0]) + x[0] * x[1] - np.sin(x[1])
    assert to_sympy(record(f, np.array([2.0, 5.0]))) == sp.log(x1) + x1 * x2 - sp.sin(x2)
    assert (
        to_sympy(record(lambda x: 0.5 * x**2, np.float64(1.0)))
        == sp.Symbol("x", real=True) ** 2 / 2
    )


def test_to_sympy_gives_an_array_for_an_array():
    found = to_sympy(record(lambda x: np.outer(x, x), np.array([1.0, 2.0])))
    assert found.shape == (2, 2) and found[0, 1] == x1 * x2


NAMES = {*OWN, *(name for name, row in spellings.items() if row.sympy and not row.is_operator)}


@pytest.mark.parametrize("name", sorted(NAMES - {"tie_share", "gate", "power"}))
def test_an_elementary_function_is_the_same_on_floats_scalars_and_in_sympy(name):
    row = elementary(name)
    arguments = {"arccosh": (1.5,), "polygamma": (1, 0.7), "jv": (1, 0.7), "iv": (0, 0.7)}.get(
        name, (0.7,)
    )
    if name in ("arctan2", "hypot", "maximum", "minimum", "logaddexp"):
        arguments = (0.7, 0.2)
    value = float(row.of_floats(*arguments))
    assert value == pytest.approx(float(row.of_scalars(*map(np.float64, arguments))), rel=4e-15)
    if name not in ("maximum", "minimum", "cbrt"):  # ours: SymPy can't evaluate them
        assert value == pytest.approx(
            float(sp.N(row.symbolic(*map(sp.Float, arguments)).doit().rewrite(sp.exp), 20)),
            rel=1e-14,
        )


def test_an_unknown_function_is_refused_by_name():
    graph = ExpressionGraph(CONCISE)
    with pytest.raises(Unsupported, match=r"zeta in zeta\(x1\) has no counterpart in NumPy"):
        into_graph(graph, [sp.zeta(x1)], {x1: graph.variable()})


def test_a_numpy_call_without_scalar_form_is_refused_by_name():
    with pytest.raises(Unsupported, match=r"can't see into numpy\.linalg\.solve"):
        expressions(record(lambda x: np.linalg.solve(np.outer(x, x) + np.eye(3), x), POINT))


def test_sums_and_products_survive_a_round_trip_in_value():
    graph = ExpressionGraph(CONCISE)
    variables = [graph.variable() for _ in range(3)]
    e = (
        sp.Piecewise((x1 / x2, x1 > 0), (x3, True))
        - 3 * x2**-2 / sp.sqrt(x3)
        + sp.Rational(1, 3) * sp.Max(x1, x2)
    )
    named = dict(zip((x1, x2, x3), variables, strict=True))
    back = graph_to_sympy(into_graph(graph, [e], named), {v.node: s for s, v in named.items()})[0]
    at = dict(zip((x1, x2, x3), POINT, strict=True))
    code = compile_expressions(variables, into_graph(graph, [e], named))
    assert code(POINT)[0] == pytest.approx(float(e.subs(at)), rel=1e-15)
    assert into_graph(graph, [back], named)[0].node == into_graph(graph, [e], named)[0].node


def test_nodes_are_counted_as_trees_and_as_distinct_subexpressions():
    e = (x1 + x2) * sp.sin(x1 + x2)
    assert count_nodes([e]) == (8, 5)
    assert [str(part) for part in distinct([e])][-1] == str(e)


def written_out(levels):
    e = x1
    for _ in range(levels):
        e = sp.sin(e) + sp.cos(e)
    return e


def test_millions_of_nodes_and_operations_are_counted_without_being_visited():
    e = written_out(40)
    assert count_nodes([e]) == (2**42 - 3, 121)
    assert count_operations([e]) == 3 * (2**40 - 1)


@pytest.mark.parametrize(
    "e",
    [
        -x1 / 3 + 2 / x2 - x3,
        -x1 - x2,
        x1 * (x2 + 1) / x3**2,
        sp.Rational(-2, 3) / x1,
        -(x1**2) * sp.exp(-x2),
        sp.Piecewise((x1 + 1, x2 > 0), (-x1, True)),
        sp.E * x1 + sp.pi * sp.sqrt(x2),
        -4 * x1 * (1 - x1),
        sp.Max(x1, x2, x3) + sp.sin(-x1 * 2),
        written_out(5).diff(x1),
    ],
    ids=str,
)
def test_operations_are_counted_as_sympy_counts_them(e):
    assert count_operations([e]) == sp.count_ops(e)


def test_a_symbolic_function_is_called_like_any_function():
    a, lam = sp.symbols("a lambda")
    f = from_sympy(a * sp.sin(lam), [a, lam])
    assert f(np.array([2.0, 0.5])) == 2 * np.sin(0.5)
    g = from_sympy(sp.Matrix([[a, lam], [a * lam, 1]]), [a, lam])
    np.testing.assert_array_equal(g(np.array([2.0, 0.5])), [[2.0, 0.5], [1.0, 1.0]])


@pytest.mark.parametrize(
    "name", ["E", "I", "S", "N", "O", "Q", "beta", "gamma", "lambda", "pi", "x1", "for", "x 1"]
)
@pytest.mark.parametrize(
    "method", [*SYMBOLIC, "forward", "reverse", "central-difference", "complex-step"]
)
def test_a_symbol_may_have_any_name(name, method):
    symbol = sp.Symbol(name)
    f = from_sympy(symbol**3, [symbol])
    assert operators.gradient(f, np.array([2.0]), method=method) == pytest.approx([12.0], rel=1e-8)


@pytest.mark.parametrize("method", SYMBOLIC)
def test_symbols_stand_for_real_numbers_whatever_they_assume(method):
    z = sp.Symbol("z")
    assert operators.derivative(from_sympy(abs(z), [z]), -2.0, method=method) == -1.0
    assert (
        operators.derivative(from_sympy(sp.log(sp.exp(z)) * z, [z]), 800.0, method=method) == 1600.0
    )


Z = sp.Symbol("z")
SINC = from_sympy(sp.Piecewise((sp.sin(Z) / Z, sp.Ne(Z, 0)), (1, True)), [Z])


@pytest.mark.parametrize("method", SYMBOLIC)
def test_a_branch_that_is_not_taken_is_not_evaluated(method):
    with np.errstate(all="raise"):
        assert SINC(np.float64(0.0)) == 1.0
        assert operators.derivative(SINC, 0.0, method=method) == 0.0


@pytest.mark.parametrize("method", ["forward", "reverse"])
def test_a_trace_of_the_value_at_one_point_alone_is_refused(method):
    """What the other points have is not to be seen from a constant that only z == 0 gives."""
    with pytest.raises(NotDifferentiable, match="comparison that holds at this point only"):
        operators.derivative(SINC, 0.0, method=method)


def test_symbols_are_checked():
    a, b = sp.symbols("a b")
    with pytest.raises(BadInput, match="'a' is a str and not a SymPy symbol"):
        from_sympy(a, ["a"])
    with pytest.raises(BadInput, match="repeat one"):
        from_sympy(a, [a, a])
    with pytest.raises(BadInput, match="depends on b, not among the symbols"):
        from_sympy(a + b, [a])
    with pytest.raises(BadPoint, match="3 coordinates and the expression 1 symbols"):
        from_sympy(a, [a])(np.ones(3))

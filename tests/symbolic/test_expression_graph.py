"""Symbolic differentiation with perfect sharing is automatic differentiation: Laue's equivalence,
in identical integers.
"""

import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from diffbench.errors import Unsupported
from diffbench.measure.expressions.families import FAMILIES
from diffbench.symbolic.expression_graph.accumulation import (
    linearize,
    preaccumulate,
    pull_back,
    push_forward,
    textbook_partials,
)
from diffbench.symbolic.expression_graph.folding import CONCISE, ZERO_ONE
from diffbench.symbolic.expression_graph.nodes import (
    ExpressionGraph,
    count_operations,
    count_tree_operations,
)
from diffbench.symbolic.expression_graph.straight_line import compile_expressions

# family, n, inputs, W, tree ops of f, forward {f, f_x1}, tree ops of f_x1, forward {f, all
# partials}, reverse {f, gradient}
LAUE = [
    ("logistic", 2, 1, 3, 3, 6, 5, 6, 6),
    ("logistic", 3, 1, 6, 9, 14, 23, 14, 14),
    ("logistic", 4, 1, 9, 21, 22, 71, 22, 22),
    ("logistic", 6, 1, 15, 93, 38, 479, 38, 38),
    ("logistic", 8, 1, 21, 381, 54, 2687, 54, 54),
    ("logistic", 10, 1, 27, 1533, 70, 13823, 70, 70),
    ("logistic", 12, 1, 33, 6141, 86, 67583, 86, 86),
    ("logistic", 14, 1, 39, 24573, 102, 319487, 102, 102),
    ("speelpenning", 3, 3, 2, 2, 3, 1, 4, 4),
    ("speelpenning", 5, 5, 4, 4, 7, 3, 13, 10),
    ("speelpenning", 10, 10, 9, 9, 17, 8, 53, 25),
    ("speelpenning", 20, 20, 19, 19, 37, 18, 208, 55),
    ("speelpenning", 50, 50, 49, 49, 97, 48, 1273, 145),
    ("speelpenning", 100, 100, 99, 99, 197, 98, 5048, 295),
    ("nested sin(exp)", 1, 1, 2, 2, 4, 4, 4, 4),
    ("nested sin(exp)", 4, 1, 8, 8, 19, 43, 19, 19),
    ("nested sin(exp)", 12, 1, 24, 24, 59, 323, 59, 59),
    ("nested sin(exp)", 32, 1, 64, 64, 159, 2143, 159, 159),
    ("continued fraction", 1, 1, 2, 2, 5, 4, 5, 5),
    ("continued fraction", 4, 1, 8, 8, 23, 43, 23, 23),
    ("continued fraction", 8, 1, 16, 16, 47, 151, 47, 47),
    ("continued fraction", 20, 1, 40, 40, 119, 859, 119, 119),
    ("tanh network", 1, 15, 23, 23, 34, 53, 53, 53),
    ("tanh network", 2, 27, 44, 86, 79, 347, 239, 107),
    ("tanh network", 3, 39, 65, 275, 124, 1607, 641, 161),
    ("tanh network", 4, 51, 86, 842, 169, 6521, 1259, 215),
    ("tanh network", 5, 63, 107, 2543, 214, 24665, 2093, 269),
]
CASES = pytest.mark.parametrize(
    ("family", "n", "inputs", "primal", "tree", "first", "tree_of_first", "all_forward", "reverse"),
    LAUE,
)


def member(family, n, rewrites=ZERO_ONE):
    scalars = FAMILIES[family].on(ExpressionGraph(rewrites), n)
    return scalars.variables, scalars.outputs[0]


def forward(xs, f, x):
    linear = linearize([f], xs, textbook_partials)
    return push_forward(linear, {x.node: f.graph.constant(1)}).get(f.node, linear.zero())


def gradient(xs, f):
    cotangents = pull_back(linearize([f], xs, textbook_partials), {f.node: f.graph.constant(1)})
    return [cotangents[x.node] for x in xs]


@CASES
def test_operation_counts_are_those_of_laue(
    family, n, inputs, primal, tree, first, tree_of_first, all_forward, reverse
):
    xs, f = member(family, n)
    assert (len(xs), count_operations([f]), count_tree_operations(f)) == (inputs, primal, tree)
    f_x1 = forward(xs, f, xs[0])
    assert (count_operations([f, f_x1]), count_tree_operations(f_x1)) == (first, tree_of_first)
    xs, f = member(family, n)
    assert count_operations([f, *(forward(xs, f, x) for x in xs)]) == all_forward
    xs, f = member(family, n)
    assert count_operations([f, *gradient(xs, f)]) == reverse


@pytest.mark.parametrize(("family", "n"), [(row[0], row[1]) for row in LAUE if row[6] < 30_000])
def test_differentiating_the_tree_naively_and_sharing_afterwards_gives_forward_accumulation(
    family, n
):
    xs, f = member(family, n)
    naive = derivative_of_tree(f, xs[0])
    assert naive.node == forward(xs, f, xs[0]).node


def derivative_of_tree(e, x):
    """By the rules of a textbook, from the root down, nothing remembered: every repeated part is
    differentiated again.
    """
    if not e.arguments:
        return e.graph.constant(int(e.node == x.node))
    total = e.graph.constant(0)
    for partial, argument in zip(textbook_partials(e), e.arguments, strict=True):
        total = total + partial * derivative_of_tree(argument, x)
    return total


@pytest.mark.parametrize("n", [3, 5, 9, 14])
def test_closed_forms_of_the_counts(n):
    assert count_operations(with_derivative("logistic", n)) == 8 * n - 10
    assert count_operations(with_derivative("nested sin(exp)", n)) == 5 * n - 1
    assert count_operations(with_derivative("continued fraction", n)) == 6 * n - 1
    assert count_operations(with_derivative("tanh network", n)) == 53 + 54 * (n - 1)
    assert count_operations(with_derivative("speelpenning", n)) == 3 * n - 5


def with_derivative(family, n):
    xs, f = member(family, n)
    return [f, *gradient(xs, f)]


@pytest.mark.parametrize("n", [2, 3, 7, 14])
def test_preaccumulation_takes_the_logistic_map_to_six_n_minus_seven(n):
    (x,), f = member("logistic", n, CONCISE)
    linear = preaccumulate(linearize([f], [x]), [x, f])
    assert (
        count_operations([f, push_forward(linear, {x.node: f.graph.constant(1)})[f.node]])
        == 6 * n - 7
    )


@pytest.mark.parametrize(
    "family",
    [
        "logistic",
        "speelpenning",
        "nested sin(exp)",
        "continued fraction",
        "power tower",
        "helmholtz",
    ],
)
def test_preaccumulation_never_costs_an_operation(family):
    xs, f = member(family, 6, CONCISE)
    plain = pull_back(linearize([f], xs), {f.node: f.graph.constant(1)})
    fewer = pull_back(preaccumulate(linearize([f], xs), [*xs, f]), {f.node: f.graph.constant(1)})
    assert count_operations([f, *(fewer[x.node] for x in xs)]) <= count_operations(
        [f, *(plain[x.node] for x in xs)]
    )


def test_equal_subexpressions_are_one_node_and_products_commute():
    graph = ExpressionGraph(ZERO_ONE)
    x, y = graph.variable(), graph.variable()
    assert (x * y + 1).node == (1.0 + y * x).node
    assert (x - y).node != (y - x).node


def test_a_tape_shares_nothing():
    tape = ExpressionGraph((), shares=False)
    x = tape.variable()
    assert count_operations([x * x + x * x]) == 3


def test_a_chain_ten_thousand_deep_needs_no_recursion():
    graph = ExpressionGraph(ZERO_ONE)
    x = y = graph.variable()
    for _ in range(10_000):
        y = graph.apply("sin", y)
    before = sys.getrecursionlimit()
    assert count_tree_operations(y) == 10_000
    derivative = push_forward(linearize([y], [x]), {x.node: graph.constant(1)})[y.node]
    assert count_operations([derivative]) == 3 * 10_000 - 2
    assert sys.getrecursionlimit() == before


def test_two_million_tree_nodes_are_counted_from_sixty():
    _, f = member("logistic", 20)
    assert count_tree_operations(f) == 3 * (2**19 - 1) > 1_500_000


def test_asking_for_the_truth_of_an_expression_is_refused_with_the_cure():
    x = ExpressionGraph(ZERO_ONE).variable()
    with pytest.raises(Unsupported, match=r"depends on the data.*np\.where.*branch='taken'"):
        bool(x)


def test_complex_numbers_are_refused():
    with pytest.raises(Unsupported, match="real numbers"):
        ExpressionGraph(ZERO_ONE).variable() * 1j


leaves = st.sampled_from(["x", "y", 2, 0.5, -1, 3])
trees = st.recursive(
    leaves,
    lambda inner: (
        st.tuples(st.sampled_from(["add", "subtract", "multiply"]), inner, inner)
        | st.tuples(st.just("sin"), inner)
    ),
)


@given(trees, st.floats(-2, 2), st.floats(-2, 2))
def test_rewrites_and_directions_agree_on_any_expression(tree, at_x, at_y):
    found = []
    for rewrites in ((), ZERO_ONE, CONCISE):
        graph = ExpressionGraph(rewrites)
        xs = [graph.variable(), graph.variable()]
        f = plant(tree, graph, dict(zip("xy", xs, strict=True)))
        linear = preaccumulate(linearize([f], xs), [*xs, f])
        pulled = pull_back(linear, {f.node: graph.constant(1)})
        pushed = [
            push_forward(linear, {x.node: graph.constant(1)}).get(f.node, linear.zero()) for x in xs
        ]
        results = [*(pulled.get(x.node, linear.zero()) for x in xs), *pushed]
        found.append(compile_expressions(xs, results)(np.array([at_x, at_y])))
    scale = 1 + max(np.max(np.abs(values)) for values in found)
    for values in found:
        np.testing.assert_allclose(values[:2], values[2:], atol=1e-12 * scale)
        np.testing.assert_allclose(values, found[0], atol=1e-12 * scale)


def plant(tree, graph, names):
    if isinstance(tree, tuple):
        return graph.apply(tree[0], *(plant(branch, graph, names) for branch in tree[1:]))
    return names[tree] if isinstance(tree, str) else graph.constant(tree)

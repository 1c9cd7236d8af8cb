"""The families swell as their closed forms say: operation counts of f and of its raw derivative as
SymPy writes them out.
"""

import numpy as np
import pytest
import sympy
from sympy import Symbol, count_ops

import diffbench as db
from diffbench import registry

# the canonical form of products, and so the counts of derivatives, belong to a release of SymPy
MEASURED_WITH = "1.14"
X = Symbol("x", real=True)


def written_out(name, n):
    return registry.find("problems", name)(X, n, xp=sympy)


SCALAR_FAMILIES = {  # name: (sizes, operations of f, operations of f')
    "logistic_map": (
        (4, 6, 8),
        lambda n: 5 * 2 ** (n - 2) - 2,
        lambda n: 2 ** (n - 4) * (5 * n * n + 5 * n - 18),
    ),
    "nested_sin_exp": ((1, 2, 4, 12), lambda n: 2 * n, lambda n: 2 * n * n + 3 * n - 1),
    "continued_fraction": ((3, 4, 8), lambda n: 2 * n, lambda n: n * n + 3 * n - 2),
    "power_tower": ((4, 5, 8), lambda n: n - 1, lambda n: n * n + 3 * n - 6),
}
CASES = [(name, n) for name, (sizes, _, _) in SCALAR_FAMILIES.items() for n in sizes]


@pytest.mark.parametrize(("name", "n"), CASES)
def test_operations_of_the_function_follow_the_closed_form(name, n):
    assert count_ops(written_out(name, n)) == SCALAR_FAMILIES[name][1](n)


@pytest.mark.skipif(
    not sympy.__version__.startswith(MEASURED_WITH),
    reason=f"counts belong to SymPy {MEASURED_WITH}, not {sympy.__version__}",
)
@pytest.mark.parametrize(("name", "n"), CASES)
def test_operations_of_the_raw_derivative_follow_the_closed_form(name, n):
    assert count_ops(sympy.diff(written_out(name, n), X)) == SCALAR_FAMILIES[name][2](n)


def symbols(shape):
    return np.array(
        [Symbol(f"x{i}", real=True) for i in range(np.prod(shape))], dtype=object
    ).reshape(shape)


@pytest.mark.parametrize(("n", "operations"), [(2, 3), (3, 14), (4, 63), (5, 324)])
def test_determinant_by_minors_grows_like_a_factorial(n, operations):
    assert (
        count_ops(registry.find("problems", "determinant_by_minors")(symbols((n, n)), xp=sympy))
        == operations
    )


@pytest.mark.parametrize(("depth", "operations"), [(1, 23), (2, 86), (3, 275)])
def test_deep_tanh_grows_threefold_a_layer(depth, operations):
    assert (
        count_ops(registry.find("problems", "deep_tanh")(symbols(3 + 12 * depth), depth, xp=sympy))
        == operations
    )


@pytest.mark.parametrize("n", [4, 6, 10])
def test_speelpenning_gradient_has_n_squared_factors(n):
    x = symbols(n)
    product = registry.find("problems", "speelpenning")(x, xp=sympy)
    assert count_ops(product) == n - 1
    assert sum(count_ops(sympy.diff(product, v)) for v in x) == n * (n - 2)


# operations of f and f', nodes of the tree and of the graph of f', joint CSE, accumulation
SWELL = {
    2: (3, 2, 5, 5, 5, 5),
    4: (18, 82, 166, 26, 28, 17),
    6: (78, 768, 1538, 47, 68, 29),
    8: (318, 5472, 10946, 72, 124, 41),
    10: (1278, 34048, 68098, 101, 196, 53),
}


@pytest.mark.skipif(
    not sympy.__version__.startswith(MEASURED_WITH),
    reason=f"counts belong to SymPy {MEASURED_WITH}, not {sympy.__version__}",
)
def test_the_logistic_map_swells_as_was_measured_elsewhere():
    table = db.swell("logistic", list(SWELL)).set_index(["n", "form"])
    for n, counts in SWELL.items():
        raw = table.loc[n, "raw"]
        found = (
            table.loc[n, "f"]["operations"],
            *raw[["operations", "tree_nodes", "dag_nodes"]],
            table.loc[n, "cse-joint"]["operations"],
            table.loc[n, "accumulate"]["operations"],
        )
        assert found == counts

"""Expression swell: the closed forms in n hold, the laws are recognised, the error of each form is
the published one.
"""

from fractions import Fraction

import numpy as np
import pytest
import sympy as sp

from diffbench.errors import BadInput, UnknownName
from diffbench.measure.expressions.families import FAMILIES
from diffbench.measure.expressions.growth import growth_law
from diffbench.measure.expressions.swell import COLUMNS, FORMS, swell
from diffbench.measure.expressions.unit_costs import tape_costs, taylor_cost
from diffbench.symbolic.budgets import Limits
from diffbench.symbolic.expression_graph.nodes import ExpressionGraph

COUNTED_WITH = "1.14.0"

# (f, raw, raw tree nodes, raw DAG nodes, cse, cse-joint) as functions of n; None where there is no
# closed form
CLOSED_FORMS = {
    "logistic": (
        (4, 5, 8),
        lambda n: 5 * 2 ** (n - 2) - 2,
        lambda n: 2 ** (n - 4) * (5 * n**2 + 5 * n - 18),
        lambda n: 2 ** (n - 3) * (5 * n**2 + 5 * n - 18) + 2,
        lambda n: (n**2 + 11 * n - 8) // 2,
        lambda n: 2 * n**2 - 5,
        lambda n: 2 * n**2 - 4,
    ),
    "nested sin(exp)": (
        (2, 3, 7),
        lambda n: 2 * n,
        lambda n: 2 * n**2 + 3 * n - 1,
        lambda n: 2 * n**2 + 3 * n + 1,
        lambda n: 3 * n + 1,
        lambda n: 5 * n - 2,
        lambda n: 5 * n - 1,
    ),
    "speelpenning": (
        (4, 6, 7, 11),
        lambda n: n - 1,
        lambda n: n * (n - 2),
        lambda n: n**2,
        lambda n: 2 * n,
        lambda n: n * (n - 1) // 2 + (n % 2) * (n - 3) // 2,
        lambda n: n * (n - 1) // 2 + (n % 2) * (n - 3) // 2 + 1,
    ),
    "continued fraction": (
        (3, 5, 9),
        lambda n: 2 * n,
        lambda n: n**2 + 3 * n - 2,
        None,
        lambda n: 5 * n + 1,
        lambda n: 6 * n - 4,
        lambda n: 6 * n - 2,
    ),
    "power tower": (
        (4, 5, 9),
        lambda n: n - 1,
        lambda n: n**2 + 3 * n - 6,
        lambda n: 2 * (n**2 + 3 * n - 6),
        lambda n: 4 * n,
        lambda n: 5 * (n - 1),
        lambda n: 5 * (n - 1),
    ),
}
TABLES = {  # family -> n -> the same six integers
    "determinant": {
        2: (3, 2, 8, 7, 2, 5),
        3: (14, 27, 72, 37, 27, 33),
        4: (63, 224, 520, 156, 139, 148),
    },
    "tanh network": {1: (23, 213, 417, 63, 51, 53), 2: (86, 2559, 4371, 183, 201, 203)},
    "helmholtz": {
        1: (26, 90, 151, 40, 41, 44),
        2: (50, 341, 634, 72, 78, 83),
        3: (84, 710, 1271, 98, 117, 124),
        4: (120, 1225, 2192, 127, 161, 170),
    },
}
EXPECTED = [
    *(
        (family, n, tuple(form and form(n) for form in forms))
        for family, (sizes, *forms) in CLOSED_FORMS.items()
        for n in sizes
    ),
    *((family, n, counts) for family, table in TABLES.items() for n, counts in table.items()),
]


@pytest.mark.parametrize(("family", "n", "expected"), EXPECTED)
def test_sympy_s_counts_are_the_known_integers(family, n, expected):
    rows = swell(family, [n], forms=("f", "raw", "cse", "cse-joint")).set_index("form")
    operations, raw = rows["operations"], rows.loc["raw"]
    counted = (
        operations["f"],
        raw["operations"],
        raw["tree_nodes"],
        raw["dag_nodes"],
        operations["cse"],
        operations["cse-joint"],
    )
    wanted = tuple(
        ours if theirs is None else theirs for ours, theirs in zip(counted, expected, strict=True)
    )
    assert counted == wanted, (
        f"counted with SymPy {COUNTED_WITH}, and this is {sp.__version__}, which may write "
        "expressions differently"
    )


# W, forward and reverse increments of automatic differentiation at unit costs
UNIT_COSTS = [
    *(("logistic", n, 3 * (n - 1), 5 * (n - 1), 5 * (n - 1)) for n in (2, 5, 20)),
    *(("nested sin(exp)", n, 2 * n, 3 * n, 3 * n) for n in (1, 5, 20)),
    *(("speelpenning", n, n - 1, 3 * (n - 1), 2 * (n - 1)) for n in (3, 20)),
    *(("continued fraction", n, 2 * n, 4 * n, 3 * n) for n in (1, 5, 20)),
    *(("power tower", n, n - 1, 6 * (n - 1), 7 * (n - 1)) for n in (3, 20)),
    *(
        ("determinant", n, w, None, r)
        for n, w, r in [
            (2, 3, 5),
            (3, 14, 28),
            (4, 63, 146),
            (5, 324, 802),
            (6, 1955, 4947),
            (7, 13698, 34856),
        ]
    ),
    *(
        ("tanh network", n, w, None, r)
        for n, w, r in [(1, 23, 33), (2, 44, 66), (3, 65, 99), (4, 86, 132), (5, 107, 165)]
    ),
    *(("helmholtz", n, w, None, None) for n, w in [(1, 17), (2, 31), (3, 49), (5, 97), (16, 647)]),
]


@pytest.mark.parametrize(("family", "n", "function", "forward", "reverse"), UNIT_COSTS)
def test_automatic_differentiation_costs_the_known_integers(family, n, function, forward, reverse):
    tape = FAMILIES[family].on(ExpressionGraph((), shares=False), n)
    costs = tape_costs(tape.outputs, tape.variables)
    assert costs.function == function
    assert costs.forward == (costs.forward if forward is None else forward)
    assert costs.reverse == (costs.reverse if reverse is None else reverse)


def test_the_logistic_map_swells_by_the_known_laws():
    rows = swell("logistic", range(4, 8))
    assert (rows["status"] == "ok").all()
    operations = rows.pivot(index="n", columns="form", values="operations")
    n = operations.index
    np.testing.assert_array_equal(operations["accumulate"], 6 * n - 7)
    np.testing.assert_array_equal(operations["forward"], 8 * (n - 1))
    np.testing.assert_array_equal(operations["reverse"], 8 * (n - 1))
    assert growth_law(n, operations["raw"]).is_exponential
    assert str(growth_law(n, operations["cse"])).startswith("n^2.")
    assert str(growth_law(n, operations["accumulate"])).startswith("n^1.")


# error of l_n' at the float 0.2, in eps
FORM_ERRORS = [
    (4, "raw", 2.1),
    (4, "cse", 1.2),
    (4, "factor", 2.3),
    (4, "expand", 8.3),
    (4, "horner", 27),
    (4, "simplify", 8.3),
]
FORM_ERRORS += [
    (6, "raw", 2.1),
    (6, "cse", 5.3),
    (6, "factor", 1.1e5),
    (6, "expand", 1.3e10),
    (6, "horner", 1.2e10),
]


@pytest.mark.parametrize(("n", "form", "error"), FORM_ERRORS)
def test_a_shorter_form_may_be_ten_digits_worse(n, form, error):
    row = swell("logistic", [n], forms=[form]).iloc[0]
    assert row["status"] == "ok"
    # rounding differs a little from one libm to another
    assert error / 4 < row["error_eps"] < error * 4


@pytest.mark.parametrize("family", FAMILIES)
def test_every_family_is_written_once_for_numbers_and_for_symbols(family):
    n = FAMILIES[family].sizes[1]
    rows = swell(family, [n])
    assert list(rows.columns) == list(COLUMNS) and list(rows["form"]) == list(FORMS)
    assert (rows["status"] == "ok").all()
    assert (rows.set_index("form").loc[list(FORMS[1:]), "error_eps"] < 200).all()
    assert (
        rows.set_index("form")
        .loc[
            ["f", "raw", "cse", "accumulate"],
            ["derive_s", "build_s", "evaluate_s", "source_length"],
        ]
        .notna()
        .all(axis=None)
    )


def test_a_form_that_explodes_is_a_row_that_says_so_and_is_not_tried_again():
    rows = swell(
        "logistic", [12, 13], forms=["accumulate", "expand"], limits=Limits(seconds=1.5)
    ).set_index(["n", "form"])["status"]
    assert rows[12, "accumulate"] == rows[13, "accumulate"] == "ok"
    assert rows[12, "expand"] in ("timeout after 1.5 s in expand", "timeout after 1.5 s in diff")
    assert rows[13, "expand"] == "skipped: expand failed at a smaller size"


def test_counts_survive_code_that_could_not_be_built():
    def doubling(n):
        def f(x):
            for _ in range(n):
                x = np.sin(x) + np.cos(x)
            return x

        return f, np.float64(0.3)

    row = swell(doubling, [30], forms=["f"]).iloc[0]
    assert row["status"].startswith("the code would have 4,294,967,293 terms")
    assert row["operations"] == 3 * (2**30 - 1)


def test_a_registered_problem_and_a_function_of_n_are_families_too():
    named = swell("power_tower", [5], forms=["raw"]).iloc[0]
    assert (named["family"], named["operations"]) == ("power_tower", 5**2 + 3 * 5 - 6)

    def squares(n):
        return (lambda x: np.sum(np.sin(x) ** 2)), np.arange(1.0, n + 1)

    mine = swell(squares, [3, 6], forms=["f", "raw", "reverse"])
    assert (mine["family"] == "squares").all() and (mine["status"] == "ok").all()


@pytest.mark.parametrize(
    "family", ["logistic", "nested sin(exp)", "speelpenning", "continued fraction", "tanh network"]
)
def test_a_taylor_pass_of_order_one_is_a_forward_pass(family):
    tape = FAMILIES[family].on(ExpressionGraph((), shares=False), 3)
    costs = tape_costs(tape.outputs, tape.variables)
    assert taylor_cost(tape.outputs, tape.variables, 1) == costs.function + costs.forward


def test_higher_derivatives_swell_and_taylor_polynomials_do_not():
    counts = {
        order: swell("logistic", [5], order=order, limits=Limits(seconds=60)).set_index("form")
        for order in (2, 3)
    }
    assert all((rows["status"] == "ok").all() for rows in counts.values())
    assert [rows.loc["taylor", "operations"] for rows in counts.values()] == [
        4 * (3 + 3 + 9),
        4 * (4 + 4 + 16),
    ]
    raw = [rows.loc["raw", "operations"] for rows in counts.values()]
    assert raw[0] > 3 * 264 and raw[1] > 2 * raw[0]  # 264 for the first derivative
    assert (counts[2].loc[["raw", "cse", "accumulate"], "error_eps"] < 500).all()


def test_orders_are_checked():
    with pytest.raises(BadInput, match="order 2 are measured for one input, and this member has 4"):
        swell("speelpenning", [4], order=2)
    with pytest.raises(BadInput, match="take the form taylor"):
        swell("logistic", [4], forms=["reverse"], order=2)


def test_unknown_families_and_forms_are_refused():
    with pytest.raises(UnknownName, match="not a registered problem"):
        swell("no such family", [1])
    with pytest.raises(BadInput, match="shorter is not a form of a derivative; known: f, raw"):
        swell("logistic", [2], forms=["shorter"])


@pytest.mark.parametrize(
    ("values", "text"),
    [
        ([3 * n**2 for n in (4, 8, 16, 32)], "n^2.00"),
        ([5 * 2.5**n for n in (4, 8, 16, 32)], "2.50^n"),
    ],
)
def test_growth_laws_are_named(values, text):
    assert str(growth_law((4, 8, 16, 32), values)) == text


def test_a_growth_law_needs_three_points():
    assert np.isnan(growth_law((1, 2), (1, 2)).power)


def test_constants_of_a_family_are_exact_in_symbols():
    tape = FAMILIES["helmholtz"].on(ExpressionGraph((), shares=False), 2)
    assert Fraction(1, 20) in tape.variables[0].graph.values.values()

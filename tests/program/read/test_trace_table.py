"""The tables of the textbooks, value by value (recomputed with 60 digits; nearest floats)."""

import numpy as np
import pytest

import diffbench as db
from diffbench.errors import BadInput


def survey(x):
    return np.log(x[0]) + x[0] * x[1] - np.sin(x[1])


def griewank_walther(x):
    v1 = x[0] / x[1]
    v2, v3 = np.sin(v1), np.exp(x[1])
    v4 = v1 - v3
    return (v2 + v4) * v4


SURVEY, GRIEWANK = np.array([2.0, 5.0]), np.array([1.5, 0.5])

PRIMAL = {
    survey: {
        "v_-1": 2.0, "v_0": 5.0, "v_1": 0.6931471805599453, "v_2": 10.0, "v_3": -0.9589242746631385, "v_4": 10.693147180559945,
        "v_5": 11.652071455223084, "y": 11.652071455223084,
    },
    griewank_walther: {
        "v_-1": 1.5, "v_0": 0.5, "v_1": 3.0, "v_2": 0.1411200080598672, "v_3": 1.6487212707001282, "v_4": 1.3512787292998718,
        "v_5": 1.4923987373597392, "v_6": 2.0166466694282015,
    },
}  # fmt: skip
TANGENTS = [
    (survey, SURVEY, (1, 0), [1.0, 0.0, 0.5, 5.0, 0.0, 5.5, 5.5]),
    (survey, SURVEY, (0, 1), [0.0, 1.0, 0.0, 2.0, 0.28366218546322625, 2.0, 1.7163378145367738]),
    (griewank_walther, GRIEWANK, (1, 0), [1.0, 0.0, 2.0, -1.9799849932008908, 0.0, 2.0, 0.020015006799109086, 3.0118433276739065]),
    (
        griewank_walther, GRIEWANK, (0, 1),
        [0.0, 1.0, -6.0, 5.939954979602673, 1.6487212707001282, -7.648721270700128, -1.7087662910974555, -13.723961509314075],
    ),
]  # fmt: skip
ADJOINTS = {
    survey: [
        ("vbar_5", 1.0), ("vbar_4", 1.0), ("vbar_3", -1.0), ("vbar_1", 1.0), ("vbar_2", 1.0), ("vbar_0", -0.28366218546322625),
        ("vbar_-1", 5.0), ("vbar_0", 1.7163378145367738), ("vbar_-1", 5.5),
    ],
    griewank_walther: [
        ("vbar_6", 1.0), ("vbar_5", 1.3512787292998718), ("vbar_4", 1.4923987373597392), ("vbar_2", 1.3512787292998718),
        ("vbar_4", 2.843677466659611), ("vbar_1", 2.843677466659611), ("vbar_3", -2.843677466659611), ("vbar_0", -4.688431526292355),
        ("vbar_1", 1.5059216638369533), ("vbar_-1", 3.0118433276739065), ("vbar_0", -13.723961509314075),
    ],
}  # fmt: skip
# to the last digit, where the machine has wider numbers
ONCE = 0 if np.finfo(np.longdouble).nmant > 52 else 16 * np.finfo(float).eps


def rows(table, prefix):
    frame = table.frame()
    return frame[frame.quantity.str.startswith(prefix)]


@pytest.mark.parametrize("f, x", [(survey, SURVEY), (griewank_walther, GRIEWANK)])
def test_the_primal_trace_is_the_textbooks(f, x):
    found = dict(
        rows(db.record(f, x).trace_table(), ("v_", "y"))[["quantity", "value"]].itertuples(
            index=False
        )
    )
    assert {
        name: pytest.approx(value, rel=ONCE, abs=0) for name, value in PRIMAL[f].items()
    }.items() <= found.items()


@pytest.mark.parametrize("f, x, seed, expected", TANGENTS)
def test_the_tangent_trace_is_the_textbooks(f, x, seed, expected):
    found = rows(db.record(f, x).trace_table(mode="forward", seed=seed), "vdot_")
    assert list(found.value) == pytest.approx(expected, rel=ONCE, abs=0)


@pytest.mark.parametrize("f, x", [(survey, SURVEY), (griewank_walther, GRIEWANK)])
def test_the_adjoint_trace_has_a_row_for_every_increment(f, x):
    found = rows(db.record(f, x).trace_table(mode="reverse"), "vbar_")
    in_order, expected = sorted(zip(found.quantity, found.value, strict=True)), sorted(ADJOINTS[f])
    assert [quantity for quantity, _ in in_order] == [quantity for quantity, _ in expected]
    assert [value for _, value in in_order] == pytest.approx(
        [value for _, value in expected], rel=ONCE, abs=0
    )


def test_expressions_are_written_as_in_the_textbook():
    table = str(db.record(survey, SURVEY).trace_table(mode="reverse"))
    for row in (
        "v_1      log(v_-1)",
        "v_2      v_-1*v_0",
        "v_5      v_4 - v_3",
        "vbar_3   -vbar_5",
        "vbar_0   += vbar_2*v_-1",
    ):
        assert row in table
    assert "vbar_-1  += vbar_1/v_-1   5.5" in table
    assert "dy/dx2   vbar_0           1.7163378145367738" in table


def test_a_function_of_an_array_is_traced_array_by_array():
    table = db.record(lambda x: np.sum(np.sin(x) * x), np.array([0.5, 1.0])).trace_table()
    frame = table.frame().set_index("quantity")
    np.testing.assert_allclose(
        frame.loc["dy/dx"].value, np.sin([0.5, 1.0]) + np.cos([0.5, 1.0]) * [0.5, 1.0]
    )
    assert "<table>" in table._repr_html_()


def test_linear_algebra_is_traced_in_the_precision_it_has():
    matrix = np.array([[2.0, 1.0], [1.0, 3.0]])
    frame = (
        db.record(lambda x: np.sum(np.linalg.solve(matrix, x)), np.array([0.5, 1.0]))
        .trace_table()
        .frame()
        .set_index("quantity")
    )
    np.testing.assert_allclose(
        frame.loc["dy/dx"].value, np.linalg.solve(matrix, np.ones(2)), rtol=1e-15
    )


def test_what_overflows_is_shown_and_warns_of_nothing():
    frame = (
        db.record(lambda x: np.exp(x * x), np.array(800.0))
        .trace_table()
        .frame()
        .set_index("quantity")
    )
    assert frame.loc["y"].value == np.inf


def test_an_unknown_mode_is_refused():
    with pytest.raises(BadInput, match="mode 'sideways' is not one of forward, reverse"):
        db.record(survey, SURVEY).trace_table(mode="sideways")

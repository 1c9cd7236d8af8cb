"""What the charts compute before they draw: laws of growth, slopes, fronts, coverage, and places
for names.
"""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.figure import Figure
from report_data import EPS, as_frame, calibration, row, v_curve

from diffbench.measure.expressions.growth import growth_law
from diffbench.report.charts import all_charts
from diffbench.report.charts.claimed_error import coverage
from diffbench.report.charts.error_cost import front
from diffbench.report.charts.growing_size import chart, named
from diffbench.report.charts.v_curve import slopes
from diffbench.report.drawing.axes import power
from diffbench.report.drawing.labels import label_points, spread
from diffbench.report.reading import scientific, seconds, short, times, with_digits

SIZES = [4.0, 6.0, 8.0, 10.0, 12.0, 14.0]
costs = st.lists(st.tuples(st.floats(0.1, 1e6), st.floats(1e-17, 1.0)), min_size=1, max_size=30)


@pytest.mark.parametrize("exponent", [0.5, 1.0, 2.0, 3.3])
def test_a_power_is_recognised_with_its_exponent(exponent):
    law = growth_law(SIZES, [7 * n**exponent for n in SIZES])
    assert (law.is_exponential, law.power, law.power_scale) == (
        False,
        pytest.approx(exponent),
        pytest.approx(7),
    )


@pytest.mark.parametrize("rate", [1.5, 2.0, 7.6])
def test_an_exponential_is_recognised_with_its_rate(rate):
    law = growth_law(SIZES, [3 * rate**n for n in SIZES])
    assert (law.is_exponential, law.base, law.base_scale) == (
        True,
        pytest.approx(rate),
        pytest.approx(3),
    )
    assert law(5.0) == pytest.approx(3 * rate**5)


def test_the_logistic_maps_derivative_grows_as_published():
    n = np.arange(4, 15)
    assert named(growth_law(n, [2.0 ** (k - 4) * (5 * k**2 + 5 * k - 18) for k in n])) == "2.4ⁿ"
    assert named(growth_law(n, 2 * n**2 - 5)) == "n²·⁰"


def test_slopes_of_the_v_curve_are_the_order_and_minus_one():
    by_scheme = dict(list(v_curve().groupby("scheme")))
    assert slopes(by_scheme["forward"]) == (pytest.approx(1, abs=0.03), pytest.approx(-1, abs=0.03))
    assert slopes(by_scheme["central"]) == (pytest.approx(2, abs=0.03), pytest.approx(-1, abs=0.03))


@given(costs)
def test_no_point_of_the_front_is_beaten_and_every_other_point_is(points):
    cost, error = (list(values) for values in zip(*points, strict=True))
    kept = front(cost, error)

    def beaten(i):
        return any(
            c <= cost[i] and e <= error[i] and (c, e) != (cost[i], error[i]) for c, e in points
        )

    assert not any(beaten(i) for i in kept)
    on_front = {points[i] for i in kept}
    assert all(beaten(i) for i, point in enumerate(points) if point not in on_front)


def test_a_claim_below_machine_epsilon_counts_as_machine_epsilon_and_no_claim_does_not_hold():
    assert coverage(calibration()) == 0.5  # holds, too small, none, 1e-20 for an error of 1e-17


@given(st.lists(st.floats(-0.5, 1.5), min_size=1, max_size=16))
def test_names_keep_their_order_their_distance_and_the_frame(heights):
    placed = spread(heights, 0.06)
    in_order = placed[np.argsort(heights, kind="stable")]
    assert (np.diff(in_order) >= 0.06 - 1e-12).all()
    assert -1e-12 <= placed.min() <= placed.max() <= 1 + 1e-12


def test_names_that_are_apart_stay_where_they_are():
    assert spread([0.9, 0.1, 0.5], 0.06) == pytest.approx([0.9, 0.1, 0.5])


def test_names_next_to_points_never_overlap():
    rng = np.random.default_rng(0)
    axes = Figure().add_axes((0.1, 0.1, 0.8, 0.8))
    points = [(f"method-{k}", x, y, "black") for k, (x, y) in enumerate(rng.uniform(size=(40, 2)))]
    axes.set(xlim=(0, 1), ylim=(0, 1))
    label_points(axes, points)
    boxes = [text.get_window_extent() for text in axes.texts]
    assert len(boxes) > 20
    assert all(not box.overlaps(other) for k, box in enumerate(boxes) for other in boxes[:k])


def test_digits_are_counted_in_the_dtypes_own_epsilon():
    frame = as_frame(
        [row("p", 1, "m", error, 1.0) for error in (0.0, EPS, 1e-8, 3.0, np.inf, np.nan)]
    )
    assert with_digits(frame)["lost"].tolist() == pytest.approx(
        [0, 0, 7.65, 15.65, 15.65, np.nan], abs=0.01, nan_ok=True
    )
    single = with_digits(frame.assign(dtype="float32"))
    assert single["digits"].tolist() == pytest.approx(
        [6.92, 6.92, 6.92, 0, 0, np.nan], abs=0.01, nan_ok=True
    )


def test_the_error_per_entry_stands_in_for_a_missing_norm():
    frame = as_frame([row("p", 1, "m", 1e-3)]).assign(error_norm=np.nan)
    assert with_digits(frame)["digits"].tolist() == pytest.approx([3])


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, ""),
        (np.nan, ""),
        (1234567, "1,234,567"),
        (0.000123456, "0.000123"),
        (2.5, "2.5"),
        (True, "True"),
        ("a", "a"),
        (np.inf, "inf"),
    ],
)
def test_numbers_are_short(value, text):
    assert short(value) == text


def test_times_and_ratios_carry_their_unit():
    assert [seconds(t) for t in (2.0, 3.2e-3, 4.56e-6, 7e-9, 0.0, np.nan)] == [
        "2 s",
        "3.2 ms",
        "4.56 µs",
        "7 ns",
        "",
        "",
    ]
    assert [times(r) for r in (1.04, 99.94, 12345.6, np.nan)] == ["1.0×", "100×", "12,346×", ""]
    assert [power(v) for v in (1e-16, 0.1, 1000.0, 1e4)] == ["10⁻¹⁶", "0.1", "1,000", "10⁴"]


def test_a_time_out_ends_a_line_of_the_swell_chart_and_the_caption_says_why():
    columns = {
        "family": "f",
        "n": [1, 2, 3],
        "form": "raw",
        "operations": [1, 10, None],
        "error_eps": 1.0,
    }
    drawn = chart(pd.DataFrame({**columns, "status": ["ok", "ok", "timeout after 10 s in diff"]}))
    assert "raw 10 at n = 2" in drawn.panels[0].description
    assert drawn.caption.endswith(
        "Not drawn: f, symbolic, raw, from n = 3: timeout after 10 s in diff."
    )


def test_an_error_that_the_condition_number_explains_is_not_held_against_the_method():
    frame = as_frame([row("p", 1, "m", 1e4 * EPS), row("p", 1, "m", 4 * EPS)]).assign(
        cond=[1e4, 0.5]
    )
    assert with_digits(frame)["excess"].tolist() == pytest.approx([1, 4])


def test_small_numbers_are_written_with_a_power_of_ten():
    assert [
        short(0.0),
        scientific(1.4e-9),
        scientific(0.0),
        scientific(None),
        scientific(np.inf),
    ] == ["0", "1.4·10⁻⁹", "0", "", "inf"]


@pytest.mark.parametrize("file", all_charts(), ids=lambda file: file.__name__.rpartition(".")[2])
def test_every_chart_says_what_it_needs_and_draws_nothing_of_an_empty_table(file):
    empty = file.chart(pd.DataFrame(columns=list(file.COLUMNS)))
    assert empty.needs and empty.title and not empty.panels


def test_charts_have_places_and_names_of_their_own():
    empty = [file.chart(pd.DataFrame(columns=list(file.COLUMNS))) for file in all_charts()]
    assert len({file.PLACE for file in all_charts()}) == len({chart.name for chart in empty})

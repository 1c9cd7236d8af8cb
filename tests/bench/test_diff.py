"""What changed between two runs: called by intervals, and called the same when it is."""

import numpy as np
import pytest
from synthetic import made_up

from diffbench.bench.rows.changes import diff
from diffbench.bench.rows.measured import Measured
from diffbench.bench.rows.results import Results
from diffbench.bench.runner.cells import Cell


def only(before, after, **environments):
    [change] = diff(
        Results((before,), environments.get("a", {})), Results((after,), environments.get("b", {}))
    ).changes
    return change


@pytest.mark.parametrize(
    ("ratio", "spread", "speed"),
    [
        (3.6, 0.01, "SLOWER"),
        (2.5, 0.01, "FASTER"),
        (3.03, 0.01, "SAME"),
        (3.6, 0.7, "UNCLEAR"),  # as much slower, but measured too coarsely to tell
    ],
)
def test_speed_is_called_by_the_interval_of_the_ratio(ratio, spread, speed):
    assert (
        only(made_up(ratio=3.0, spread=spread), made_up(ratio=ratio, spread=spread)).speed == speed
    )


@pytest.mark.parametrize(
    ("error", "verdict"), [(1e-9, "LESS ACCURATE"), (1e-13, "MORE ACCURATE"), (2e-11, "SAME")]
)
def test_errors_are_compared_as_they_are(error, verdict):
    assert only(made_up(error_norm=1e-11), made_up(error_norm=error)).accuracy == verdict


def test_errors_below_the_machine_epsilon_are_rounding_and_the_same():
    assert only(made_up(error_norm=0.0), made_up(error_norm=2e-16)).accuracy == "SAME"


def test_one_call_more_is_costlier():
    assert only(made_up(calls=2), made_up(calls=3)).counts == "COSTLIER"


def test_a_lost_answer_is_broken_and_a_lost_cell_is_gone():
    assert (
        only(made_up(), made_up(status="crashed", ratio=None, error_norm=None)).outcome == "BROKEN"
    )
    changes = diff(Results((made_up("reverse"),)), Results((made_up("forward"),))).changes
    assert [change.outcome for change in changes] == ["GONE", "NEW"]


def test_a_cell_that_a_spent_budget_left_out_is_no_regression():
    left_out = made_up(status="not run", ratio=None, error_norm=None)
    for pair in ((made_up(), left_out), (left_out, made_up())):
        found = only(*pair)
        assert (found.outcome, found.regressed) == ("UNCLEAR", False)


def test_only_what_became_worse_is_a_regression():
    better = diff(Results((made_up(ratio=4.0),)), Results((made_up(ratio=2.0),)))
    worse = diff(Results((made_up(ratio=2.0),)), Results((made_up(ratio=4.0),)))
    assert better.regressions == [] and len(worse.regressions) == 1


def test_seconds_are_compared_on_one_machine_only_and_the_note_says_so():
    here, there = {"cpu": "a", "host": "x"}, {"cpu": "b", "host": "y"}
    assert only(made_up(), made_up(), a=here, b=here).seconds_factor == pytest.approx(1)
    assert np.isnan(only(made_up(), made_up(), a=here, b=there).seconds_factor)
    assert "only ratios, errors and counts" in diff(Results((), here), Results((), there)).note


def run_of(slowdown, rng):
    """Fifteen samples of a method on a machine whose clock rate wanders by 5 % and whose samples
    jitter by 2 %.
    """
    drift = rng.lognormal(sigma=0.05, size=15)
    evaluate, function = (
        seconds * drift * rng.lognormal(sigma=0.02, size=15) for seconds in (3e-6 * slowdown, 1e-6)
    )
    samples = list(zip(evaluate, function, strict=True))
    measured = Measured(Cell("p", 1, "gradient", "m"), "ok", samples=samples)
    return Results((measured.record(key="k"),))


def test_the_same_code_is_the_same_or_unclear_and_a_fifth_slower_is_slower_in_twenty_of_twenty():
    rng = np.random.default_rng(5)
    same = [diff(run_of(1.0, rng), run_of(1.0, rng)).changes[0].speed for _ in range(20)]
    slower = [diff(run_of(1.0, rng), run_of(1.2, rng)).changes[0].speed for _ in range(20)]
    assert set(same) <= {"SAME", "UNCLEAR"} and set(slower) == {"SLOWER"}


def test_a_run_beside_itself_is_the_same_in_every_cell_however_noisy_it_was():
    noisy = Results(tuple(made_up(size=n, spread=0.9) for n in (2, 10, 100)))
    assert {change.speed for change in diff(noisy, noisy).changes} == {"SAME"}
    again = Results(tuple(made_up(size=n, spread=0.91) for n in (2, 10, 100)))
    assert "UNCLEAR" in {change.speed for change in diff(noisy, again).changes}


def whole_run(rng, between, slower=()):
    """A hundred cells of five samples, on a machine on which two runs of one cell differ by so much;
    one cell in ten was sampled once, as slow ones are.
    """
    records = []
    for size in range(100):
        within = (0.01, 0.05, 0.2)[size % 3]  # some cells scatter more than others
        ratio = 3 * rng.lognormal(sigma=between) * (1.5 if size in slower else 1.0)
        ratios = ratio * rng.lognormal(sigma=within, size=1 if size % 10 == 0 else 5)
        measured = Measured(
            Cell("p", size, "gradient", "m"), "ok", samples=[(1e-6 * r, 1e-6) for r in ratios]
        )
        records.append(measured.record(key="k"))
    return Results(tuple(records))


@pytest.mark.parametrize("between", [0.02, 0.1])  # a quiet machine, and one that others use
def test_of_two_runs_of_the_same_code_at_most_one_cell_in_fifty_is_anything_but_the_same(between):
    """Six pairs of runs, 600 cells: expected are fewer than one; 12 are one in fifty."""
    rng = np.random.default_rng(11)
    found = [
        change.speed
        for _ in range(6)
        for change in diff(whole_run(rng, between), whole_run(rng, between)).changes
    ]
    assert sum(speed != "SAME" for speed in found) <= len(found) // 50


def test_cells_that_became_half_as_slow_again_are_found_among_many_and_no_others():
    rng = np.random.default_rng(12)
    slower = {1, 3, 4, 6, 7, 12, 13, 15}  # of those that scatter by a twentieth at most
    changes = diff(whole_run(rng, 0.02), whole_run(rng, 0.02, slower)).changes
    assert {change.size for change in changes if change.speed == "SLOWER"} == slower


def test_what_the_runs_themselves_differ_by_is_said_where_it_hides_much():
    rng = np.random.default_rng(13)
    note = diff(whole_run(rng, 0.12), whole_run(rng, 0.12)).note
    assert "differ by 1" in note and "where nothing changed" in note
    assert not diff(whole_run(rng, 0.02), whole_run(rng, 0.02)).note

"""One measurement is one frozen value: what is not news of it is refused, and its record is a row."""

from dataclasses import FrozenInstanceError

import pytest

from diffbench.bench.rows.measured import Measured
from diffbench.bench.rows.results import COLUMNS, Status
from diffbench.bench.runner.cells import Cell
from diffbench.bench.runner.team import heard
from diffbench.errors import BadInput

CELL = Cell("valley", 2, "gradient", "reverse")


def test_each_stage_gives_a_new_measurement_that_knows_more():
    nothing = Measured(CELL)
    answered = nothing.knowing({"status": "ok", "prepare_s": 0.5})
    assert (nothing.status, answered.status, answered.prepare_s) == (None, Status.OK, 0.5)
    with pytest.raises(FrozenInstanceError):
        nothing.status = Status.OK


@pytest.mark.parametrize("news", [{"status": "splendid"}, {"speed": 3.0}])
def test_what_is_no_news_of_a_measurement_is_refused(news):
    with pytest.raises(BadInput, match="is not news of a measurement"):
        Measured(CELL).knowing(news)


@pytest.mark.parametrize("facts", [{"status": "splendid"}, {"speed": 3.0}, {"calls": 1}])
def test_a_worker_that_tells_nonsense_or_nothing_has_crashed(facts):
    measured = heard(CELL, facts)
    assert (measured.status, measured.loops) == (Status.CRASHED, None)
    assert "the worker told no" in measured.reason


def test_a_record_has_the_columns_of_a_row_with_medians_of_the_samples():
    samples = [(2.0, 1.0), (6.0, 2.0), (3.0, 1.0)]
    record = Measured(CELL, Status.OK, samples=samples).record(key="k")
    assert set(record) == {*COLUMNS, "key", "samples"}
    assert (record["evaluate_s"], record["function_s"], record["ratio"]) == (3.0, 1.0, 3.0)
    assert record["samples"] == {"evaluate_s": [2.0, 6.0, 3.0], "function_s": [1.0, 2.0, 1.0]}


def test_what_was_not_timed_has_no_times():
    record = Measured(CELL, Status.TIMEOUT, "too long").record()
    assert (record["key"], record["evaluate_s"], record["ratio"]) == (None, None, None)

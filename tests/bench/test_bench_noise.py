"""The same code measured twice is never called faster or slower, and a fifth more work always
slower. Real runs.
"""

from pathlib import Path

import pytest

from diffbench.bench.rows.changes import diff
from diffbench.bench.runner.cells import Suite
from diffbench.bench.runner.suite import run

WORKLOADS = str(Path(__file__).with_name("workloads.py"))
STEADY = Suite("steady", sizes=1, rounds=21, sample_s=2e-3, cell_s=1, timeout_s=10)
METHODS = [f"work-{number}" for number in range(20)]


def measured():
    return run(["workload"], METHODS, suite=STEADY, plugins=[WORKLOADS])


def speeds(a, b):
    return [change.speed for change in diff(a, b).changes]


@pytest.mark.alone
def test_twenty_of_twenty_are_not_told_from_themselves_and_a_fifth_more_work_is_slower(monkeypatch):
    first, second = measured(), measured()
    monkeypatch.setenv("DIFFBENCH_TEST_SLOWDOWN", "1.2")
    slowed = measured()
    assert len(speeds(first, second)) == 20 and set(speeds(first, second)) <= {"SAME", "UNCLEAR"}
    # 20 of 20 on a machine to oneself; while others have the cores the scatter between runs hides a
    # fifth in some cells, which are then called SAME or UNCLEAR, and never the opposite
    told = speeds(first, slowed)
    assert told.count("SLOWER") > 10 and "FASTER" not in told
    assert "SLOWER" not in speeds(slowed, first) and len(diff(first, slowed).regressions) > 10

"""What strangers may hand in ends in rows or a sentence: every case that ever did not, and the first
seeds of each target.
"""

from pathlib import Path

import pytest
from targets import TARGETS

KEPT = Path(__file__).parents[1] / "data" / "hostile"
CASES = [(path.parent.name, path) for path in sorted(KEPT.glob("*/*.case"))]
SEEDS = {"formulas": 400, "journals": 60, "streams": 40}


@pytest.mark.parametrize(
    ("name", "path"), CASES, ids=[f"{name}-{path.stem}" for name, path in CASES]
)
def test_what_was_once_a_fault_is_none(name, path):
    always = {"every": 1} if name == "journals" else {}  # drawn as a page as well
    assert TARGETS[name].fault(path.read_bytes(), **always) == ""


@pytest.mark.parametrize("name", TARGETS)
def test_the_first_cases_of_a_target_have_no_fault(name):
    target = TARGETS[name]
    faults = {seed: target.fault(target.case(seed)) for seed in range(SEEDS[name])}
    assert {seed: fault for seed, fault in faults.items() if fault} == {}


def test_every_target_has_a_corpus():
    assert {name for name, _ in CASES} == set(TARGETS)

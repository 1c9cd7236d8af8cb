"""Other people's functions, unmodified: right, or refused with a reason; never wrong."""

import importlib

import pytest

from diffbench.bench.real_code.judgement import METHODS, outcomes
from diffbench.bench.real_code.samples import PACKAGES

MODULES = {"scikit-learn": "sklearn"}
MOSTLY = 0.6  # of the samples; the rest wait for rules of compiled functions


@pytest.mark.parametrize("package", PACKAGES)
def test_other_peoples_functions_are_right_or_refused(package):
    module = MODULES.get(package, package)
    if importlib.util.find_spec(module) is None:
        pytest.skip(f"{package} is not installed: make bench-real-code installs it")
    found = [outcome for outcome in outcomes([package]) if outcome.verdict != "absent"]
    assert not [outcome for outcome in found if outcome.verdict == "wrong"]
    for method in METHODS:
        right = [o.verdict == "right" for o in found if o.method == method]
        assert sum(right) >= MOSTLY * len(right)

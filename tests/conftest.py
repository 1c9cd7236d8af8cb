"""What holds for every test: a plug-in that one test module loads is unknown to the next, and no
test fails by being slow.
"""

import os
import sys
from pathlib import Path

import hypothesis
import pytest
from chromium import browser  # noqa: F401  a fixture for all

from diffbench import registry

ROOT = Path(__file__).parents[1]
OURS = (sys.prefix, sys.base_prefix, str(ROOT / "diffbench"), str(ROOT / "problems"))

# Hypothesis before 6.113 has no profile of its own for continuous integration, which draws the same
# examples at every run
hypothesis.settings.register_profile(
    "diffbench", deadline=None, derandomize=bool(os.environ.get("CI"))
)
hypothesis.settings.load_profile("diffbench")


@pytest.fixture(autouse=True, scope="module")
def plug_ins_end_with_the_test_module():
    """Methods that hang or crash on purpose stay registered otherwise, and whoever compares all
    methods next runs them in this process.
    """
    known = {
        kind: {name: registry.find(kind, name) for name in registry.names(kind)}
        for kind in ("differentiators", "problems")
    }
    before = set(sys.modules)
    yield
    registry._registered.update(known)
    for name in set(sys.modules) - before:
        if (file := getattr(sys.modules[name], "__file__", None)) and not file.startswith(OURS):
            del sys.modules[name]

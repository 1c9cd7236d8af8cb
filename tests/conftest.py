"""What holds for every test: a plug-in that one test module loads is unknown to the next."""

import sys
from pathlib import Path

import pytest

from diffbench import registry

ROOT = Path(__file__).parents[1]
OURS = (sys.prefix, sys.base_prefix, str(ROOT / "diffbench"), str(ROOT / "problems"))


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

"""The conventions at kinks, ties and jumps are those of docs/conventions.md, in every mode."""

import re
from pathlib import Path

import numpy as np
import pytest

import diffbench as db
from diffbench.errors import NotDifferentiable

PAGE = (Path(__file__).parents[1] / "docs" / "conventions.md").read_text()
ROWS = re.findall(r"^\| `(.+?)` \| (\S+) \| (\S+) \| (.+?) \|$", PAGE, flags=re.MULTILINE)


def test_the_table_was_read():
    assert len(ROWS) > 20


@pytest.mark.parametrize("method", ["forward", "reverse"])
@pytest.mark.parametrize(("expression", "at", "value", "why"), ROWS, ids=[row[0] for row in ROWS])
def test_the_convention_holds(expression, at, value, why, method):
    f = eval(f"lambda x: {expression}", {"np": np})
    order = 2 if why.startswith("second derivative") else 1
    derivative = lambda x: (
        db.gradient(f, x, method=method) if order == 1 else db.hessian(f, x, method=method)
    )
    if value == "refused":
        with pytest.raises(NotDifferentiable):
            derivative(float(at))
    else:
        assert derivative(float(at)) == float(value)

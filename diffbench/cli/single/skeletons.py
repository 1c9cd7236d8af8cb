"""The files that `new-problem` and `new-method` begin with: each works as it stands, and so does
its test.
"""

from pathlib import Path
from string import Template

from diffbench.errors import BadInput

PROBLEM = '''"""$name, as a problem of diffbench: change the function, its point, its source."""

import numpy as np

from diffbench import problem


@problem(
    point=lambda n, rng: rng.normal(size=n),
    sizes=(2, 10, 100),
    source="say where it comes from",
    tags=("vector",),
)
def $name(x, xp=np):
    """Say what it is, and what is hard about it."""
    return xp.sum(xp.log(1 + x**2))


@$name.manual("gradient")
def ${name}_gradient(x):
    """By hand; leave it out where there is none."""
    return 2 * x / (1 + x**2)
'''

PROBLEM_TEST = '''"""$name is fit to measure methods on: a right derivative by hand, and a truth at every size."""

import pytest
from $name import $name

from diffbench.measure.checking.problem_check import check_problem


@pytest.mark.parametrize("size", $name.sizes)
def test_nothing_is_wrong_with_the_problem(size):
    assert check_problem($name, size) == []
'''

METHOD = '''"""$name, as a method of diffbench: change how it finds the Jacobian."""

import numpy as np

from diffbench import differentiator


@differentiator("$dashed", kind="difference")
def $name(f, x):
    """Central differences. Jacobian of f at x, shape f(x).shape + x.shape."""
    h = np.cbrt(np.finfo(x.dtype).eps) * np.maximum(1, np.abs(x))
    seeds = np.eye(x.size, dtype=x.dtype).reshape(x.size, *x.shape)
    columns = [(f(x + h * seed) - f(x - h * seed)) / (2 * np.sum(h * seed)) for seed in seeds]
    return np.stack(columns, axis=-1).reshape(np.shape(f(x)) + x.shape)
'''

METHOD_TEST = '''"""$dashed agrees with forward mode on a function of numbers and on one of arrays."""

import $name  # noqa: F401  (registers the method)
import numpy as np
import pytest

import diffbench as db


@pytest.mark.parametrize("f", [lambda x: np.sum(np.sin(x) * x[::-1]), lambda x: np.cumsum(x**2)])
def test_it_agrees_with_forward_mode(f):
    """Differences keep eight digits at best."""
    x = np.array([0.5, -1.5, 2.0])
    found = db.jacobian(f, x, method="$dashed")
    np.testing.assert_allclose(found, db.jacobian(f, x), rtol=1e-7, atol=1e-8)
'''


def write(name: str, folder: Path, text: str, test: str) -> list[Path]:
    """NAME.py and test_NAME.py in the folder. Raises BadInput for a name that is none in Python,
    and where there is such a file already.
    """
    identifier = name.replace("-", "_")
    if not identifier.isidentifier():
        raise BadInput(f"{name!r} is no name of a Python file; use letters, digits and _")
    files = {folder / f"{identifier}.py": text, folder / f"test_{identifier}.py": test}
    for path in files:
        if path.exists():
            raise BadInput(f"{path} exists already; choose another name or another --into")
    folder.mkdir(parents=True, exist_ok=True)
    for path, content in files.items():
        filled = Template(content).substitute(name=identifier, dashed=identifier.replace("_", "-"))
        path.write_text(filled, encoding="utf-8")
    return list(files)

"""Every edge sample gives its derivative in all modes, every error sample its error; and rows that
need such samples have them.
"""

import inspect
import itertools

import numpy as np
import pytest
from edge_samples import EDGES, ERRORS
from numpy.exceptions import AxisError
from numpy.linalg import LinAlgError

import diffbench as db
from diffbench.errors import LostTrace, MissingRule, NotDifferentiable
from diffbench.rules import composites, primitives

METHODS = ("forward", "reverse", "compiled")
ERROR_CLASSES = {
    "AxisError": AxisError,
    "LinAlgError": LinAlgError,
    "MissingRule": MissingRule,
    "LostTrace": LostTrace,
}


@pytest.mark.filterwarnings("ignore")  # NumPy warns of its own points
@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("sample", EDGES, ids=str)
def test_an_edge_has_the_derivative_that_the_table_states(sample, method):
    if sample.outcome == "refused":
        with pytest.raises(NotDifferentiable):
            db.jacobian(sample.function, sample.x, method=method)
    else:
        found = db.jacobian(sample.function, sample.x, method=method)
        np.testing.assert_allclose(found, eval(sample.outcome, {"np": np}), rtol=1e-14, atol=1e-15)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("sample", ERRORS, ids=str)
def test_a_wrong_call_raises_what_the_table_states(sample, method):
    kind, _, words = sample.outcome.partition(": ")
    with pytest.raises(eval(kind, {**ERROR_CLASSES}), match=words):
        db.jacobian(sample.function, sample.x, method=method)


def test_every_ufunc_of_numpy_whose_derivative_is_delicate_has_an_edge_sample():
    covered = set().union(*(sample.names for sample in EDGES))
    with np.errstate(all="ignore"):
        delicate = {
            row.name
            for f, row in primitives.items()
            if isinstance(f, np.ufunc) and f is getattr(np, f.__name__, 0) and is_delicate(row)
        }
    assert delicate - covered == set()


def is_delicate(row):
    """Whether a partial derivative is infinite, undefined or jumps where an argument is -1, 0 or
    1.
    """
    points = itertools.product((-1.0, 0.0, 1.0), repeat=len(row.partials))
    return any(
        jumps(row, partial, point)
        for partial, point in itertools.product(filter(callable, row.partials), points)
    )


def jumps(row, partial, point):
    before, at, after = (
        slope(row, partial, [np.float64(c + step) for c in point]) for step in (-1e-9, 0, 1e-9)
    )
    return not np.isfinite(at) or abs(before - after) > 1e-3


def slope(row, partial, xs):
    return partial(row.evaluate(*xs), *xs)


# array functions whose axis is told otherwise: where, how many of them, or by name in a sample of
# another function
OTHERWISE = {
    "size",
    "append",
    "compress",
    "put_along_axis",
    "unstack",
    "geomspace",
    "tensordot",
    "transpose",
    "rot90",
}


def test_every_function_of_numpy_with_an_axis_has_an_error_sample():
    covered = set().union(*(sample.names for sample in ERRORS))
    functions = {
        f
        for f in {*primitives, *composites}
        if getattr(f, "__module__", None) == "numpy" and not isinstance(f, np.ufunc)
    }
    with_axis = {f.__name__ for f in functions if "axis" in parameters(f)}
    assert with_axis - covered - OTHERWISE == set()


def parameters(function):
    """Their names, where NumPy tells them: before 2.4 it does not of what is written in C."""
    try:
        return inspect.signature(function).parameters
    except ValueError:
        return {}

"""SciPy's own functions are caught wherever they are held, and are themselves otherwise."""

import inspect
import pickle
import subprocess
import sys
import textwrap

import numpy as np
import pytest
import scipy.linalg
import scipy.special as sp

import diffbench as db

IMPORTED_EARLY = """\
    from functools import partial
    from scipy.linalg import expm, solve_triangular as backward
    from scipy.special import logsumexp, softmax
    import numpy as np

    total = partial(logsumexp, axis=0)

    def closure():
        from scipy.special import log_softmax, polygamma
        return lambda x, default=softmax: np.sum(log_softmax(x) * default(x)) + np.sum(polygamma(1, x))

    inner = closure()

    def f(x):
        return inner(x) + total(x) + np.sum(expm(np.outer(x, x))) + np.sum(backward(np.outer(x, x) + np.eye(2), x))

    x = np.array([0.3, 0.9])
    import diffbench as db
    found = [db.gradient(f, x, method=m) for m in ("forward", "reverse", "compiled")]
    prepared = db.prepare(f, x, operator="gradient", method="compiled")(x)
    exact = db.gradient(f, x, method="richardson")
    print(np.allclose([*found, prepared], exact, rtol=1e-7))
"""


def test_a_name_imported_before_diffbench_is_differentiated_wherever_it_is_held():
    code = textwrap.dedent(IMPORTED_EARLY)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stdout.strip() == "True", done.stderr


@pytest.mark.parametrize(
    "function",
    [sp.logsumexp, sp.softmax, sp.polygamma, scipy.linalg.expm, scipy.linalg.solve_triangular],
)
def test_a_caught_function_stays_the_object_it_was(function):
    db.gradient(np.sum, np.ones(2))  # the rules are there
    assert pickle.loads(pickle.dumps(function)) is function
    assert "args" not in inspect.signature(function).parameters
    assert inspect.getdoc(function)


def test_arrays_that_are_not_ours_reach_the_original():
    db.gradient(np.sum, np.ones(2))
    theirs = np.array([1.0, 2.0]).view(np.recarray)
    np.testing.assert_allclose(sp.softmax(theirs), sp.softmax([1.0, 2.0]))
    assert sp.logsumexp(a=[0.0, 0.0]) == np.log(2)
    with pytest.raises(TypeError, match="missing 1 required positional argument"):
        sp.logsumexp()


@pytest.mark.parametrize("method", ["forward", "reverse", "compiled"])
def test_a_traced_value_is_met_in_a_list_by_keyword_and_behind_a_plain_argument(method):
    x = np.array([0.2, 0.7])
    expected = sp.softmax(x)
    for f in (
        lambda x: sp.logsumexp([x[0], x[1]]),
        lambda x: sp.logsumexp(a=x),
        lambda x: sp.logsumexp(np.zeros(2), b=np.exp(x)),
    ):
        np.testing.assert_allclose(db.gradient(f, x, method=method), expected, rtol=1e-14)


def test_warnings_of_a_caught_function_name_numpys_file_as_before():
    with np.errstate(invalid="ignore"), pytest.warns(RuntimeWarning, match="empty slice") as met:
        np.mean(np.zeros(0))
    assert "numpy" in met[0].filename

"""SciPy's special functions in native code: the bits of SciPy, also from a library that is kept, and
a refusal where SciPy offers nothing.
"""

import shutil
import subprocess
import sys

import numpy as np
import pytest
import scipy.special as sp

import diffbench as db
from diffbench.differentiators.compiled import Compiled
from diffbench.errors import Unsupported
from diffbench.program import record
from diffbench.program.native import compile_native, scipy_functions
from diffbench.program.passes.pipelines import simplify
from diffbench.rules.spelling import spellings
from diffbench.rules.table import named

pytestmark = pytest.mark.skipif(
    not any(map(shutil.which, ("cc", "gcc", "clang"))),
    reason="no C compiler (cc, gcc, clang) on the PATH: native code can't be built",
)
OF_SCIPY = {name: row for name, row in spellings.items() if "scipy_" in row.c}
POINTS = np.array([0.05, 0.3, 0.75, 0.999])


@pytest.fixture(autouse=True)
def own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("DIFFBENCH_CACHE", str(tmp_path))


def refused(*args):
    pytest.fail(f"left to Python: {args}")


def values_at(shift):
    """All of SciPy's functions that have a word in C and a finite value, each at its own arguments,
    as a function of x.
    """

    def call(function, arity, x):
        return function(*[x + shift + k for k in reversed(range(arity))])

    calls = [(named[name].evaluate, row.arity) for name, row in OF_SCIPY.items()]
    finite = [each for each in calls if np.all(np.isfinite(call(*each, POINTS)))]
    return lambda x: np.stack([call(*each, x) for each in finite]), len(finite)


@pytest.mark.parametrize("shift", [0.0, 1.5])
def test_every_function_has_the_bits_of_scipy(shift):
    with np.errstate(all="ignore"):
        f, count = values_at(shift)
    assert count > 60
    answer = compile_native(simplify(record(f, POINTS)), refused, refused)
    np.testing.assert_array_equal(answer(POINTS), f(POINTS))


def test_a_gradient_with_special_functions_is_native_on_numbers_and_on_arrays():
    f = lambda x: np.sum(sp.gammaln(x) * np.sin(x) + sp.jv(1.5, x) - sp.betainc(2.0, 3.0, x))
    for x in (0.4, POINTS):
        answer = db.prepare(f, x, operator="gradient", method=Compiled(native=True))
        np.testing.assert_allclose(answer(x), db.gradient(f, x), rtol=1e-13)


def test_a_library_that_is_kept_is_linked_again_in_another_process():
    script = (
        "import scipy.special as sp, diffbench as db\n"
        "from diffbench.differentiators.compiled import Compiled\n"
        "f = lambda x: sp.gammaln(x) * x\n"
        "print(float(db.prepare(f, 0.7, operator='derivative', method=Compiled(native=True))(0.7)))"
    )
    found = [
        subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
        for _ in range(2)
    ]
    assert found[0].stdout == found[1].stdout
    expected = sp.gammaln(0.7) + 0.7 * sp.psi(0.7)
    assert float(found[0].stdout) == pytest.approx(expected, rel=1e-14)


def test_what_scipy_does_not_offer_to_c_is_refused_by_name():
    with pytest.raises(Unsupported, match="offers no wofz to C; NumPy computes it"):
        scipy_functions.declarations(["wofz"])

"""Functions that nobody here wrote, unmodified, from packages as the registry has them: how many are
differentiated rightly, wrongly, or refused.

    make bench-real-code         or         python -m diffbench.bench.real_code [PACKAGE ...]

Right means: the value is that of the plain call to 1e-12 of it, and the derivative is that of an
adaptive difference (diffbench.estimate), to 1e-6 of its largest entry or ten times its error bar.
"""

import warnings
from collections.abc import Iterator
from contextlib import redirect_stdout
from io import StringIO
from typing import Any, NamedTuple

import numpy as np

from diffbench.asking.operators import value_and_gradient
from diffbench.bench.real_code.samples import PACKAGES, Sample
from diffbench.differences.adaptive.estimates import estimate
from diffbench.errors import DiffbenchError

METHODS = ("forward", "reverse", "compiled")
CLOSE = 1e-6


class Outcome(NamedTuple):
    """What became of one sample by one method: right, wrong or refused, and the reason."""

    package: str
    path: str
    method: str
    verdict: str
    reason: str = ""


def outcomes(packages: Any = None) -> Iterator[Outcome]:
    """The samples of the packages (all of them by default), one method after the other."""
    for package in packages or PACKAGES:
        for sample in PACKAGES[package]:
            for method in METHODS:
                # other people's warnings and prints
                with warnings.catch_warnings(), redirect_stdout(StringIO()):
                    warnings.simplefilter("ignore")
                    outcome = Outcome(package, sample.path, method, *_judged(sample, method))
                yield outcome


def _judged(sample: Sample, method: str) -> tuple[str, str]:
    try:
        f = sample.function()
        plain = f(sample.point)
    except Exception as error:  # of another version of the package
        return "absent", f"{type(error).__name__}: {error}"
    try:
        value, gradient = value_and_gradient(f, sample.point, method=method)
    except DiffbenchError as error:
        return "refused", str(error)
    except Exception as error:
        return "refused", f"a foreign {type(error).__name__}: {error}"
    if not np.allclose(value, plain, rtol=1e-12, atol=1e-14):
        return "wrong", f"the value is {value}, plain {plain}"
    found: Any = estimate(f, sample.point, operator="gradient")
    bar = CLOSE * np.max(np.abs(found.df)) + 10 * found.error
    if np.all(np.abs(gradient - found.df) <= bar):
        return "right", ""
    return "wrong", f"{gradient}, by differences {found.df} with the error {found.error}"

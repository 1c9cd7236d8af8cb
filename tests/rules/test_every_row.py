"""Every row of the rule table, by one table of samples: against the high-precision reference,
transposed, twice, in float32.

What is checked needs no answer key but one: the reference shares no rule with us. Where it can't be
had (a factorisation has no ball arithmetic), central differences of order 6 take its place, at the
accuracy they have.
"""

import dataclasses
import inspect
import re
from functools import cache

import numpy as np
import pytest
import scipy
from scipy_samples import REFUSED as ROUTINES_REFUSED
from scipy_samples import SAMPLES as ROUTINES

import diffbench as db
from diffbench.arrays.capture import dispatch
from diffbench.arrays.capture.questions import QUESTIONS
from diffbench.arrays.writing.in_place import _WRITERS
from diffbench.bench.conform.samples import SAMPLES
from diffbench.differentiators.finite_difference import FiniteDifference
from diffbench.errors import Unsupported
from diffbench.measure.reference.true_derivative import reference
from diffbench.rules import composites, primitives
from diffbench.rules.entries.indexing import Scatter
from diffbench.rules.special import orders
from diffbench.rules.table import settled, slopes

EPS = np.finfo(float).eps
METHODS = ("forward", "reverse")
# internal rows that appear only in derivatives of others: met by the second-order test
SECOND_ORDER = {"slope_of_abs", "sinc_derivative", "add_at", "elliptic_d"} | {
    row.name
    for row in primitives.values()
    if getattr(row.evaluate, "__module__", "") == orders.__name__
}
# in orders of special functions, which have one derivative and no second one
IN_ORDERS = [sample for sample in ROUTINES if sample.text.startswith("sf_.")]
# identities and zeros whose slope is NaN somewhere: tests/arrays/test_zeros_that_move.py
TELLING = {"beside", "of_no_slope", "of_unknown_slope"}
by_text = pytest.mark.parametrize("sample", SAMPLES, ids=str)


def direction(x):
    return np.cos(1.0 + np.arange(x.size)).reshape(x.shape)


@cache
def truth(sample):
    """(J x_dot, its relative accuracy)."""
    try:
        return reference(sample.function, sample.x, "jvp", direction(sample.x)).value, 64 * EPS
    except Unsupported:
        central = FiniteDifference(scheme="central", order=6)
        return db.jvp(sample.function, sample.x, direction(sample.x), method=central)[1], 1e-7


def condition(sample):
    """How much an error of the value counts: linear algebra and quotients cancel."""
    return 1e3 if "linalg" in sample.text or "sl." in sample.text or "corr" in sample.text else 8.0


@pytest.mark.parametrize("method", METHODS)
@by_text
def test_the_derivative_is_that_of_the_high_precision_reference(sample, method):
    exact, accuracy = truth(sample)
    y, found = db.jvp(sample.function, sample.x, direction(sample.x), method=method)
    scale = max(np.max(np.abs(exact), initial=0.0), 1e-3)
    np.testing.assert_allclose(found, exact, rtol=0, atol=condition(sample) * accuracy * scale)
    np.testing.assert_allclose(y, sample.function(sample.x), rtol=1e3 * EPS, atol=1e3 * EPS)


@by_text
def test_the_reverse_map_is_the_transpose_of_the_forward_map(sample):
    x_dot = direction(sample.x)
    y, y_dot = db.jvp(sample.function, sample.x, x_dot)
    y_bar = np.sin(1.0 + np.arange(y.size)).reshape(y.shape)
    x_bar = db.vjp(sample.function, sample.x, y_bar)[1]
    size = np.sum(np.abs(y_bar * y_dot)) + np.sum(np.abs(x_bar * x_dot))
    assert abs(np.sum(y_bar * y_dot) - np.sum(x_bar * x_dot)) <= condition(sample) * 8 * EPS * max(
        size, 1e-3
    )
    assert x_bar.shape == sample.x.shape and y_dot.shape == y.shape


@by_text
def test_the_second_derivative_is_that_of_the_gradient(sample):
    weights = np.sin(1.0 + np.arange(np.size(sample.function(sample.x)))).reshape(
        np.shape(sample.function(sample.x))
    )
    g = lambda x: np.sum(weights * sample.function(x))
    x_dot = direction(sample.x)
    forward_over_reverse = db.hvp(g, sample.x, x_dot)
    reverse_over_forward = db.gradient(lambda x: db.jvp(g, x, x_dot)[1], sample.x)
    differences = db.jvp(
        db.grad(g), sample.x, x_dot, method=FiniteDifference(scheme="central", order=6)
    )[1]
    scale = max(np.max(np.abs(differences)), np.max(np.abs(db.gradient(g, sample.x))), 1e-3)
    np.testing.assert_allclose(forward_over_reverse, differences, rtol=0, atol=1e-5 * scale)
    np.testing.assert_allclose(
        reverse_over_forward, forward_over_reverse, rtol=0, atol=1e-10 * scale
    )


@pytest.mark.parametrize("precision", [np.float32, np.float64])
@by_text
def test_the_value_is_numpys_and_no_wider(sample, precision):
    x = sample.x.astype(precision)
    expected = np.asarray(sample.function(x))
    y = np.asarray(db.jvp(sample.function, x, direction(sample.x))[0])
    assert np.can_cast(y.dtype, expected.dtype)
    if precision is np.float64:
        assert y.shape == expected.shape
        np.testing.assert_allclose(y, expected, rtol=1e-11, atol=1e-13)


@pytest.mark.parametrize("method", METHODS)
@by_text
def test_float32_in_gives_float32_out(sample, method):
    x = sample.x.astype(np.float32)
    _, found = db.jvp(sample.function, x, direction(sample.x), method=method)
    assert found.dtype == np.float32
    exact = truth(sample)[0]
    np.testing.assert_allclose(
        found, exact, rtol=0, atol=2e-3 * max(np.max(np.abs(exact), initial=0.0), 1e-3)
    )


# ---------------------------------------------------------------- the table is covered, and the
# tests can fail


@cache
def rows_used(sample):
    used = {equation.primitive for equation in db.record(sample.function, sample.x).equations}
    return {key for key, primitive in primitives.items() if primitive in used}


def test_every_differentiable_row_has_a_sample():
    used = set().union(*map(rows_used, SAMPLES))
    untested = {
        row.name
        for key, row in primitives.items()
        if row.differentiable
        and key not in used
        and row.evaluate.__module__ != __name__
        and not _is_late(row.evaluate)
    }
    assert untested - SECOND_ORDER - TELLING - {"assemble"} == set()


PACKAGES = (
    "stats",
    "_lib",
    "_external",
    "optimize",
    "interpolate",
    "integrate",
    "spatial",
    "fft",
    "signal",
    "ndimage",
    "transforms",
    "rotations",
)
# tests/rules/test_scipy_*.py; there once SciPy's module is imported
LATE = tuple(
    f"{owner}.{name}"
    for owner in ("scipy", "diffbench.rules.scipy")
    for name in (*PACKAGES, "distribution_functions", "discrete")
)


def _is_late(function):
    # logm warns in float32: its sample is among the routines, too
    return function is scipy.linalg.logm or str(getattr(function, "__module__", "")).startswith(
        LATE
    )


def test_every_composite_has_a_sample(monkeypatch):
    met = set()
    for function, definition in list(composites.items()):
        monkeypatch.setitem(
            composites,
            function,
            lambda *a, _f=function, _d=definition, **k: (met.add(_f), _d(*a, **k))[1],
        )
    for sample in SAMPLES:
        db.jvp(sample.function, sample.x, direction(sample.x))
    in_arrays = {*_WRITERS, *QUESTIONS, np.ones_like, np.empty_like, np.where, settled}
    texts = {np.array2string, np.array_repr, np.array_str}  # tests/arrays/test_decisions.py
    # only where a trace would be lost else: NumPy cuts a first coefficient of 0 off
    # (test_silent_faults.py); SciPy's own code of softplus is differentiated as it is
    unasked = {np.poly1d.__init__, getattr(scipy.special, "softplus", None)}
    late = set(filter(_is_late, composites))
    named = set(re.findall(r"\w+", " ".join(map(str, ROUTINES + ROUTINES_REFUSED))))
    routines = {f for f in composites if getattr(f, "__name__", "") in named}
    elsewhere = in_arrays | texts | unasked | late | routines
    assert {f.__qualname__ for f in set(composites) - met - elsewhere} == set()


def mutants():
    for key, row in primitives.items():
        if _is_late(row.evaluate):
            continue
        for i, partial in enumerate(row.partials):
            flipped = (lambda y, *xs, _p=partial: -_p(y, *xs)) if callable(partial) else -partial
            if (
                partial != 0
                and not is_refusal(partial)
                and not row.steps
                and (row.name, i) not in {("copysign", 1), ("nextafter", 1)}
            ):
                yield (
                    f"{row.name} partial {i}",
                    key,
                    {"partials": (*row.partials[:i], flipped, *row.partials[i + 1 :])},
                    "reverse",
                )
        if row.jvp and not row.partials:
            yield (
                f"{row.name} jvp",
                key,
                {"jvp": lambda *a, _r=row.jvp: negative(_r(*a))},
                "forward",
            )
        if row.vjps:
            yield (
                f"{row.name} vjps",
                key,
                {"vjps": lambda *a, _r=row.vjps: map(negative, _r(*a))},
                "reverse",
            )
        elif row.vjp and not row.partials:
            yield (
                f"{row.name} vjp",
                key,
                {"vjp": lambda *a, _r=row.vjp: negative(_r(*a))},
                "reverse",
            )


def is_refusal(partial):
    return getattr(partial, "__qualname__", "").startswith("unknown.")


def negative(g):
    if isinstance(g, Scatter):
        return dataclasses.replace(g, value=-g.value)
    return tuple(-part for part in g) if isinstance(g, tuple) else -g


@pytest.mark.parametrize(
    ("name", "key", "change", "method"), [pytest.param(*m, id=m[0]) for m in mutants()]
)
def test_a_sign_flipped_in_any_row_is_noticed(name, key, change, method, monkeypatch):
    row = primitives[key]
    if row.name in SECOND_ORDER | TELLING | {"assemble"}:
        pytest.skip("met in second derivatives only")
    monkeypatch.setitem(primitives, key, dataclasses.replace(row, **change))
    if key in slopes:
        monkeypatch.setitem(slopes, key, primitives[key].partials[0])
    monkeypatch.setattr(dispatch, "primitives", primitives)
    asked = (*SAMPLES, *IN_ORDERS)
    assert any(wrong(sample, method) for sample in asked if key in rows_used(sample))


def wrong(sample, method):
    exact, _ = truth(sample)
    found = db.jvp(sample.function, sample.x, direction(sample.x), method=method)[1]
    return not np.allclose(found, exact, rtol=1e-6, atol=1e-9)


def test_composites_take_their_positional_arguments_in_numpys_order():
    """np.prod(x, 0, None, None, True): what stands in another place would be taken for something
    else, in silence.
    """
    # x1, x2 of numpy.linalg, which take nothing else by position
    renamed = {
        "outer",
        "vecdot",
        "matmul",
        "tensordot",
        "cross",
    }
    for function, definition in composites.items():
        if not isinstance(function, np.ufunc) and function.__name__ not in renamed:
            numpys, ours = positional(function), positional(definition)
            assert ours[1 : len(numpys)] == numpys[1 : len(ours)], function.__name__


def positional(function):
    try:
        parameters = inspect.signature(function).parameters.values()
    except ValueError:
        return []
    return [p.name for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]

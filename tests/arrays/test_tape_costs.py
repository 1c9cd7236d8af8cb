"""What a primitive costs on the tape, in counts that no clock can blur: Python calls, buffers; and
what a level leaves behind.
"""

import gc
import sys
import tracemalloc

import numpy as np
import pytest

import diffbench as db
from diffbench.arrays import dual
from diffbench.arrays.reverse import pullback
from diffbench.arrays.reverse.sweep import IN_CACHE
from diffbench.errors import LeakedTrace

SMALL, LARGE = np.linspace(0.1, 0.9, 10), np.linspace(0.1, 0.9, IN_CACHE + 1)
NUMBER = np.float64(0.9)


def python_calls(work):
    """How many Python functions `work` calls."""
    calls = []
    sys.setprofile(lambda frame, event, argument: calls.append(1) if event == "call" else None)
    try:
        work()
    finally:
        sys.setprofile(None)
    return len(calls)


def chain(step, length):
    def f(x):
        y = x
        for _ in range(length):
            y = step(y, x)
        return y

    return f


def calls_a_step(step, differentiate):
    short, long = (python_calls(lambda k=k: differentiate(chain(step, k))) for k in (10, 30))
    return (long - short) / 20 - 1  # the step itself is one


@pytest.mark.parametrize(
    ("step", "x", "most"),
    [
        # the ufunc caught, its partial derivative, the entry; the sweep calls nothing
        (
            lambda y, x: np.sin(y),
            SMALL,
            3,
        ),
        (lambda y, x: np.sin(y), NUMBER, 3),
        (lambda y, x: y * x, NUMBER, 4),
        (lambda y, x: y + x, NUMBER, 2),
        (lambda y, x: y * 0.5, NUMBER, 3),
        (lambda y, x: y * x, SMALL, 6),
        # a large cotangent is looked after: its buffer takes the product
        (
            lambda y, x: np.sin(y),
            LARGE,
            5,
        ),
    ],
)
def test_a_primitive_costs_few_python_calls_there_and_back(step, x, most):
    assert calls_a_step(step, lambda f: pullback.vjp(f, x, x)) <= most


@pytest.mark.parametrize(
    ("step", "x", "most"), [(lambda y, x: y * x, NUMBER, 6), (lambda y, x: np.sin(y), SMALL, 4)]
)
def test_a_primitive_of_dual_numbers_costs_few_python_calls(step, x, most):
    assert calls_a_step(step, lambda f: dual.jvp(f, x, x)) <= most


def peak_bytes(work):
    tracemalloc.start()
    work()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak


def test_a_chain_that_needs_no_values_keeps_none_and_sweeps_in_one_buffer():
    x = np.ones(100_000)
    assert (
        peak_bytes(lambda: pullback.vjp(chain(lambda y, x: 1.01 * (0.5 - y), 100), x, x))
        < 6 * x.nbytes
    )


def test_a_factor_that_is_overwritten_later_counts_as_it_was():
    for n in (3, 200_000):
        factor = np.full(n, 2.0)

        def f(x, factor=factor):
            y = np.sum(factor * x + x * factor)
            if factor.nbytes < 1000:  # a large one is read-only by now
                factor[:] = 0.0
            return y

        assert set(db.gradient(f, np.ones(n)).tolist()) == {4.0}
        assert factor.flags.writeable


def test_several_views_of_large_data_are_writable_again_afterwards():
    # itself a view, and so are the parts of it
    data = np.cos(np.arange(80_000.0)).reshape(10_000, 8)
    x = np.full(10_000, 1e-3)
    gradient = db.gradient(lambda x: np.sum(x @ data[:, :5]) + np.sum(x @ data[:, :4]), x)
    np.testing.assert_allclose(
        gradient, np.sum(data[:, :5], axis=1) + np.sum(data[:, :4], axis=1), rtol=1e-12, atol=1e-12
    )
    data[0, 0] = 2.0
    assert data.base.flags.writeable


def test_a_square_of_a_large_array_counts_both_factors():
    np.testing.assert_allclose(
        db.gradient(lambda x: np.sum(x * x + (x + x)), LARGE), 2 * LARGE + 2, rtol=1e-15
    )


@pytest.mark.parametrize("f", [lambda x: x + x * x, lambda x: x * x + x, lambda x: x * (x + x * x)])
def test_a_square_added_to_a_large_cotangent_that_is_another_s_too_counts_once(f):
    np.testing.assert_allclose(
        db.gradient(lambda x: np.sum(f(x)), LARGE), [db.derivative(f, x) for x in LARGE], rtol=1e-14
    )


def test_what_a_sweep_is_done_with_is_freed_before_it_ends():
    x, held = np.ones(100_000), []

    def vjp(y_bar, y, u):
        held.append(tracemalloc.get_traced_memory()[0])
        return y_bar

    probe = db.primitive(lambda u: u + 0.0, vjp=vjp)
    peak = peak_bytes(
        lambda: pullback.vjp(lambda x: chain(lambda y, x: np.sin(y), 50)(probe(x)), x, x)
    )
    assert peak > 50 * x.nbytes
    assert held[0] < 6 * x.nbytes


def test_an_affine_map_keeps_none_of_the_arrays_that_it_read():
    x, matrix = np.ones(1000), np.ones((200, 1000))
    assert (
        peak_bytes(lambda: pullback.vjp(lambda x: np.sum(np.sum(matrix - x, axis=0)), x))
        < 2 * matrix.nbytes
    )


def test_a_sweep_of_large_arrays_that_meets_infinity_times_zero_is_repeated_with_a_strong_zero():
    x = LARGE - LARGE[0]
    gradient = db.gradient(lambda x: np.sum(np.where(x > 0, np.sqrt(x), 3 * x)), x)
    np.testing.assert_allclose(gradient[1:], 0.5 / np.sqrt(x[1:]), rtol=1e-14)
    assert gradient[0] == 3.0


@pytest.mark.parametrize(
    "use",
    [
        lambda x: x * 2.0,
        lambda x: 2.0 - x,
        lambda x: np.sin(x),
        lambda x: x + x,
        lambda x: x[0],
        lambda x: x > 0,
    ],
)
@pytest.mark.parametrize("method", ["forward", "reverse"])
def test_a_value_used_after_its_differentiation_raises(use, method):
    kept = []
    db.gradient(lambda x: (kept.append(x), np.sum(x))[1], SMALL, method=method)
    with pytest.raises(LeakedTrace, match="after its differentiation had ended"):
        use(kept[0])


@pytest.mark.parametrize("method", ["forward", "reverse"])
def test_floating_point_errors_and_the_collector_are_as_before_even_after_an_exception(method):
    def f(x):
        assert np.geterr() == dict.fromkeys(("divide", "over", "under", "invalid"), "ignore")
        assert not gc.isenabled()
        db.gradient(lambda z: z * z, 1.0, method=method)
        assert not gc.isenabled()
        raise KeyError("mine")

    with np.errstate(divide="raise", under="print"):
        before = np.geterr()
        with pytest.raises(KeyError, match="mine"):
            db.gradient(f, 1.0, method=method)
        assert np.geterr() == before
    assert gc.isenabled()


@pytest.mark.parametrize("join", [np.stack, np.array, np.hstack, np.concatenate, list])
def test_a_gradient_of_n_joined_numbers_takes_n_times_the_steps_of_one(join):
    lift = (lambda v: v[None]) if join is np.concatenate else (lambda v: v)

    def f(x):
        return np.sum(np.square(join([lift(np.sin(v)) for v in x])))

    db.gradient(f, SMALL)
    few, many, more = (
        python_calls(lambda n=n: db.gradient(f, np.linspace(0.1, 0.9, n))) for n in (50, 100, 200)
    )
    assert more - many <= 2.05 * (many - few)  # not 4 times as many

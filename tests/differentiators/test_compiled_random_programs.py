"""Prepared answers of random programs with branches, loops and computed indices, at random points:
never stale, never wrong.
"""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import diffbench as db
from diffbench.differentiators.compiled import Compiled
from diffbench.errors import NotDifferentiable

UNARY = [
    np.sin,
    np.tanh,
    np.square,
    np.negative,
    np.abs,
    lambda v: np.sqrt(1 + v * v),
    lambda v: 1 / (2 + v * v),
    lambda v: v**3,
]
BINARY = [
    np.add,
    np.subtract,
    np.multiply,
    np.maximum,
    np.hypot,
    lambda a, b: a / (1.5 + b * b),
    lambda a, b: np.where(a > b, a, b * b),
]


@pytest.fixture(scope="module", autouse=True)
def own_cache(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DIFFBENCH_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield


def total(a):
    return np.sum(a) if np.ndim(a) else a


def branch(a, b, unary, binary):
    return unary(a) if total(a) > 0.1 else binary(a, b)


def halve_until_small(a, b, unary, binary):
    for _ in range(6):
        if total(a) ** 2 < 0.3:
            return a
        a = 0.6 * a + 0.01 * total(unary(b))
    return a


def computed_count(a, b, unary, binary):
    for _ in range(int(np.floor(np.minimum(np.abs(total(a)), 3.0) + 0.5))):
        b = binary(b, unary(b))
    return b


def computed_index(a, b, unary, binary):
    return a[int(np.argmax(a))] if np.ndim(a) else a


def computed_mask(a, b, unary, binary):
    chosen = a[a > 0] if np.ndim(a) else a
    return np.sum(chosen * chosen)


def sorted_weights(a, b, unary, binary):
    return a[np.argsort(a)] * np.arange(1.0, len(a) + 1) if np.ndim(a) else a


def early_return(a, b, unary, binary):
    for entry in a if np.ndim(a) else [a]:
        if entry > 0.5:
            return entry * total(b)
    return total(b)


STEPS = [lambda a, b, unary, binary: unary(a), lambda a, b, unary, binary: binary(a, b)]
STEPS += [
    branch,
    halve_until_small,
    computed_count,
    computed_index,
    computed_mask,
    sorted_weights,
    early_return,
]
CHOICE = st.tuples(*(st.integers(0, 10**6) for _ in range(5)))


def program(choices):
    """A function R^3 -> R: each step works on two of the values that there are."""

    def f(x):
        values = [x, x[0], x[1:], x[::-1]]
        for step, i, j, unary, binary in choices:
            a, b = values[i % len(values)], values[j % len(values)]
            b = b if np.shape(a) == np.shape(b) else total(b)
            values.append(
                STEPS[step % len(STEPS)](
                    a, b, UNARY[unary % len(UNARY)], BINARY[binary % len(BINARY)]
                )
            )
        return sum(total(value) for value in values[-3:])

    return f


@pytest.mark.parametrize("operator", ["gradient", "value_and_gradient", "hvp", "jvp", "jacobian"])
@settings(deadline=None, max_examples=25)  # seconds are not what is tested
@given(choices=st.lists(CHOICE, min_size=2, max_size=9), seed=st.integers(0, 2**32 - 1))
def test_a_prepared_answer_is_the_tapes_at_every_point(operator, choices, seed):
    f, rng = program(choices), np.random.default_rng(seed)
    directions = (rng.normal(size=3),) if operator in ("hvp", "jvp") else ()
    answer = Compiled(native=False).prepare(f, rng.normal(size=3), operator)
    with np.errstate(all="ignore"):
        for _ in range(6):
            agree(answer, f, rng.normal(size=3), directions, operator)


@settings(deadline=None, max_examples=6)  # each is compiled
@given(choices=st.lists(CHOICE, min_size=2, max_size=9), seed=st.integers(0, 2**32 - 1))
def test_a_native_answer_is_the_tapes_at_every_point(choices, seed):
    f, rng = program(choices), np.random.default_rng(seed)
    answer = Compiled().prepare(f, rng.normal(size=3), "gradient")
    with np.errstate(all="ignore"):
        for _ in range(10):
            agree(answer, f, rng.normal(size=3), (), "gradient")


def agree(answer, f, x, directions, operator):
    found = answer(x, *directions)
    try:
        expected = getattr(db, operator)(f, x, *directions, method="reverse")
    except NotDifferentiable:  # the curvature of maximum(x, x)
        assert not np.isfinite(np.sum(found))
        return
    pairs = (
        zip(found, expected, strict=True) if isinstance(expected, tuple) else [(found, expected)]
    )
    for part, right in pairs:
        np.testing.assert_allclose(
            part, right, rtol=1e-9, atol=1e-10 * max(1.0, np.abs(right).max())
        )

"""One cell in stages: what is known stands, whatever stops a later stage; and how right is
right.
"""

from dataclasses import replace

import numpy as np
import pytest

from diffbench import compare, registry
from diffbench.bench.comparing.benches import given
from diffbench.bench.examine import Subject, direction, examine, failure, judgement
from diffbench.differentiators.finite_difference import FiniteDifference
from diffbench.errors import MissingRule, Unsupported
from diffbench.interface import Operator
from diffbench.measure.cost.timing import Statement
from diffbench.measure.error.accuracy import errors
from diffbench.measure.reference.true_derivative import reference

X = np.array([1.0, 2.0])
ONES = given(np.ones(2), np.ones(2), Operator.GRADIENT)


def square(x):
    return x @ x


def stages(method, f=square, operator=Operator.GRADIENT):
    subject = Subject(f, X, operator, method)
    return list(examine(subject, lambda: reference(f, X, operator), sample_s=1e-4))


def test_the_stages_are_answer_errors_costs_and_loops():
    keys = [set(facts) for facts in stages(FiniteDifference())]
    assert [next(iter(k & {"prepare_s", "error_norm", "calls", "loops"})) for k in keys] == [
        "prepare_s",
        "error_norm",
        "calls",
        "loops",
    ]


def test_a_stage_that_raises_is_the_last_and_leaves_the_earlier_ones_standing():
    class AnswersOnce:
        name = "answers-once"
        left = 1

        def gradient(self, f, x):
            self.left -= 1
            if self.left < 0:
                raise RuntimeError("worn out")
            return 2 * x

    first, second, third = stages(AnswersOnce())
    assert first["status"] == "ok" and second["error_norm"] == 0
    assert (third["status"], third["reason"]) == ("failed", "RuntimeError: worn out")


def test_an_answer_of_the_wrong_shape_is_inaccurate():
    class Flat:
        name = "flat"

        def gradient(self, f, x):
            return 2 * x[:1]

    assert "answer of shape (1,), the derivative has shape (2,)" in stages(Flat())[1]["reason"]


def test_without_a_reference_the_answer_stands_and_the_row_says_why():
    def truth():
        raise Unsupported("no way leads there")

    facts = list(examine(Subject(square, X, Operator.GRADIENT, FiniteDifference()), truth, 1e-4))
    assert facts[0]["status"] == "ok" and facts[1] == {
        "status": "unknown",
        "reason": "error unknown, no reference: no way leads there",
    }


@pytest.mark.parametrize(
    "mutate",
    [np.zeros_like, np.negative, lambda g: g[::-1], lambda g: g * np.nan, lambda g: g * (1 + 1e-6)],
)
def test_a_gradient_that_is_wrong_in_any_of_the_known_ways_is_rejected(mutate):
    class Mutant:
        name = "mutant"

        def gradient(self, f, x):
            return mutate(2 * x)

    known = {}
    for news in stages(Mutant()):
        known |= news
    assert known["status"] == "inaccurate"


def test_the_rounding_of_a_right_answer_is_not_held_against_it():
    for dtype, error in ((np.float64, 1e-15), (np.float32, 1e-6)):
        answer = np.asarray([1.0, 1.0 + error], dtype)
        assert judgement(answer, errors(answer, ONES), ONES) == {}


def test_where_the_condition_number_takes_all_digits_the_reason_says_so():
    answer, far = np.array([1.0, 1.7]), replace(ONES, cond=1e20)
    assert (
        "condition number 1.0e+20: float64 does not determine the derivative here"
        in judgement(answer, errors(answer, far), far)["reason"]
    )


@pytest.mark.parametrize(("second", "status"), [(2.0, "ok"), (0.0, "inaccurate"), (1.9, "ok")])
def test_an_entry_without_a_digit_is_inaccurate_however_small_it_is(second, status):
    f = lambda x: 1e7 * x[0] ** 2 + x[1] ** 2

    class Plugin:
        name = "plugin"

        def gradient(self, f, x):
            return np.array([2e7, second])

    [row] = compare(f, np.ones(2), methods=[Plugin()]).rows
    assert row["status"] == status and row["error_norm"] < 1e-6
    if status == "inaccurate":
        assert "entry (1,) has no correct digit: 0 for 2" in row["reason"]


def test_an_entry_that_its_condition_takes_is_not_held_against_the_method():
    """The second entry is 1e-17 and a difference of ones: no method can have its digits."""
    value = np.array([1.0, 1e-17])
    poor = replace(given(value, np.ones(2), Operator.GRADIENT), conds=np.array([1.0, 1e17]))
    answer = np.array([1.0, 0.0])
    assert judgement(answer, errors(answer, poor), poor) == {}


@pytest.mark.parametrize(
    ("error", "status", "reason"),
    [
        (
            MissingRule("numpy.foo has no rule; add one"),
            "unsupported",
            "numpy.foo has no rule; add one",
        ),
        (MemoryError("no room"), "out-of-memory", "no room"),
        (
            TimeoutError("timeout after 10 s in simplify"),
            "timeout",
            "timeout after 10 s in simplify",
        ),
        (KeyError("x"), "failed", "KeyError: 'x'"),
        (ValueError(), "failed", "ValueError: ValueError"),
    ],
)
def test_an_exception_becomes_a_status_and_one_sentence(error, status, reason):
    assert failure(error) == {"status": status, "reason": reason}


def test_directions_have_the_shape_that_the_operator_takes_and_are_seeded():
    assert direction(square, X, Operator.GRADIENT, 0) is None
    assert direction(square, X, Operator.VJP, 0).shape == () and direction(
        square, X, Operator.JVP, 0
    ).shape == (2,)
    assert np.array_equal(
        direction(square, X, Operator.HVP, 1), direction(square, X, Operator.HVP, 1)
    )


def test_operations_of_differences_are_those_of_their_calls_and_another_package_has_none_that_are_known():
    central = stages(FiniteDifference())[2]
    assert central["operations"] == central["calls"] * 3  # two products and a sum in each call
    subject = Subject(square, X, Operator.GRADIENT, registry.find("differentiators", "jacobi"))
    pytest.importorskip("jacobi")
    facts = {
        k: v
        for news in examine(subject, lambda: reference(square, X, Operator.GRADIENT), 1e-4)
        for k, v in news.items()
    }
    assert facts["status"] == "ok" and facts["operations"] is None


class Answers:
    """A method that answers by a function of f and x."""

    name = "answers"

    def __init__(self, gradient):
        self.gradient = gradient


def judged(change, truth=None):
    """The news on accuracy of a network's hand-written gradient, changed."""
    f = registry.find("problems", "tanh_mlp").at(16)
    right = f.manual["gradient"](f.point)
    method = Answers(lambda f, x: change(right))
    truth = truth or (lambda: reference(f, f.point, Operator.GRADIENT))
    stages = examine(Subject(f, f.point, Operator.GRADIENT, method), truth, 1e-4)
    next(stages)
    return next(stages)


def test_where_the_reference_knows_some_entries_the_hand_written_derivative_judges_all_of_them():
    news = judged(lambda g: g)
    assert news["error_norm"] <= 1e-12
    assert news["judge"].startswith("ball series at ") and news["judge"].endswith("and manual")
    shuffled = judged(lambda g: g[np.random.default_rng(0).permutation(g.size)])
    assert (shuffled["status"], shuffled["error_norm"] > 1e-3) == ("inaccurate", True)


def test_without_a_reference_the_hand_written_derivative_judges_alone():
    def truth():
        raise Unsupported("no way leads there")

    news = judged(lambda g: g * (1 + 1e-9), truth)
    assert news["error_norm"] == pytest.approx(1e-9, rel=1e-5)
    assert news["judge"] == "manual" and news["reason"].endswith("no reference: no way leads there")
    assert judged(lambda g: 2 * g, truth)["status"] == "inaccurate"


def test_a_method_may_say_how_its_users_call_what_it_prepared():
    class IntoItsOwn(Answers):
        def statement(self, x):
            return Statement(np.add, x, x, out=np.empty_like(x))

    subject = Subject(square, X, Operator.GRADIENT, IntoItsOwn(lambda f, x: 2 * x))
    list(examine(subject, lambda: reference(square, X, Operator.GRADIENT), 1e-4))
    assert subject.statement.text == "function(a0, a1, out=out)"
    assert np.array_equal(subject.statement(), 2 * X)

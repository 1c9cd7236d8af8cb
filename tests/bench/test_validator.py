"""The verdict itself is tested: at every problem and size a right answer passes, and every known
way of being wrong is rejected, down to one entry off by a millionth.
"""

import ast
import json
from pathlib import Path

import numpy as np
import pytest

from diffbench import registry, run
from diffbench.bench.comparing.benches import given
from diffbench.bench.examine import Subject, accuracy, judgement
from diffbench.interface import Operator
from diffbench.measure.error.accuracy import errors
from diffbench.measure.error.tolerance import Promise, few_digits, smallest_fault

ROOT = Path(__file__).parents[2]
SCHEMA = ROOT / "diffbench" / "bench" / "rows" / "row.schema.json"
EPS = 2.0**-52
MILLIONTH = 1e-6
WITHOUT_DIRECTION = (Operator.DERIVATIVE, Operator.GRADIENT, Operator.JACOBIAN)
LARGEST = 2000  # a whole Jacobian of more inputs is 100 MB
NOT_FINITE = {"overflowing_exponential"}  # which is what is hard about it
CASES = [
    pytest.param(problem, size, id=f"{name}-{size}")
    for name in registry.names("problems")
    if (problem := registry.find("problems", name)).operator in WITHOUT_DIRECTION
    and name not in NOT_FINITE
    for size in problem.sizes
    if problem.operator is not Operator.JACOBIAN or size <= LARGEST
]


def answer_of(problem, size):
    """Something of the derivative's shape and scale: its hand-written one, or noise like it."""
    instance = problem.at(size)
    if problem.operator in instance.manual:
        with np.errstate(all="ignore"):
            return instance, np.asarray(instance.manual[problem.operator](instance.point), float)
    shape = np.shape(instance(instance.point)) if problem.operator is Operator.JACOBIAN else ()
    return instance, np.random.default_rng(size).normal(size=shape + instance.point.shape)


def at_the_largest(change):
    def mutate(g):
        changed = np.array(g)
        place = np.unravel_index(np.argmax(np.abs(changed)), changed.shape)
        changed[place] = change(changed[place])
        return changed

    return mutate


MUTATIONS = {
    "zero": np.zeros_like,
    "sign": np.negative,
    "permuted": lambda g: np.roll(np.ravel(g), 1).reshape(g.shape),
    "transposed": lambda g: g.T if g.ndim == 2 and g.shape[0] == g.shape[1] else -g,
    "NaN": at_the_largest(lambda entry: np.nan),
    "a millionth": at_the_largest(lambda entry: entry * (1 + MILLIONTH)),
}


def is_right(answer, truth, promised=Promise.ENTRIES):
    return judgement(answer, errors(answer, truth), truth, promised).get("status") is None


def rejects_a_shape(instance, right, truth):
    """The whole examination of an answer with one axis too many."""
    method = registry.find("differentiators", "reverse")
    subject = Subject(instance, instance.point, instance.problem.operator, method)
    subject.answer = right[None]
    return "answer of shape" in accuracy(subject, lambda: truth).get("reason", "")


@pytest.mark.parametrize(("problem", "size"), CASES)
def test_a_right_answer_passes_and_every_mutation_is_rejected(problem, size):
    """Where the whole derivative is 0 only NaN can be seen; a permutation that changes nothing is
    no fault.
    """
    instance, right = answer_of(problem, size)
    truth = given(right, instance.point, problem.operator)
    assert is_right(right, truth) and is_right(right, truth, Promise.NORM)
    assert rejects_a_shape(instance, right, truth)
    for name, mutate in MUTATIONS.items():
        wrong = mutate(right)
        if name == "NaN" or not np.allclose(wrong, right, rtol=MILLIONTH / 2, atol=0):
            assert not is_right(wrong, truth), name
    if np.any(right):
        assert smallest_fault(truth, EPS, Promise.ENTRIES) < MILLIONTH


def test_the_smallest_fault_is_where_the_verdict_turns():
    g = np.array([3.0, -2.0, 1e-3, 1e-12, 0.0])
    truth = given(g, np.ones(5), Operator.GRADIENT)
    for promised in Promise:
        least = smallest_fault(truth, EPS, promised)
        just = [at_the_largest(lambda e, k=k: e * (1 + k))(g) for k in (0.99 * least, 1.01 * least)]
        assert [is_right(answer, truth, promised) for answer in just] == [True, False]
    assert smallest_fault(truth, EPS, Promise.ENTRIES) == few_digits(EPS)


def test_a_small_entry_is_held_to_what_its_method_promises():
    g, off = np.array([1.0, 1e-6]), np.array([1.0, 1e-6 * (1 + 1e-5)])
    truth = given(g, np.ones(2), Operator.GRADIENT)
    assert is_right(off, truth, Promise.NORM) and not is_right(off, truth, Promise.ENTRIES)


@pytest.mark.parametrize("scale", [1e-300, 1e-20, 1.0, 1e20, 1e300])
def test_no_tolerance_knows_the_size_of_one(scale):
    g = np.array([3.0, -2.0, 0.5]) * scale
    truth = given(g, np.ones(3), Operator.GRADIENT)
    assert is_right(g, truth) and not is_right(MUTATIONS["a millionth"](g), truth)
    assert smallest_fault(truth, EPS, Promise.ENTRIES) == pytest.approx(few_digits(EPS))


def test_a_run_writes_down_the_smallest_fault_that_its_verdict_sees():
    """Six digits for what follows the rules of calculus, in every entry; less of an estimate."""
    found = {r["method"]: r for r in run(["helmholtz"], ["forward", "central-difference"]).records}
    assert found["forward"]["smallest_fault"] == pytest.approx(few_digits(EPS))
    assert found["central-difference"]["smallest_fault"] >= few_digits(EPS)
    assert {"judge", "smallest_fault"} <= json.loads(SCHEMA.read_text())["properties"].keys()


JUDGES = [
    *(ROOT / "diffbench" / "measure" / "error").glob("tolerance.py"),
    *(ROOT / "diffbench" / "measure" / "checking").glob("*.py"),
    ROOT / "diffbench" / "bench" / "examine.py",
    *(ROOT / "tests" / "problems").glob("*.py"),
]


@pytest.mark.parametrize("path", JUDGES, ids=lambda path: path.name)
def test_no_tolerance_is_the_larger_of_something_and_one(path):
    """max(1, |x|) lets every fault of a small derivative pass."""
    calls = [node for node in ast.walk(ast.parse(path.read_text())) if type(node) is ast.Call]
    larger = [c for c in calls if ast.unparse(c.func).split(".")[-1] in ("max", "maximum", "fmax")]
    ones = [c for c in larger if any(ast.unparse(a) in ("1", "1.0") for a in c.args)]
    assert [ast.unparse(call) for call in ones] == []

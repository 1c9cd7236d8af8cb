"""The worked examples of the field's teaching material through the public functions, with each
method that should be exact on them.
"""

import tracemalloc
from itertools import pairwise

import numpy as np
import pytest
import sympy

import diffbench as db
from diffbench.errors import DiffbenchError, Unsupported
from diffbench.program.derive.differentiate import jvp, value_and_gradient
from diffbench.registry import find

EXACT_METHODS = [
    "forward",
    "reverse",
    "compiled",
    "symbolic-raw",
    "symbolic",
    "symbolic-accumulate",
    "complex-step",
]
AUTOMATIC = ["forward", "reverse", "compiled"]

EXAMPLES = {  # problem: (operator, nearest floats, ulp allowed)
    "baydin": ("gradient", [5.5, 1.7163378145367738], 2),
    "griewank_walther": ("gradient", [3.0118433276739065, -13.723961509314075], 4),
    "sine_and_log": (
        "jacobian",
        [[2.880510859951098, 1.920340573300732], [3.0, 2.3333333333333335]],
        2,
    ),
    "normal_density": (
        "gradient",
        [-0.17603266338214973, 0.17603266338214973, -0.2640489950732246],
        4,
    ),
    "cubic_product": ("gradient", [16.0, 16.0], 0),  # small integers: every operation is exact
    "quadratic_sum": ("gradient", [5.0, 1.0], 0),
    "constant": ("derivative", 0.0, 0),
    "doubled": ("derivative", 2.0, 0),
    "affine": ("derivative", 2.0, 0),
    "cube": ("derivative", 5292.0, 0),
    "exponential": ("derivative", 1.739274941520501e18, 1),
    # 5 e^-1 - 4 e^-1: the terms cancel to a fifth
    "exponential_valley": (
        "gradient",
        [0.36787944117144233, 0.7357588823428847],
        8,
    ),
    "bilinear_constraints": ("jacobian", [[0.0, -2.0], [-1.0, 1.0]], 0),
    "sigmoid_neuron": (
        "gradient",
        [
            1.6701142910603434e-05,
            -1.6701142910603434e-05,
            -3.340228582120687e-05,
            -5.01034287318103e-05,
            -5.01034287318103e-05,
        ],
        4,
    ),
    "sigmoid_neuron_cs231n": (
        "gradient",
        [
            -0.19661193324148185,
            -0.3932238664829637,
            0.19661193324148185,
            0.3932238664829637,
            -0.5898357997244456,
        ],
        4,
    ),
    # 1 - 8x + 8x² = -0.28 is a difference of terms near 1.6
    "logistic_l4": (
        "derivative",
        9.066086400000001,
        8,
    ),
}


def at(name, size=None):
    problem = find("problems", name)
    return problem.at(problem.sizes[0] if size is None else size)


@pytest.mark.parametrize("method", EXACT_METHODS)
@pytest.mark.parametrize("name", EXAMPLES)
def test_each_method_gives_the_printed_derivative(name, method):
    operator, expected, ulp = EXAMPLES[name]
    instance = at(name)
    answer = getattr(db, operator)(instance, instance.point, method=method)
    np.testing.assert_array_max_ulp(
        np.asarray(answer, dtype=float), np.asarray(expected), maxulp=ulp
    )


LOGISTIC_SLOPES = [
    1.0,
    2.4,
    -2.6880000000000006,
    9.066086400000001,
    15.302555848409082,
    -39.41194390028358,
    26.93271584419355,
    -101.44225225228561,
]


@pytest.mark.parametrize("method", EXACT_METHODS)
@pytest.mark.parametrize("n", range(1, 9))
def test_logistic_slopes_at_the_float_nearest_one_fifth(n, method):
    """The error doubles with each step as the condition number does: 2^n eps, and 68 eps were
    measured at n = 8.
    """
    iterate = find("problems", "logistic_map")
    slope = db.derivative(lambda x: iterate(x, n), 0.2, method=method)
    assert slope == pytest.approx(LOGISTIC_SLOPES[n - 1], rel=2**n * 2.3e-16)


@pytest.mark.parametrize("method", [m for m in EXACT_METHODS if m != "complex-step"])
def test_hessian_of_the_exponential_valley_is_the_printed_one(method):
    instance = at("exponential_valley")
    expected = [[1.8393972058572116, 2.2072766470286539], [2.2072766470286539, 1.4715177646857693]]
    np.testing.assert_array_max_ulp(
        db.hessian(instance, instance.point, method=method), np.array(expected), maxulp=8
    )


@pytest.mark.parametrize("method", [*AUTOMATIC, "complex-step"])
@pytest.mark.parametrize(
    "name",
    [
        "tanh_mlp",
        "rbf_regression",
        "tanh_regression",
        "power_regression",
        "logistic_regression",
        "first_layer",
        "deep_tanh",
    ],
)
def test_learning_problems_agree_with_their_hand_derived_gradient(name, method):
    """To 1e-13 of the largest entry: a thousand terms are summed in different orders."""
    instance = at(name)
    gradient, expected = (
        db.gradient(instance, instance.point, method=method),
        instance.manual["gradient"](instance.point),
    )
    np.testing.assert_allclose(gradient, expected, rtol=0, atol=1e-13 * np.abs(expected).max())


@pytest.mark.parametrize("name", ["rbf_regression", "tanh_regression", "power_regression"])
def test_a_run_of_batch_gradient_descent_lowers_the_loss(name):
    instance = at(name)
    p, losses = instance.point, []
    for _ in range(30):
        value, gradient = db.value_and_gradient(instance, p)
        losses.append(value)
        p = p - 1e-4 * gradient
    assert all(later < earlier for earlier, later in pairwise(losses))


def test_a_run_of_mini_batch_descent_lowers_the_log_loss():
    instance = at("logistic_regression")
    inputs, labels = instance.data
    w = instance.point
    for batch in np.random.default_rng(0).permutation(len(labels)).reshape(50, 20):
        w = w - 0.05 * db.gradient(lambda v, b=batch: instance.problem(v, inputs[b], labels[b]), w)
    assert instance(w) < 0.9 * instance(instance.point)


def test_sin_exp_is_the_smallest_swell():
    """cos(exp x) exp x has four operations, of which exp x is done twice until it is shared."""
    x = sympy.Symbol("x", real=True)
    slope = sympy.diff(find("problems", "nested_sin_exp")(x, 1, xp=sympy), x)
    shared, (reduced,) = sympy.cse(slope)
    assert sympy.count_ops(slope) == 4
    assert sum(sympy.count_ops(value) for _, value in shared) + sympy.count_ops(reduced) == 3


@pytest.mark.parametrize("method", AUTOMATIC)
@pytest.mark.parametrize(
    ("point", "expected"), [((1.0, 2.0, 3.0), [1, 1, 0]), ((-1.0, 2.0, 3.0), [1, 0, 1])]
)
def test_the_branch_taken_is_the_one_differentiated(point, expected, method):
    np.testing.assert_array_equal(
        db.gradient(find("problems", "branch_on_sign"), np.array(point), method=method), expected
    )


@pytest.mark.parametrize("method", AUTOMATIC)
@pytest.mark.parametrize("name", ["loop_with_exceptions", "switched_oscillator"])
def test_loops_branches_and_exceptions_are_followed(name, method):
    instance = at(name)
    expected = instance.manual["gradient"](instance.point)
    np.testing.assert_allclose(
        db.gradient(instance, instance.point, method=method), expected, rtol=1e-14
    )


@pytest.mark.parametrize("method", AUTOMATIC)
@pytest.mark.parametrize("exponent", [1, 4, 16])
def test_a_while_loop_runs_as_often_as_the_point_asks(exponent, method):
    instance = at("heron_square_root", exponent)
    slope = db.derivative(instance, instance.point, method=method)
    assert slope == pytest.approx(0.5 * 10 ** (-exponent / 2), rel=1e-12)


@pytest.mark.parametrize(
    "name", ["branch_on_sign", "switched_oscillator", "heron_square_root", "loop_with_exceptions"]
)
def test_symbolic_differentiation_refuses_control_flow_and_says_why(name):
    instance = at(name)
    operator = db.derivative if instance.point.shape == () else db.gradient
    with pytest.raises(Unsupported, match="branch"):
        operator(instance, instance.point, method="symbolic")


def peak_bytes(work):
    """The most memory that was held at once while `work` ran, beyond what was held before."""
    tracemalloc.start()
    try:
        work()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_vjp_of_an_elementwise_product_needs_memory_for_a_few_vectors():
    """Forward value, cotangent and result, and room for as many temporaries; the dense Jacobian
    would be 8 TB.
    """
    instance = at("elementwise_product", 1_000_000)
    y_bar = np.ones_like(instance.point)
    answers = []
    assert (
        peak_bytes(lambda: answers.append(db.vjp(instance, instance.point, y_bar)))
        <= 6 * instance.point.nbytes
    )
    np.testing.assert_array_equal(answers[0][1], instance.data[0])


def test_vjp_of_a_matrix_product_needs_memory_for_a_few_matrices():
    """dF/dX has n⁴ entries, 8 TB; the vjp is one product A'Y beside the value."""
    instance = at("matrix_product", 1024)
    y_bar = np.ones_like(instance.point)
    answers = []
    assert (
        peak_bytes(lambda: answers.append(db.vjp(instance, instance.point, y_bar)))
        <= 6 * instance.point.nbytes
    )
    np.testing.assert_allclose(answers[0][1], instance.data[0].T @ y_bar, rtol=1e-13, atol=1e-11)


@pytest.mark.parametrize("p", [8, 32, 128, 512])
def test_from_output_to_input_the_chain_rule_costs_p_times_fewer_multiplications(p):
    """A Jacobian with one row and p columns: one sweep in reverse, p sweeps forward, of about the
    same length each.
    """
    instance = at("first_layer", p)
    program = db.record(instance, instance.point)
    forward, reverse = (
        p * jvp(program).operations()["*"],
        value_and_gradient(program).operations()["*"],
    )
    assert forward / reverse == pytest.approx(p, rel=0.2)


@pytest.mark.parametrize("inner", AUTOMATIC)
@pytest.mark.parametrize("outer", AUTOMATIC)
def test_a_gradient_of_a_gradient_is_the_second_derivative(outer, inner):
    """l_4'' at 1/5 is 67.395584."""
    second = db.derivative(db.grad(at("logistic_l4"), method=inner), 0.2, method=outer)
    assert second == pytest.approx(67.395584, rel=1e-12)


def test_a_hessian_vector_product_is_the_hessian_times_the_vector():
    instance = at("rosenbrock", 10)
    x, direction = instance.point, np.arange(10.0)
    product = db.hvp(instance, x, direction)
    np.testing.assert_allclose(
        product, db.hessian(instance, x) @ direction, rtol=1e-13, atol=1e-13 * np.abs(product).max()
    )


@pytest.mark.parametrize(
    "method", [*AUTOMATIC, "complex-step", "forward-difference", "central-difference"]
)
def test_an_overflow_on_the_way_is_an_error_and_never_nan(method):
    """log(exp(2x³ + 10)) at 42: the value is inf, and inf/inf would be the derivative."""
    instance = at("overflowing_logarithm")
    with np.errstate(all="ignore"), pytest.raises(DiffbenchError):
        db.derivative(instance, instance.point, method=method)


def test_symbolic_differentiation_simplifies_the_overflow_away():
    instance = at("overflowing_logarithm")
    assert db.derivative(instance, instance.point, method="symbolic") == 10584.0

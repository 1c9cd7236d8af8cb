"""The reference: published digits, two independent ways that agree, and refusals that give their
reason.
"""

import mpmath
import numpy as np
import pytest

import diffbench as db
from diffbench.errors import BadPoint, NotDifferentiable, Unsupported
from diffbench.interface import Operator
from diffbench.measure.reference import store
from diffbench.measure.reference.true_derivative import Reference, agreement, reference
from diffbench.registry import find, names


def logistic(steps):
    def iterate(x):
        for _ in range(steps - 1):
            x = 4 * x * (1 - x)
        return x

    return iterate


def baydin(x):
    return np.log(x[0]) + x[0] * x[1] - np.sin(x[1])


def sine_and_log(x):
    return np.stack([np.sin(x[0] * x[1]), x[0] * x[1] + np.log(x[1])])


def rosenbrock(x):
    return np.sum(100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2)


def bisection(x):
    low, high = 0.0, 10.0
    for _ in range(80):
        middle = 0.5 * (low + high)
        if middle * middle > x:
            high = middle
        else:
            low = middle
    return 0.5 * (low + high)


@pytest.mark.parametrize(
    ("n", "at_the_float"), [(4, "9.06608640000000074824129114859"), (8, "-101.44225225228561")]
)
def test_the_logistic_map_is_differentiated_at_the_float_and_not_at_one_fifth(n, at_the_float):
    found = reference(logistic(n), 0.2, "derivative")
    places = len(at_the_float) - at_the_float.index(".") - 1
    with mpmath.workdps(50):
        assert abs(found.high.item() - mpmath.mpf(at_the_float)) <= mpmath.mpf(10) ** -places
    assert found.method == "ball series"
    assert found.digits >= 30


def test_the_second_derivative_of_the_logistic_map_is_the_published_one():
    assert reference(logistic(4), 0.2, "hessian").value == pytest.approx(67.395584, rel=1e-14)


def test_a_cancelling_formula_has_its_true_derivative():
    found = reference(lambda x: (1.0 - np.cos(x)) / x**2, 1e-8, "derivative")
    assert float(found.value) == pytest.approx(-1e-8 / 12, rel=1e-15)
    assert found.cond == pytest.approx(1.0, rel=1e-9)


def test_a_cancelling_quotient_of_a_logarithm_has_its_true_derivative():
    assert float(reference(lambda x: np.log1p(-x) / x, 1e-9, "derivative").value) == pytest.approx(
        -0.5 - 2e-9 / 3, rel=1e-15
    )


def test_noise_of_small_amplitude_is_part_of_the_function():
    found = reference(lambda x: x**2 + 1e-9 * np.sin(1e12 * x), 1.0, "derivative")
    assert float(found.value) == pytest.approx(793.4463018528902, rel=1e-15)


def test_an_overflowing_function_has_its_finite_derivative():
    assert (
        float(reference(lambda x: np.log(np.exp(2 * x**3 + 10)), 42.0, "derivative").value)
        == 10584.0
    )


def test_a_derivative_beyond_the_floats_is_known_all_the_same():
    found = reference(lambda x: np.exp(2 * x**3 + 10), 42.0, "derivative")
    assert mpmath.nstr(found.high.item(), 17) == "2.4363806770719778e+64360"
    assert np.isinf(found.value)


def test_a_derivative_that_cancels_completely_is_zero():
    assert reference(lambda x: np.sin(x) ** 2 + np.cos(x) ** 2, 0.3, "derivative").value == 0.0


def test_the_condition_number_is_x_times_the_second_derivative_over_the_first():
    assert reference(np.sin, 1e6, "derivative").cond == pytest.approx(
        abs(1e6 * np.tan(1e6)), rel=1e-9
    )


OPERATORS = {
    "gradient": (baydin, [2.0, 5.0], None),
    "value_and_gradient": (baydin, [2.0, 5.0], None),
    "jacobian": (sine_and_log, [2.0, 3.0], None),
    "hessian": (rosenbrock, [0.5, -1.2, 2.0], None),
    "jvp": (sine_and_log, [2.0, 3.0], [0.3, -1.1]),
    "vjp": (sine_and_log, [2.0, 3.0], [1.7, 0.4]),
    "hvp": (rosenbrock, [0.5, -1.2, 2.0], [1.0, 0.25, -3.0]),
}


# a table is no series, nor is a row that is exactly 0; an iteration that ends by its width jumps; noise of
# the bits of x is nothing that can be recorded
ONE_WAY = {"looked_up", "seven_joint_arm", "bisection", "bisection_from_moving_end", "noisy"}


def problems_with_two_ways():
    for name in names("problems"):
        instance = find("problems", name).at(find("problems", name).sizes[0])
        if (
            name not in ONE_WAY
            and instance.point.size <= 12
            and not instance.problem.operator.takes_direction
            and not np.size(instance.data[:1]) > 100
        ):
            yield pytest.param(instance, id=name)


@pytest.mark.parametrize("instance", list(problems_with_two_ways()))
def test_on_every_problem_the_ways_agree(instance):
    """To 2**-60; an exact formula may hold a constant such as sqrt(2 pi) that the function itself
    rounds.
    """
    tolerance = 2.0**-60 if not instance.exact else 4 * np.finfo(float).eps
    assert agreement(instance, instance.point, instance.problem.operator) < tolerance


@pytest.mark.parametrize("operator", OPERATORS)
def test_two_independent_ways_agree_for_every_operator(operator):
    f, x, direction = OPERATORS[operator]
    assert agreement(f, np.array(x), operator, direction) < 2.0**-60


def test_the_published_gradient_and_jacobian_come_out():
    assert reference(baydin, np.array([2.0, 5.0]), "gradient").value == pytest.approx(
        [5.5, 1.7163378145367738], rel=1e-15
    )
    expected = [[2.880510859951098, 1.920340573300732], [3.0, 2.3333333333333335]]
    assert reference(sine_and_log, np.array([2.0, 3.0]), "jacobian").value == pytest.approx(
        np.array(expected), rel=1e-15
    )


def test_products_with_the_jacobian_and_hessian_are_products():
    x, v = np.array([0.5, -1.2, 2.0]), np.array([1.0, 0.25, -3.0])
    jacobian = reference(sine_and_log, np.array([2.0, 3.0]), "jacobian").value
    assert reference(sine_and_log, np.array([2.0, 3.0]), "jvp", v[:2]).value == pytest.approx(
        jacobian @ v[:2], rel=1e-14
    )
    assert reference(sine_and_log, np.array([2.0, 3.0]), "vjp", v[:2]).value == pytest.approx(
        v[:2] @ jacobian, rel=1e-14
    )
    assert reference(rosenbrock, x, "hvp", v).value == pytest.approx(
        reference(rosenbrock, x, "hessian").value @ v, rel=1e-14
    )


def test_matrices_keep_their_shapes():
    f = lambda x: np.linalg.inv(x) @ x.T
    x = np.array([[2.0, 0.5], [-1.0, 3.0]])
    assert reference(f, x, "jacobian").value.shape == (2, 2, 2, 2)
    assert agreement(f, x, "jacobian") < 2.0**-60
    assert reference(lambda x: np.linalg.det(x), x, "gradient").value == pytest.approx(
        np.linalg.det(x) * np.linalg.inv(x).T, rel=1e-14
    )


# ---- kinks, jumps and branches


def test_a_spurious_branch_at_one_point_does_not_fool_the_reference():
    assert reference(lambda x: np.where(x == 0, 0.0, x), 0.0, "derivative").value == 1.0
    assert reference(lambda x: x * x if x == 0 else x, 0.0, "derivative").value == 1.0
    assert reference(lambda x: np.where(x**2 > 0, x, 0.0), 0.0, "derivative").value == 1.0


def test_a_tie_along_one_coordinate_does_not_disturb_the_others():
    f = lambda x: np.maximum(x[0], 0.0) * 0 + np.abs(x[1]) * x[0]
    assert reference(f, np.array([0.0, 2.0]), "gradient").value.tolist() == [2.0, 0.0]


KINKS = [
    np.abs,
    lambda x: x if x > 0 else 0 * x,
    lambda x: np.maximum(x, 2 * x),
    lambda x: np.arccos(np.cos(x)),
    lambda x: np.sqrt(x**2),
]


@pytest.mark.parametrize("f", KINKS)
def test_a_kink_is_refused_with_both_slopes(f):
    with pytest.raises(NotDifferentiable, match=r"from below and .* from above"):
        reference(f, 0.0, "derivative")


def test_a_kink_of_the_first_derivative_has_no_second_one():
    f = lambda x: x * np.abs(x)
    assert reference(f, 0.0, "derivative").value == 0.0
    with pytest.raises(NotDifferentiable, match="from below"):
        reference(f, 0.0, "hessian")


def test_a_bisection_is_refused_because_its_branches_hide_the_derivative():
    with pytest.raises(NotDifferentiable, match="jumps here"):
        reference(bisection, 4.0, "derivative")


def test_an_infinite_slope_is_refused():
    with pytest.raises(Unsupported, match="infinite or not a number"):
        reference(np.sqrt, 0.0, "derivative")


def test_a_point_that_is_not_finite_is_refused():
    with pytest.raises(BadPoint, match="finite"):
        reference(np.sin, np.nan, "derivative")


def test_a_function_too_large_for_extended_precision_is_refused_with_its_size():
    with pytest.raises(Unsupported, match="scalar operations"):
        reference(lambda x: np.sum(np.exp(x)), np.ones(2_600_000), "gradient")


# ---- samples and storage


def test_of_many_entries_a_seeded_sample_is_taken_and_said():
    x = np.linspace(-1, 1, 1000)
    found = reference(rosenbrock, x, "gradient")
    assert 4 <= len(found.entries) < 1000
    gradient = np.zeros(1000)
    gradient[:-1] += -400 * x[:-1] * (x[1:] - x[:-1] ** 2) - 2 * (1 - x[:-1])
    gradient[1:] += 200 * (x[1:] - x[:-1] ** 2)
    assert found.select(gradient) == pytest.approx(found.value, rel=1e-12)


def test_a_sampled_jacobian_has_whole_columns():
    x = np.linspace(0.1, 1, 300)
    found = reference(lambda x: np.exp(x) * x[::-1], x, "jacobian")
    assert found.value.shape == (300, len(found.entries))
    jacobian = np.diag(np.exp(x) * x[::-1]) + np.fliplr(np.diag(np.exp(x)))
    assert found.select(jacobian) == pytest.approx(found.value, rel=1e-12)


def test_a_stored_reference_comes_back_with_every_digit(tmp_path, monkeypatch):
    x = np.array([2.0, 5.0])
    first = reference(baydin, x, "gradient", folder=tmp_path)
    monkeypatch.setattr(store, "_memory", {})
    second = reference(baydin, x, "gradient", folder=tmp_path)
    assert second is not first
    assert (second.high == first.high).all()
    assert (second.rest == first.rest).all()
    assert (second.method, second.digits, second.cond) == (first.method, first.digits, first.cond)


@pytest.mark.parametrize("damage", [lambda text: text[:50], lambda text: "{}", lambda text: "[]"])
def test_a_damaged_file_is_computed_anew(tmp_path, monkeypatch, damage):
    first = reference(np.sin, 1.0, "derivative", folder=tmp_path)
    (path,) = tmp_path.iterdir()
    path.write_text(damage(path.read_text()))
    monkeypatch.setattr(store, "_memory", {})
    assert reference(np.sin, 1.0, "derivative", folder=tmp_path).high == first.high
    monkeypatch.setattr(store, "_memory", {})
    assert reference(np.sin, 1.0, "derivative", folder=tmp_path).high == first.high


def test_another_datum_or_point_is_never_answered_from_the_store():
    for scale in (2.0, 3.0):
        weights = np.array([scale, 1.0])
        assert reference(
            lambda x, w=weights: np.sum(w * x), np.ones(2), "gradient"
        ).value.tolist() == [scale, 1.0]
    assert reference(np.sin, 1.0, "derivative").value != reference(np.sin, 2.0, "derivative").value


def power_of_ones_own(n):
    @db.primitive(jvp=lambda x_dots, y, x: n * x ** (n - 1) * x_dots[0])
    def sin(x):
        return x**n

    return sin


@pytest.mark.parametrize("method", ["forward", "reverse", "compiled", "symbolic"])
def test_a_primitive_of_ones_own_is_not_taken_for_another_of_its_name(method):
    for n in (2, 3):
        f = power_of_ones_own(n)
        assert reference(lambda x, f=f: 1.0 + f(x), 2.0, "derivative").value == n * 2 ** (n - 1)
        assert db.derivative(lambda x, f=f: 1.0 + f(x), 2.0, method=method) == n * 2 ** (n - 1)


def test_a_reference_is_plain_data():
    found = reference(baydin, np.array([2.0, 5.0]), "gradient")
    again = Reference.from_dict(found.to_dict())
    assert (again.high == found.high).all()
    assert again.operator is Operator.GRADIENT


# ---- functions of whole arrays


def pairwise(x):
    return np.outer(x, x) + np.diag([1.0, 2.0, 3.0])


@pytest.mark.parametrize(
    "f",
    [
        lambda x: np.linalg.slogdet(pairwise(x))[1],
        lambda x: np.sum(np.linalg.cholesky(pairwise(x))),
        lambda x: np.sum(np.linalg.solve(pairwise(x), x)),
        lambda x: np.einsum("i,ij,j", x, pairwise(x), x),
        lambda x: np.prod(np.sort(x)[1:]) + np.std(x) + np.median(x),
        lambda x: np.sum(np.cumprod(x)),
    ],
    ids=["slogdet", "cholesky", "solve", "einsum", "sort", "cumprod"],
)
def test_functions_of_whole_arrays_have_two_ways(f):
    assert agreement(f, np.array([0.3, 0.7, -0.4]), "gradient") < 2.0**-60


def test_eigenvalues_and_transforms_are_differenced_in_mpmath_numbers():
    x = np.array([0.3, 0.7, -0.4])
    found = reference(lambda x: np.linalg.eigvalsh(pairwise(x)), x, "jacobian")
    vectors = np.linalg.eigh(pairwise(x))[1]
    assert found.method == "mpmath differences"
    assert found.value == pytest.approx(2 * (vectors.T @ x)[:, None] * vectors.T, rel=1e-12)
    assert reference(
        lambda x: np.sum(np.abs(np.fft.fft(x)) ** 2), x, "gradient"
    ).value == pytest.approx(6 * x, rel=1e-15)


def test_what_numpy_would_turn_into_machine_numbers_is_refused():
    with pytest.raises(Unsupported, match="reduced_qr can't be evaluated"):
        reference(
            lambda x: np.sum(np.linalg.qr(pairwise(x))[1]), np.array([0.3, 0.7, -0.4]), "gradient"
        )


def test_a_constant_among_numbers_is_picked_out_as_it_was_put_there():
    """An arm's last link stands beside what turns: [cos, sin, 0.126], and the third is read."""

    def f(x):
        place = np.stack([np.cos(x[0]), np.sin(x[0]), 0.126])
        return place[2] * x[1] + place[0]

    x = np.array([0.3, 2.0])
    found = reference(f, x, "gradient")
    assert found.method == "ball series"
    np.testing.assert_allclose(found.value, [-np.sin(0.3), 0.126], rtol=1e-15)

"""The problems give the numbers that books, courses and other suites print for them, to the last
digit printed.
"""

import mpmath
import numpy as np
import pytest
from high_precision import NUMPY, lift
from mpmath import mp

import diffbench as db
from diffbench import problems, registry


def find(name):
    return registry.find("problems", name)


def at(name):
    """The problem at its first size."""
    problem = find(name)
    return problem.at(problem.sizes[0])


def exact(name, operator):
    instance = at(name)
    with mp.workdps(40):
        return np.asarray(instance.exact[operator](lift(instance.point), mp=mp)).astype(float)


VALUES = {
    "baydin": 11.652071455223084,
    "griewank_walther": 2.0166466694282015,
    "sine_and_log": [-0.27941549819892586, 7.09861228866811],
    "normal_density": 0.35206532676429947,
    "cubic_product": 12.0,
    "quadratic_sum": 4.0,
    "exponential_valley": 1.8393972058572117,
    "bilinear_constraints": [0.5, -9.0],
    "sigmoid_neuron": 0.9999832985781519,
    "sigmoid_neuron_cs231n": 0.7310585786300049,
}
DERIVATIVES = {
    ("baydin", "gradient"): [5.5, 1.7163378145367738],
    ("griewank_walther", "gradient"): [3.0118433276739065, -13.723961509314075],
    ("sine_and_log", "jacobian"): [[2.880510859951098, 1.920340573300732], [3.0, 2.3333333333333335]],
    ("normal_density", "gradient"): [-0.17603266338214973, 0.17603266338214973, -0.2640489950732246],
    ("cubic_product", "gradient"): [16.0, 16.0],
    ("quadratic_sum", "gradient"): [5.0, 1.0],
    ("constant", "derivative"): 0.0,
    ("doubled", "derivative"): 2.0,
    ("affine", "derivative"): 2.0,
    ("cube", "derivative"): 5292.0,
    ("exponential", "derivative"): 1.739274941520501e18,
    ("overflowing_logarithm", "derivative"): 10584.0,
    ("exponential_valley", "gradient"): [0.36787944117144233, 0.7357588823428847],
    ("bilinear_constraints", "jacobian"): [[0.0, -2.0], [-1.0, 1.0]],
    ("sigmoid_neuron", "gradient"): [
        1.6701142910603434e-05, -1.6701142910603434e-05, -3.340228582120687e-05, -5.01034287318103e-05, -5.01034287318103e-05,
    ],
    ("sigmoid_neuron_cs231n", "gradient"): [
        -0.19661193324148185, -0.3932238664829637, 0.19661193324148185, 0.3932238664829637, -0.5898357997244456,
    ],
    ("branch_on_sign", "gradient"): [1.0, 1.0, 0.0],
}  # fmt: skip


@pytest.mark.parametrize("name", VALUES)
def test_value_is_the_printed_one_to_an_ulp(name):
    instance = at(name)
    np.testing.assert_array_max_ulp(
        np.asarray(instance(instance.point)), np.asarray(VALUES[name]), maxulp=1
    )


@pytest.mark.parametrize(("name", "operator"), DERIVATIVES)
def test_exact_derivative_rounds_to_the_printed_one(name, operator):
    np.testing.assert_array_equal(exact(name, operator), DERIVATIVES[name, operator])


@pytest.mark.parametrize(("name", "operator"), DERIVATIVES)
def test_hand_written_derivative_is_the_printed_one_to_a_few_ulp(name, operator):
    """Four roundings at most between the inputs and an entry; exponential_valley cancels to an
    eighth at (-1, 1).
    """
    instance = at(name)
    np.testing.assert_array_max_ulp(
        np.asarray(instance.manual[operator](instance.point)),
        np.asarray(DERIVATIVES[name, operator]),
        maxulp=8 if name == "exponential_valley" else 4,
    )


def test_overflowing_exponential_is_beyond_float64_but_not_beyond_its_exact_formula():
    instance = at("overflowing_exponential")
    slope = instance.exact["derivative"](mp.mpf(42), mp=mp)
    assert mpmath.nstr(slope, 14) == "2.436380677072e+64360"
    with np.errstate(over="ignore"):
        assert np.isinf(instance(instance.point))


def test_exponential_valley_has_the_printed_hessian():
    instance = at("exponential_valley")
    expected = [[1.8393972058572116, 2.2072766470286539], [2.2072766470286539, 1.4715177646857693]]
    np.testing.assert_array_max_ulp(
        instance.manual["hessian"](instance.point), np.array(expected), maxulp=2
    )


# ---------------------------------------------------------------- the logistic map, exact decimals

ITERATES = {
    "0.2": [
        "0.2",
        "0.64",
        "0.9216",
        "0.28901376",
        "0.82193922612264960",
        "0.58542053873419796",
        "0.97081332624943755",
        "0.11333924730376273",
    ],
    "0.3": [
        "0.3",
        "0.84",
        "0.5376",
        "0.99434496",
        "0.022492242090393600",
        "0.087945364544562906",
        "0.32084390959874738",
        "0.87161238108855279",
    ],
}
SLOPES = {
    "0.2": [
        "1",
        "2.4",
        "-2.688",
        "9.0660864",
        "15.302555848409088",
        "-39.411943900283580",
        "26.932715844193684",
        "-101.44225225228605",
    ],
    "0.3": [
        "1",
        "1.6",
        "-4.352",
        "1.3090816",
        "-5.1771031295098880",
        "-19.776855262712586",
        "-65.193159085855818",
        "-93.438012021830631",
    ],
}
SLOPES_AT_FLOAT = ["1", "2.3999999999999999", "-2.6880000000000004", "9.0660864000000007", "15.302555848409082", "-39.411943900283585",
                   "26.932715844193549", "-101.44225225228561"]  # fmt: skip


def same_to_17_digits(value, printed):
    """The printed values are exact values rounded to 17 significant digits."""
    return abs(value - mp.mpf(printed)) <= abs(value) * mp.mpf("0.5001e-16")


@pytest.mark.parametrize("x", ITERATES)
@pytest.mark.parametrize("n", range(1, 9))
def test_logistic_iterates_and_slopes_are_the_printed_ones_at_the_decimal_point(x, n):
    problem = find("logistic_map")
    with mp.workdps(50):
        point = mp.mpf(x)
        assert same_to_17_digits(problem(point, n, xp=NUMPY), ITERATES[x][n - 1])
        assert same_to_17_digits(
            problem.exact_formulas["derivative"](point, n, mp=mp), SLOPES[x][n - 1]
        )


@pytest.mark.parametrize("n", range(1, 9))
def test_logistic_slopes_at_the_float_differ_from_those_at_the_decimal_as_printed(n):
    with mp.workdps(50):
        point = mp.mpf(0.2)
        assert same_to_17_digits(
            find("logistic_map").exact_formulas["derivative"](point, n, mp=mp),
            SLOPES_AT_FLOAT[n - 1],
        )


def test_l4_as_a_product_is_l4_as_an_iterate():
    """f = 112896/390625 and f' = 708288/78125 at 1/5."""
    with mp.workdps(50):
        fifth = mp.mpf(1) / 5
        assert abs(find("logistic_l4")(fifth) - mp.mpf(112896) / 390625) < mp.mpf("1e-45")
        assert abs(
            find("logistic_l4").exact_formulas["derivative"](fifth, mp=mp) - mp.mpf(708288) / 78125
        ) < mp.mpf("1e-45")


def test_the_higher_derivatives_of_l4_at_one_fifth_are_the_printed_ones():
    """Taylor's coefficients times k!, and central differences of the exact product."""
    coefficients = db.taylor(find("logistic_l4").at(1), 0.2, 3)
    derivatives = np.asarray(coefficients) * [1, 1, 2, 6]
    np.testing.assert_allclose(
        derivatives, [112896 / 390625, 9.0660864, 67.395584, -3948.87168], rtol=1e-13
    )


@pytest.mark.parametrize("h, published", [(1e-1, 7.5), (1e-2, 6.59e-2), (1e-3, 6.58e-4)])
def test_the_complex_step_has_the_printed_truncation(h, published):
    l4 = find("logistic_l4").function
    error = abs(l4(complex(0.2, h)).imag / h - 9.0660864)
    assert error == pytest.approx(published, rel=2e-2)


# ---------------------------------------------------------------- Helmholtz and the Gaussian
# mixture

ENERGIES = {
    ("helmholtz", 1): (-0.23024363943757807, [-1.3021402671064207]),
    ("helmholtz", 8): (
        -1.5542219385790832,
        [-1.2614725774634799, -1.3723793814775828, -1.4630051942591145],
    ),
    ("helmholtz_unweighted", 1): (-2.2935249208640679, [10.081303580943214]),
    ("helmholtz_unweighted", 8): (
        -20.520777849962552,
        [10.774077979650654, 11.380152318689358, 12.250428203980284],
    ),
}


@pytest.mark.parametrize(("name", "n"), ENERGIES)
def test_helmholtz_energy_and_gradient_are_the_check_values(name, n):
    """16 digits: the sum over i and the bilinear form are a handful of roundings at n = 8."""
    instance = find(name).at(n)
    value, gradient = ENERGIES[name, n]
    np.testing.assert_allclose(instance(instance.point), value, rtol=1e-15)
    np.testing.assert_allclose(
        instance.manual["gradient"](instance.point)[:3], gradient, rtol=4e-15
    )


def test_helmholtz_stays_inside_its_domain_at_every_size():
    for n in (1, 10, 100, 1000):
        instance = find("helmholtz").at(n)
        assert 0 < instance.data[0] @ instance.point < 0.5


ADBENCH_POINT = np.concatenate([
    [-0.649014, 1.181166, -0.758453],  # alpha
    [0.092339, 0.186260, 0.345561, 0.396767, 0.538817, 0.419195],  # mu, a row a component
    [0.586443, -0.851887, -1.509405, 0.875874, 0.166813, -1.965419],  # q
    [0.800321, -0.242790, -1.270071],  # l
])  # fmt: skip
ADBENCH_SAMPLE = np.array([[1.175171], [2.029160]])


@pytest.mark.parametrize(
    ("name", "value"), [("gmm", -20.067360546658307), ("gmm_adbench", 8.073804080049726)]
)
def test_mixture_gives_the_value_and_weight_gradient_of_adbench_own_unit_test(name, value):
    problem, data = find(name), (ADBENCH_SAMPLE, problems.mixtures.placement(2))
    np.testing.assert_allclose(problem(ADBENCH_POINT, *data), value, rtol=4e-15)
    if name == "gmm_adbench":  # as ADBench's test prints it
        np.testing.assert_allclose(value, 8.07380408004975791, rtol=1e-14)
    gradient = problem.hand_written["gradient"](ADBENCH_POINT, *data)
    # 15 digits printed
    np.testing.assert_allclose(
        gradient[:3], [0.108662855508652, -0.741270039523898, 0.632607184015246], rtol=1e-13
    )


def test_mixture_fills_its_triangles_column_by_column():
    filled = (np.arange(1, 7) @ problems.mixtures.placement(3)).reshape(3, 3)
    np.testing.assert_array_equal(filled, [[1, 0, 0], [4, 2, 0], [5, 6, 3]])


def test_mixture_sizes_are_parameter_counts():
    for n in find("gmm").sizes:
        assert find("gmm").at(n).point.shape == (n,)


def test_speelpenning_product_telescopes():
    for n in (10, 100, 1000):
        instance = find("speelpenning").at(n)
        np.testing.assert_allclose(instance(instance.point), 1 / (n + 1), rtol=n * 2.3e-16)


def test_speelpenning_gradients_are_right_at_a_zero():
    x = np.array([2.0, 0.0, 3.0, 5.0])
    for name in ("speelpenning", "speelpenning_vectorised"):
        np.testing.assert_array_equal(find(name).hand_written["gradient"](x), [0, 30, 0, 0])


def test_parameter_counts_of_the_networks_are_those_of_the_performance_table():
    assert find("tanh_mlp").at(16).point.size == 465
    assert find("tanh_mlp").at(256).point.size == 269_322
    assert find("rnn").at(100).point.size == 1440
    assert find("rbf_regression").at(61).point.size == 61

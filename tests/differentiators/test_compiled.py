"""A compiled answer is right at every point, however it was prepared."""

import threading

import numpy as np
import pytest

import diffbench as db
from diffbench.differentiators.compiled import Compiled
from diffbench.errors import BadInput, BadPoint, LostTrace, NotDifferentiable
from diffbench.registry import find

EPS = np.finfo(float).eps


def branches(x):
    return np.sin(x[0]) * x[1] if x[0] > 0 else x[0] ** 3 + x[1]


def halvings(x):
    total, y = 0.0, x[0]
    while y > 1:
        y = y / 2
        total = total + y * x[1]
    return total + y


def table_lookup(x):
    return x[np.argmax(x)] * x[1]


def by_count(x):
    y = 0.0
    for _ in range(int(np.floor(x[0]))):
        y = y + x[1] ** 2
    return y * x[0]


def checked_domain(x):
    try:
        if x[0] < 0:
            raise ValueError
        return np.sqrt(x[0]) * x[1]
    except ValueError:
        return x[0] * x[1]


def sorted_by_hand(x):
    order = np.argsort(x)
    return np.sum(x[order] * np.arange(len(x)))


MOVES = [
    (branches, [[1.0, 2.0], [-1.0, 2.0], [3.0, -2.0], [-0.5, 0.25]]),
    (halvings, [[1.5, 2.0], [9.0, 2.0], [0.5, 1.0], [1000.0, -1.0], [9.0, 3.0]]),
    (table_lookup, [[3.0, 2.0, 1.0], [1.0, 2.0, 3.0], [1.0, 5.0, 3.0]]),
    (by_count, [[2.5, 3.0], [0.5, 3.0], [4.5, 1.0], [2.2, -1.0]]),
    (checked_domain, [[4.0, 3.0], [-4.0, 3.0], [9.0, 1.0]]),
    (sorted_by_hand, [[3.0, 1.0, 2.0], [1.0, 2.0, 3.0], [9.0, 7.0, 8.0]]),
]


@pytest.mark.parametrize("f, points", MOVES, ids=lambda thing: getattr(thing, "__name__", ""))
def test_a_branch_that_flips_between_calls_gives_the_right_gradient(f, points):
    answer = db.prepare(f, np.array(points[0]), operator="gradient", method="compiled")
    for _ in range(2):  # the second time, every program is there already
        for x in map(np.array, points):
            np.testing.assert_allclose(
                answer(x), db.gradient(f, x, method="forward"), rtol=16 * EPS, atol=0
            )


def test_shapes_and_dtypes_may_change_between_calls():
    answer = db.prepare(
        lambda x: np.sum(np.exp(x) ** 2), np.ones(3), operator="gradient", method="compiled"
    )
    for x in (
        np.zeros(3),
        np.ones(7),
        np.ones((2, 3)),
        np.array(0.5),
        np.ones(3, np.float32),
        [0.0, 1.0, 2.0],
    ):
        gradient, point = answer(x), np.asarray(x)
        assert np.shape(gradient) == point.shape
        assert np.result_type(gradient) == point.dtype
        np.testing.assert_allclose(
            gradient, 2 * np.exp(point) ** 2, rtol=64 * np.finfo(point.dtype).eps
        )


UNTRACED = {"noisy"}  # noise of the bits of x


def scalar_problems():
    with np.errstate(all="ignore"):
        for name in db.list_problems():
            problem = find("problems", name)
            instance = problem.at(problem.sizes[0])
            y = instance(instance.point)
            if np.ndim(y) == 0 and np.isfinite(y) and name not in UNTRACED:
                yield pytest.param(instance, id=name)


@pytest.mark.parametrize("instance", list(scalar_problems()))
def test_gradients_of_all_problems_equal_those_of_the_tape(instance):
    x = instance.point
    value, gradient = db.prepare(instance, x, operator="value_and_gradient", method="compiled")(x)
    y, expected = db.value_and_gradient(instance, x, method="reverse")
    scale = np.max(np.abs(expected), initial=0.0)
    # values of residuals that cancel to 1e-3 of their terms lose three digits
    np.testing.assert_allclose(value, y, rtol=1e-12)
    # n - sum cos x cancels; a beam is ill-conditioned
    lost = {"trigonometric": 1e2, "cantilever": 1e5}.get(instance.problem.name, 1)
    np.testing.assert_allclose(gradient, expected, rtol=1e-13, atol=1e-14 * lost * scale)


def mixed(x):
    return np.sum(np.tanh(x[:2]) * x[1:]) ** 2 + x[0] * np.log(x[2])


POINT, DIRECTION = np.array([0.3, -0.7, 1.9]), np.array([1.0, -2.0, 0.5])


@pytest.mark.parametrize("operator", ["gradient", "hessian", "jacobian"])
def test_every_operator_at_once_and_prepared(operator):
    expected = getattr(db, operator)(mixed, POINT, method="forward")
    np.testing.assert_allclose(
        getattr(db, operator)(mixed, POINT, method="compiled"), expected, rtol=64 * EPS
    )
    prepared = db.prepare(mixed, POINT, operator=operator, method="compiled")
    np.testing.assert_allclose(prepared(POINT), expected, rtol=64 * EPS)


@pytest.mark.parametrize("operator", ["jvp", "hvp"])
def test_operators_that_take_a_direction(operator):
    expected = getattr(db, operator)(
        mixed, POINT, DIRECTION, method="reverse" if operator == "hvp" else "forward"
    )
    found = db.prepare(mixed, POINT, operator=operator, method="compiled")(POINT, DIRECTION)
    for part, wanted in zip(
        found if operator == "jvp" else [found],
        expected if operator == "jvp" else [expected],
        strict=True,
    ):
        np.testing.assert_allclose(part, wanted, rtol=64 * EPS)


@pytest.mark.parametrize("n, m", [(40, 3), (3, 40), (40, 50)])
def test_a_large_jacobian_comes_row_by_row_or_column_by_column(n, m):
    matrix = np.random.default_rng(0).normal(size=(m, n))
    f = lambda x: np.sin(matrix @ x)
    x = np.linspace(0, 1, n)
    expected = np.cos(matrix @ x)[:, None] * matrix
    np.testing.assert_allclose(
        db.jacobian(f, x, method="compiled"), expected, rtol=1e-12, atol=1e-14
    )


def test_a_large_hessian_comes_column_by_column():
    x = np.linspace(0.5, 1, 40)
    expected = db.hessian(lambda x: np.prod(x), x, method="reverse")
    np.testing.assert_allclose(
        db.hessian(lambda x: np.prod(x), x, method="compiled"), expected, rtol=1e-12, atol=1e-18
    )


@pytest.mark.parametrize(
    "f, x",
    [
        (lambda x: np.log(np.exp(x) + 1), 800.0),  # math.exp raises where NumPy returns inf
        (lambda x: 1 / x, 0.0),
        (lambda x: np.sqrt(x - 1), 0.5),
        (lambda x: np.where(x > 0, np.log(np.abs(x)), 0.0) * 3, -2.0),
        (lambda x: (x - 2) ** 1.5, 1.0),  # Python's power would be complex
        (lambda x: x * 1e200 * 1e200, 1.0),
        (lambda x: np.power(0.0, x - 1), 0.0),
        (lambda x: np.sqrt(x) * x, 0.0),
    ],
)
def test_infinities_and_nans_are_refused_as_the_direct_call_refuses_them(f, x):
    x = np.array(x)
    prepared = db.prepare(f, np.array(3.0), operator="jvp", method="compiled")
    try:
        expected = db.jvp(f, x, np.array(1.0))
    except NotDifferentiable:
        with pytest.raises(NotDifferentiable):
            prepared(x, np.array(1.0))
    else:
        np.testing.assert_allclose(prepared(x, np.array(1.0)), expected, rtol=1e-15)


def test_a_cotangent_of_zero_never_meets_an_infinite_partial():
    f = lambda x: np.sum(np.where(x > 0, np.sqrt(np.where(x > 0, x, 0.0)), 0.0))
    prepared = db.prepare(f, np.array([1.0, 4.0]), operator="gradient", method="compiled")
    np.testing.assert_array_equal(prepared(np.array([4.0, -1.0])), [0.25, 0.0])
    np.testing.assert_array_equal(
        prepared(np.array([4.0, 0.0])), db.gradient(f, np.array([4.0, 0.0]))
    )


def test_float32_stays_float32():
    x = np.linspace(0.1, 1, 5, dtype=np.float32)
    value, gradient = db.prepare(
        lambda x: np.sum(np.sin(x) * 2.5), x, operator="value_and_gradient", method="compiled"
    )(x)
    assert value.dtype == gradient.dtype == np.float32
    np.testing.assert_allclose(gradient, 2.5 * np.cos(x), rtol=4 * np.finfo(np.float32).eps)


def test_a_float32_number_is_rounded_after_every_operation():
    x = np.float32(0.1)
    f = lambda x: (x + np.float32(16777216)) - np.float32(16777216) + x * x
    prepared = db.prepare(f, x, operator="jvp", method="compiled")
    assert prepared(x, np.float32(1))[0] == f(x)
    assert np.result_type(prepared(x, np.float32(1))[0]) == np.float32


def test_complex_intermediates_give_a_real_gradient():
    f = lambda x: np.real(np.exp(1j * x[0]) * (x[1] + 2j))
    x = np.array([0.7, 1.3])
    expected = [-np.sin(0.7) * 1.3 - 2 * np.cos(0.7), np.cos(0.7)]
    np.testing.assert_allclose(db.gradient(f, x, method="compiled"), expected, rtol=8 * EPS)


def test_linear_algebra_compiles_through_the_rule_table():
    a = np.array([[3.0, 1.0], [1.0, 2.0]])
    f = lambda x: np.sum(np.linalg.solve(a + np.outer(x, x), x) ** 2)
    x = np.array([0.4, -0.8])
    prepared = db.prepare(f, np.ones(2), operator="gradient", method="compiled")
    np.testing.assert_allclose(prepared(x), db.gradient(f, x, method="forward"), rtol=1e-13)


def test_results_are_the_callers_own():
    prepared = db.prepare(
        lambda x: np.sum(x * x), np.ones(3), operator="gradient", method="compiled"
    )
    first = prepared(np.ones(3))
    prepared(np.zeros(3))
    np.testing.assert_array_equal(first, [2.0, 2.0, 2.0])
    x = np.ones(3)
    identity = db.prepare(lambda x: np.sum(x), x, operator="gradient", method="compiled")
    identity(x)[0] = 7.0
    np.testing.assert_array_equal(identity(x), [1.0, 1.0, 1.0])


def test_in_place_writes_compile():
    def f(x):
        y = np.zeros_like(x)
        for i in range(len(x)):
            y[i] = x[i] ** 2
        y[1:] += x[:-1]
        return np.sum(y * y)

    x = np.array([1.0, 2.0, 3.0])
    np.testing.assert_allclose(
        db.gradient(f, x, method="compiled"), db.gradient(f, x, method="forward"), rtol=8 * EPS
    )


def test_two_threads_at_once_are_right():
    f = lambda x: np.sum(np.exp(np.sin(x)) * x)
    points = [np.full(2000, 0.1), np.full(2000, 0.9)]
    prepared = db.prepare(f, points[0], operator="gradient", method="compiled")
    expected = [prepared(x).copy() for x in points]
    wrong = []

    def work(k):
        wrong.extend(k for _ in range(200) if not np.array_equal(prepared(points[k]), expected[k]))

    threads = [threading.Thread(target=work, args=(k,)) for k in (0, 1)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


def test_a_function_that_branches_anew_at_every_call_stays_right():
    f = lambda x: x * float(str(int(np.floor(x))))
    prepared = db.prepare(f, np.array(0.5), operator="derivative", method="compiled")
    assert [float(prepared(np.array(n + 0.5))) for n in range(100)] == list(range(100))


def test_a_product_of_a_thousand_factors_compiles():
    def power(x):
        y = x
        for _ in range(1000):
            y = y * x
        return y

    x = np.array(0.9995)
    for native in (False, "auto"):
        slope = Compiled(native).prepare(power, x, "gradient")(x)
        assert slope == pytest.approx(1001 * 0.9995**1000, rel=1e-12)


def test_errors_are_those_of_the_tape():
    with pytest.raises(LostTrace, match="astype"):
        db.gradient(lambda x: x.astype(object)[0] * x[1], np.ones(2), method="compiled")
    with pytest.raises(NotDifferentiable, match="integer"):
        db.gradient(lambda x: 1.0 * np.argmax(x), np.ones(2), method="compiled")
    with pytest.raises(BadInput, match="gradient needs a number"):
        db.gradient(lambda x: x * 2, np.ones(2), method="compiled")
    with pytest.raises(BadPoint, match="bool"):
        db.prepare(lambda x: np.sum(x), np.ones(2), operator="gradient", method="compiled")(
            np.array([True, False])
        )


def test_a_function_that_does_not_vary_has_gradient_zero():
    np.testing.assert_array_equal(
        db.gradient(lambda x: 3.0, np.ones(2), method="compiled"), [0.0, 0.0]
    )


@pytest.mark.parametrize(
    "f", [lambda x: x, lambda x: 7.0, lambda x: 2 * x], ids=["identity", "constant", "double"]
)
@pytest.mark.parametrize(
    "operator", ["derivative", "gradient", "value_and_gradient", "jacobian", "hessian"]
)
def test_derivatives_that_are_constants_have_a_shape(f, operator):
    answer = db.prepare(f, 2.0, operator=operator, method="compiled")
    expected = db.prepare(f, 2.0, operator=operator, method="reverse")
    np.testing.assert_array_equal(answer(3.0), expected(np.float64(3.0)))
    assert db.Compiled().operations(f, 2.0, operator) is not None


@pytest.mark.parametrize("native", [False, "auto"])
def test_an_overflow_inside_is_computed_in_a_wider_range(native):
    f = lambda x: np.sum(1 / (1 + np.exp(-1000 * x)))
    x = np.array([0.5, -1.2, 2.0])
    np.testing.assert_allclose(
        db.prepare(f, x, operator="gradient", method=Compiled(native=native))(x),
        np.zeros(3),
        atol=1e-200,
    )
    value, gradient = db.prepare(
        f, x, operator="value_and_gradient", method=Compiled(native=native)
    )(x)
    np.testing.assert_allclose((value, *gradient), (2.0, 0.0, 0.0, 0.0), atol=1e-200)


@pytest.mark.filterwarnings("ignore:overflow")
@pytest.mark.parametrize("native", [False, "auto"])
@pytest.mark.parametrize(
    "f",
    [
        lambda x: np.linalg.norm(x),
        lambda x: np.sqrt(x[0] * x[0] + x[1] * x[1]),
        lambda x: np.log(x @ x),
    ],
    ids=["norm", "root", "log"],
)
def test_where_f_itself_overflows_at_a_later_point_its_derivatives_do_not_come_out_zero(f, native):
    near, far = np.array([3.0, 4.0]), np.array([3e200, 4e200])
    for operator in ("gradient", "value_and_gradient", "hvp"):
        answer = db.prepare(f, near, operator=operator, method=Compiled(native=native))
        directions = (np.array([1.0, 0.0]),) if operator == "hvp" else ()
        got = [answer(at, *directions) for at in (near, far, near)]
        expected = [
            getattr(db, operator)(f, at, *directions, method="reverse") for at in (near, far, near)
        ]
        for mine, tape in zip(got, expected, strict=True):
            np.testing.assert_allclose(mine[-1], tape[-1], rtol=1e-14)


@pytest.mark.filterwarnings("ignore:overflow")
@pytest.mark.parametrize("native", [False, "auto"])
@pytest.mark.parametrize(
    "f",
    [lambda x: np.sqrt(x * x), lambda x: [np.sqrt(x[0] * x[0] + x[1] * x[1]), x[0]]],
    ids=["array", "list"],
)
def test_where_one_entry_overflows_at_a_later_point_its_derivatives_do_not_come_out_zero(f, native):
    near, far, v = np.array([3.0, 4.0]), np.array([3e200, 4e200]), np.array([1.0, 2.0])
    jacobian = db.jacobian(f, far, method="reverse")
    np.testing.assert_allclose(jacobian, db.jacobian(f, near, method="reverse"), rtol=1e-15)
    method = Compiled(native=native)
    np.testing.assert_array_equal(
        db.prepare(f, near, operator="jacobian", method=method)(far), jacobian
    )
    np.testing.assert_allclose(
        db.prepare(f, near, operator="jvp", method=method)(far, v)[1], jacobian @ v, rtol=1e-15
    )
    np.testing.assert_allclose(
        db.prepare(f, near, operator="vjp", method=method)(far, v)[1], v @ jacobian, rtol=1e-15
    )


@pytest.mark.filterwarnings("ignore:overflow")
@pytest.mark.parametrize("native", [False, "auto"])
def test_a_point_where_f_is_nan_does_not_change_what_is_answered_where_f_overflows(native):
    near, far, undefined = np.array([3.0, 4.0]), np.array([3e200, 4e200]), np.array([3.0, np.nan])
    answer = db.prepare(np.linalg.norm, near, operator="gradient", method=Compiled(native=native))
    for _ in range(2):
        with pytest.raises(NotDifferentiable, match="NaN"):
            answer(undefined)
        np.testing.assert_allclose(answer(far), [0.6, 0.8], rtol=1e-14)

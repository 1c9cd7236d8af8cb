"""Answers in the form in which SciPy, SymPy, PyTorch and JAX ask for them."""

import subprocess
import sys
from importlib.util import find_spec

import numpy as np
import pytest
import scipy.optimize as so
import sympy
from scipy.sparse.linalg import aslinearoperator, eigsh, lsmr

import diffbench as db
from diffbench.errors import BadInput, Unsupported

X0 = np.array([-1.2, 1.0, -0.5, 0.8])


def valley(x, scale=100.0):
    return np.sum(scale * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2)


def residuals(x):
    return np.concatenate([10 * (x[1:] - x[:-1] ** 2), 1 - x[:-1]])


@pytest.mark.parametrize("method", ["L-BFGS-B", "BFGS", "Newton-CG", "trust-krylov", "trust-exact"])
def test_minimize_takes_prepared_answers_with_its_args(method):
    pair = db.prepare(valley, X0, 50.0, operator="value_and_gradient")
    product = db.prepare(valley, X0, 50.0, operator="hvp")
    matrix = db.prepare(valley, X0, 50.0, operator="hessian")
    how = {"hessp": product} if method in ("Newton-CG", "trust-krylov") else {}
    how |= {"hess": matrix} if method == "trust-exact" else {}
    found = so.minimize(pair, X0, args=(20.0,), jac=True, method=method, **how)
    np.testing.assert_allclose(found.x, 1, atol=1e-4)


def test_least_squares_takes_a_matrix_free_jacobian():
    jacobian = lambda x: db.linear_operator(residuals, x)
    found = so.least_squares(residuals, X0, jac=jacobian, tr_solver="lsmr")
    np.testing.assert_allclose(found.x, 1, atol=1e-6)
    assert found.nfev < 100


def test_a_linear_operator_multiplies_as_the_matrix_does():
    matrix, operator = db.jacobian(residuals, X0), db.linear_operator(residuals, X0)
    v, w = np.arange(4.0), np.arange(6.0)
    np.testing.assert_allclose(operator @ v, matrix @ v, rtol=1e-14)
    np.testing.assert_allclose(operator.H @ w, matrix.T @ w, rtol=1e-14)
    np.testing.assert_allclose(
        lsmr(operator, w, atol=1e-14, btol=1e-14)[0],
        lsmr(matrix, w, atol=1e-14, btol=1e-14)[0],
        rtol=1e-8,
    )
    hessian = db.linear_operator(valley, X0, 10.0, operator="hessian")
    dense = db.hessian(valley, X0, 10.0)
    np.testing.assert_allclose(hessian @ np.eye(4), dense, rtol=1e-13)
    np.testing.assert_allclose(
        eigsh(hessian, 1, return_eigenvectors=False),
        eigsh(aslinearoperator(dense), 1, return_eigenvectors=False),
    )
    with pytest.raises(BadInput, match="no matrix"):
        db.linear_operator(valley, X0, operator="gradient")


def test_a_derivative_is_a_sympy_expression():
    x1, x2 = symbols = sympy.symbols("x1 x2")
    f = lambda x: np.sin(x[0]) * x[1] ** 2
    whole = sympy.sin(x1) * x2**2
    gradient = db.as_sympy(f, X0[:2], symbols=symbols)
    hessian = db.as_sympy(f, X0[:2], operator="hessian", symbols=symbols)
    for i, a in enumerate(symbols):
        assert sympy.simplify(gradient[i] - whole.diff(a)) == 0
        for j, b in enumerate(symbols):
            assert sympy.simplify(hessian[i, j] - whole.diff(a, b)) == 0
    system = lambda x: np.stack([x[0] * x[1], np.exp(x[1])])
    jacobian = db.as_sympy(system, X0[:2], operator="jacobian", symbols=symbols)
    assert jacobian.tolist() == [[x2, x1], [0, sympy.exp(x2)]]
    assert db.as_sympy(lambda t: t**3, 2.0, operator="derivative", symbols=[x2]) == 3 * x2**2


def test_an_expression_of_a_branch_is_refused():
    with pytest.raises(Unsupported, match=r"one side only"):
        db.as_sympy(lambda x: x**2 if x > 1 else x, 2.0, operator="derivative")


OF_JAX = """
import jax, numpy as np, diffbench as db
jax.config.update("jax_enable_x64", True)
f = lambda x, w: np.sum(np.tanh(w @ x) ** 2)
g = lambda x, w: jax.numpy.sum(jax.numpy.tanh(w @ x) ** 2)
ours = db.as_jax(f)
x, w = np.arange(3.0), np.arange(6.0).reshape(2, 3) / 7
outer = lambda h: lambda x, w: jax.numpy.exp(h(x * 0.3, w)) * x[0]
for way in (jax.grad, lambda h, argnums: jax.jit(jax.grad(h, argnums))):
    for a, b in zip(way(outer(ours), (0, 1))(x, w), way(outer(g), (0, 1))(x, w)):
        np.testing.assert_allclose(a, b, rtol=1e-12, atol=1e-14)
points = np.stack([x, x + 1])
np.testing.assert_allclose(jax.vmap(jax.grad(ours), (0, None))(points, w), jax.vmap(jax.grad(g), (0, None))(points, w), rtol=1e-12, atol=1e-14)
vector = db.as_jax(lambda x: x**2 + np.sin(x), shape=(3,))
np.testing.assert_allclose(jax.jacrev(vector)(x), np.diag(2 * x + np.cos(x)), rtol=1e-12)
single = jax.grad(ours)(np.float32(x), np.float32(w))
assert single.dtype == np.float32
try:
    jax.hessian(ours)(x, w)
except (ValueError, TypeError):
    print("refused")
"""
OF_TORCH = """
import torch, numpy as np, diffbench as db
f = lambda x, w: np.sum(np.tanh(w @ x) ** 2)
ours = db.as_torch(f)
x = torch.arange(3.0, dtype=torch.float64, requires_grad=True)
w = (torch.arange(6.0, dtype=torch.float64).reshape(2, 3) / 7).requires_grad_()
assert torch.autograd.gradcheck(ours, (x, w))
y = torch.exp(ours(x * 0.3, w)) * x[0]
y.backward()
a, b = x.grad.clone(), w.grad.clone()
x.grad = w.grad = None
(torch.exp(torch.sum(torch.tanh(w @ (x * 0.3)) ** 2)) * x[0]).backward()
torch.testing.assert_close(a, x.grad); torch.testing.assert_close(b, w.grad)
single = torch.ones(3, requires_grad=True)
db.as_torch(lambda x: np.sum(x**3))(single).backward()
assert single.grad.dtype == torch.float32 and single.grad.tolist() == [3.0] * 3
[slope] = torch.autograd.grad(ours(x, w), x, create_graph=True)
try:
    slope.sum().backward()
except RuntimeError:
    print("refused")
"""


@pytest.mark.parametrize(("package", "script"), [("jax", OF_JAX), ("torch", OF_TORCH)])
def test_a_numpy_function_in_a_program_of_another_package(package, script):
    if find_spec(package) is None:
        pytest.skip(f"{package} is not installed")
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert done.stdout.strip() == "refused", done.stderr

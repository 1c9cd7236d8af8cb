"""What other packages call the elementwise functions: each name that is found there computes what
NumPy's or SciPy's function does.
"""

from importlib import import_module

import numpy as np
import pytest

from diffbench.rules.spelling import MODULES, spellings
from diffbench.rules.table import named

POINT = (0.3, 0.6, 0.45, 0.7)
POINTS = {"arccosh": (1.5,), "expn": (2.0, 0.6)}


def as_torch(torch, f, xs):
    return f(*[torch.tensor(x, dtype=torch.float64) for x in xs]).item()


def as_pytensor(tensor, f, xs):
    return f(*[tensor.as_tensor(np.float64(x)) for x in xs]).eval()


def as_casadi(casadi, f, xs):
    symbols = [casadi.SX.sym("x") for _ in xs]
    return float(casadi.Function("f", symbols, [f(*symbols)])(*xs))


def as_jax(numpy, f, xs):
    import_module("jax").config.update("jax_enable_x64", True)
    return float(f(*map(np.float64, xs)))


def as_expression(package, f, xs):
    return float(f(*map(float, xs)))


def as_heyoka(heyoka, f, xs):
    names = [heyoka.expression(f"x{i}") for i in range(len(xs))]
    return heyoka.cfunc([f(*names)], vars=names)(np.array(xs))[0]


CALLED = {
    "symengine": as_expression,
    "heyoka": as_heyoka,
    "torch": as_torch,
    "pytensor": as_pytensor,
    "casadi": as_casadi,
    "jax": as_jax,
}


@pytest.mark.parametrize("package", MODULES)
def test_a_name_that_is_found_there_is_the_same_function(package):
    modules = [pytest.importorskip(module) for module in MODULES[package]]
    call = CALLED.get(package, lambda module, f, xs: f(*map(np.float64, xs)))
    compared = 0
    for row in spellings.values():
        ours, theirs = named.get(row.name), row.at(package)
        if ours is None or not ours.differentiable or not isinstance(ours.evaluate, np.ufunc):
            continue
        xs = POINTS.get(row.name, POINT[: row.arity])
        for module in [module for module in modules if theirs and hasattr(module, theirs)][:1]:
            value = call(modules[0], getattr(module, theirs), xs)
            assert value == pytest.approx(ours.evaluate(*xs), rel=1e-12), row.name
            compared += 1
    assert compared > 15

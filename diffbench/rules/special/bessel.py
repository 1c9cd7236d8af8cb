"""Bessel, Struve and Airy functions, in their argument: each derivative is a neighbour in the same
family. Source: DLMF 9 to 11.
"""

# fmt: off
import numpy as np
import scipy.special as sp

from diffbench.rules.interception import caught
from diffbench.rules.special.functions import SQRT_PI, of_several_results
from diffbench.rules.special.orders import (
    ive_by_order,
    jv_by_order,
    kve_by_order,
    unknown,
    yv_by_order,
)
from diffbench.rules.table import composite, dispatched, elementwise, general

# ---------------------------------------------------------------- orders 0 and 1
elementwise(sp.j0,       lambda y, x: -sp.j1(x))
elementwise(sp.j1,       lambda y, x: (sp.j0(x) - sp.jv(2, x)) / 2)
elementwise(sp.y0,       lambda y, x: -sp.y1(x))
elementwise(sp.y1,       lambda y, x: (sp.y0(x) - sp.yv(2, x)) / 2)
elementwise(sp.i0,       lambda y, x: sp.i1(x))
elementwise(sp.i1,       lambda y, x: (sp.i0(x) + sp.iv(2, x)) / 2)
elementwise(sp.i0e,      lambda y, x: sp.i1e(x) - np.sign(x) * y)
elementwise(sp.i1e,      lambda y, x: (sp.i0e(x) + sp.ive(2, x)) / 2 - np.sign(x) * y)
elementwise(sp.k0,       lambda y, x: -sp.k1(x))
elementwise(sp.k1,       lambda y, x: -(sp.k0(x) + sp.kv(2, x)) / 2)
elementwise(sp.k0e,      lambda y, x: y - sp.k1e(x))
elementwise(sp.k1e,      lambda y, x: y - (sp.k0e(x) + sp.kve(2, x)) / 2)
composite(np.i0,         lambda x: sp.i0(x))

# ---------------------------------------------------------------- any order (DLMF 10.6, 10.29); in
# the order for x > 0 (orders.py)
elementwise(sp.jv,       lambda y, v, x: jv_by_order(v, x), lambda y, v, x: (sp.jv(v - 1, x) - sp.jv(v + 1, x)) / 2)
elementwise(sp.yv,       lambda y, v, x: yv_by_order(v, x), lambda y, v, x: (sp.yv(v - 1, x) - sp.yv(v + 1, x)) / 2)
elementwise(sp.iv,       lambda y, v, x: np.exp(x) * ive_by_order(v, x), lambda y, v, x: (sp.iv(v - 1, x) + sp.iv(v + 1, x)) / 2)
elementwise(sp.kv,       lambda y, v, x: np.exp(-x) * kve_by_order(v, x), lambda y, v, x: -(sp.kv(v - 1, x) + sp.kv(v + 1, x)) / 2)
# x is real: no scaling
elementwise(sp.jve,      lambda y, v, x: jv_by_order(v, x), lambda y, v, x: (sp.jve(v - 1, x) - sp.jve(v + 1, x)) / 2)
elementwise(sp.yve,      lambda y, v, x: yv_by_order(v, x), lambda y, v, x: (sp.yve(v - 1, x) - sp.yve(v + 1, x)) / 2)
elementwise(sp.ive,      lambda y, v, x: ive_by_order(v, x), lambda y, v, x: (sp.ive(v - 1, x) + sp.ive(v + 1, x)) / 2 - np.sign(x) * y)
elementwise(sp.kve,      lambda y, v, x: kve_by_order(v, x), lambda y, v, x: y - (sp.kve(v - 1, x) + sp.kve(v + 1, x)) / 2)
elementwise(sp.hankel1,  unknown("hankel1"), lambda y, v, x: (sp.hankel1(v - 1, x) - sp.hankel1(v + 1, x)) / 2)
elementwise(sp.hankel2,  unknown("hankel2"), lambda y, v, x: (sp.hankel2(v - 1, x) - sp.hankel2(v + 1, x)) / 2)
composite(sp.yn,         lambda n, x: sp.yv(n, x))
composite(sp.kn,         lambda n, x: sp.kv(n, x))


# ---------------------------------------------------------------- Struve (DLMF 11.4.25, 11.4.26)
def struve_term(v, x):
    return (x / 2) ** v / (SQRT_PI * sp.gamma(v + 1.5))


elementwise(sp.struve,    unknown("struve"), lambda y, v, x: (sp.struve(v - 1, x) - sp.struve(v + 1, x) + struve_term(v, x)) / 2)
elementwise(sp.modstruve, unknown("modstruve"), lambda y, v, x: (sp.modstruve(v - 1, x) + sp.modstruve(v + 1, x) + struve_term(v, x)) / 2)


# ---------------------------------------------------------------- spherical (DLMF 10.51.2)
def spherical(function, sign):
    """A row for a spherical Bessel function of integer order n, which is returned, and what SciPy's
    function is in terms of it.
    """
    def evaluate(x, n):
        return function(n, x)

    # its name in this module: printed programs import it
    evaluate.__name__ = f"{function.__name__}_of_order"
    of_order = dispatched(evaluate)

    def slope(x, n):
        below = of_order(x, n=n - 1) * n if n else 0.0
        return (below - sign * (n + 1) * of_order(x, n=n + 1)) / (2 * n + 1)

    general(of_order,
            jvp=lambda x_dots, y, x, n: x_dots[0] * slope(x, n),
            vjp=lambda i, y_bar, y, x, n: y_bar * slope(x, n))
    composite(function, lambda n, z, derivative=False: slope(z, int(n)) if derivative else of_order(z, n=int(n)))
    return of_order


spherical_jn_of_order = spherical(caught(sp.spherical_jn), 1)
spherical_yn_of_order = spherical(caught(sp.spherical_yn), 1)
spherical_in_of_order = spherical(caught(sp.spherical_in), -1)

# ---------------------------------------------------------------- Airy: Ai'' = x Ai (DLMF 9.2.1)
of_several_results(sp.airy,
        jvp=lambda x_dots, y, x: (y[1] * x_dots[0], x * y[0] * x_dots[0], y[3] * x_dots[0], x * y[2] * x_dots[0]))

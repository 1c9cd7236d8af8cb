"""Distribution functions of scipy.special, by the special functions they are; robust losses and the
Box-Cox family.
"""

# fmt: off
import numpy as np
import scipy.special as sp

from diffbench.rules.special.functions import SQRT_2PI
from diffbench.rules.special.orders import stdtr_by_df, student_density
from diffbench.rules.table import composite, elementwise

# ---------------------------------------------------------------- distribution functions
composite(sp.chdtr,  lambda v, x: sp.gammainc(v / 2, x / 2))
composite(sp.chdtrc, lambda v, x: sp.gammaincc(v / 2, x / 2))
composite(sp.gdtr,   lambda a, b, x: sp.gammainc(b, a * x))
composite(sp.gdtrc,  lambda a, b, x: sp.gammaincc(b, a * x))
composite(sp.pdtr,   lambda k, m: sp.gammaincc(k // 1 + 1, m))
composite(sp.pdtrc,  lambda k, m: sp.gammainc(k // 1 + 1, m))
composite(sp.fdtr,   lambda dfn, dfd, x: sp.betainc(dfn / 2, dfd / 2, dfn * x / (dfn * x + dfd)))
composite(sp.fdtrc,  lambda dfn, dfd, x: sp.betainc(dfd / 2, dfn / 2, dfd / (dfn * x + dfd)))
elementwise(sp.stdtr,     lambda y, df, t: stdtr_by_df(df, t), lambda y, df, t: student_density(df, t))
elementwise(sp.stdtrit,   lambda y, df, p: -stdtr_by_df(df, y) / student_density(df, y), lambda y, df, p: 1 / student_density(df, y))
elementwise(sp.ndtri_exp, lambda y, x: SQRT_2PI * np.exp(x + y * y / 2))


# ---------------------------------------------------------------- Box-Cox
def boxcox_by_power(x, p):
    # of log(x) exprel(p log(x)): smooth at p = 0
    return np.log(x) ** 2 * sp.hyp1f1(2, 3, p * np.log(x)) / 2


elementwise(sp.boxcox,       lambda y, x, p: x ** (p - 1), lambda y, x, p: boxcox_by_power(x, p))
elementwise(sp.boxcox1p,     lambda y, x, p: (1 + x) ** (p - 1), lambda y, x, p: boxcox_by_power(1 + x, p))
elementwise(sp.inv_boxcox,   lambda y, x, p: y ** (1 - p), lambda y, x, p: -boxcox_by_power(y, p) * y ** (1 - p))
elementwise(sp.inv_boxcox1p, lambda y, x, p: (1 + y) ** (1 - p), lambda y, x, p: -boxcox_by_power(1 + y, p) * (1 + y) ** (1 - p))


# ---------------------------------------------------------------- Tukey's lambda: the level q with
# boxcox(q, lam) - boxcox(1 - q, lam) = x
def tukey_density(q, lam):
    return 1 / (q ** (lam - 1) + (1 - q) ** (lam - 1))


elementwise(sp.tklmbda,      lambda q, x, lam: tukey_density(q, lam),
                             lambda q, x, lam: (boxcox_by_power(1 - q, lam) - boxcox_by_power(q, lam)) * tukey_density(q, lam))


# ---------------------------------------------------------------- robust losses
def beyond(delta, r):
    """How far |r| is beyond delta."""
    return np.maximum(np.abs(r) - delta, 0.0)


def pseudo_huber_by_delta(delta, r):
    t = r / delta
    s = np.hypot(1.0, t)
    # delta (s - 1)**2 / s, without the cancellation in s - 1
    return delta * t**4 / ((s + 1) ** 2 * s)


elementwise(sp.huber,        lambda y, delta, r: beyond(delta, r), lambda y, delta, r: np.clip(r, -delta, delta))
elementwise(sp.pseudo_huber, lambda y, delta, r: pseudo_huber_by_delta(delta, r), lambda y, delta, r: r / np.hypot(1.0, r / delta))

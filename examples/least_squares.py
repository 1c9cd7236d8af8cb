"""A least-squares fit whose Jacobian is ours: exact, and no evaluation spent on differences.

The model is Misra1a of NIST's StRD, y = b0 (1 - exp(-b1 x)), with NIST's data and second start.
"""

import numpy as np
from scipy.optimize import least_squares

import diffbench as db

X = np.array(
    [
        77.6,
        114.9,
        141.1,
        190.8,
        239.9,
        289.0,
        332.8,
        378.4,
        434.8,
        477.3,
        536.8,
        593.1,
        689.1,
        760.0,
    ]
)
Y = np.array(
    [
        10.07,
        14.73,
        17.94,
        23.93,
        29.61,
        35.18,
        40.02,
        44.82,
        50.76,
        55.05,
        61.01,
        66.40,
        75.47,
        81.78,
    ]
)
CERTIFIED = np.array([2.3894212918e02, 5.5015643181e-04])  # NIST's b0 and b1


def residuals(b):
    return b[0] * (1 - np.exp(-b[1] * X)) - Y


start = np.array([250.0, 5e-4])
jacobian = db.prepare(residuals, start, operator="jacobian", method="compiled")

fit = least_squares(
    residuals, start, jac=jacobian, x_scale="jac", xtol=1e-14, ftol=1e-14, gtol=1e-14
)
digits = -np.log10(np.max(np.abs(fit.x / CERTIFIED - 1)))
deviations = np.sqrt(np.diag(np.linalg.inv(fit.jac.T @ fit.jac)) * 2 * fit.cost / (len(X) - 2))

print(f"b = {fit.x}, {fit.nfev} evaluations")
print(f"at least 9 of NIST's digits: {digits >= 9}")
print(f"standard deviations {deviations}")  # NIST: 2.7070075241, 7.2668688436e-06

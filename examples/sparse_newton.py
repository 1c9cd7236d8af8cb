"""Newton's method on 100,000 equations: the Jacobian is found to be tridiagonal, coloured, and
filled with three directions, whatever its size.
"""

import numpy as np
from scipy.sparse.linalg import spsolve

import diffbench as db

N = 100_000


def broyden(x):
    """Broyden's tridiagonal system (More, Garbow and Hillstrom, 1981, problem 30)."""
    padded = np.concatenate([[0.0], x, [0.0]])
    return (3 - 2 * x) * x - padded[:-2] - 2 * padded[2:] + 1


x = -np.ones(N)
jacobian = db.prepare(broyden, x, operator="jacobian", method=db.Compiled(sparsity="detect"))
for iteration in range(6):
    residual = broyden(x)
    print(f"iteration {iteration}: |f| = {np.max(np.abs(residual)):.1e}")
    if np.max(np.abs(residual)) < 1e-12:
        break
    x = x - spsolve(jacobian(x).tocsc(), residual)
print(f"{jacobian(x).nnz} nonzeros of {N}² entries")

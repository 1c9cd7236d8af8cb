"""A Jacobian or Hessian at a point as a linear operator of SciPy's: products only, no matrix."""

from typing import Any, Literal

import numpy as np
from scipy.sparse.linalg import LinearOperator

from diffbench.asking.checks.checked import as_point
from diffbench.asking.prepared.preparing import prepare
from diffbench.asking.words import Method
from diffbench.errors import BadInput
from diffbench.interface import Function


def linear_operator(
    f: Function,
    x: Any,
    *args: Any,
    operator: Literal["jacobian", "hessian"] = "jacobian",
    method: Method = "compiled",
    **keywords: Any,
) -> LinearOperator:
    """The Jacobian, shape (f(x).size, x.size), or the Hessian of f at the array x, whose products
    are jvp, vjp and hvp: for scipy.sparse.linalg's solvers and eigenvalues. Each product costs a
    small multiple of f.

    >>> from scipy.sparse.linalg import eigsh
    >>> operator = linear_operator(lambda x: np.sum(x**4), np.arange(1.0, 9.0), operator="hessian")
    >>> np.round(eigsh(operator, 1, return_eigenvectors=False), 6)
    array([768.])
    """
    if operator not in ("jacobian", "hessian"):
        raise BadInput(f"operator={operator!r} is no matrix; pass 'jacobian' or 'hessian'")
    x = as_point(x)
    how = {"method": method, **keywords}
    if operator == "hessian":
        product = prepare(f, x, *args, operator="hvp", **how)
        along = lambda v: np.ravel(product(x, np.reshape(v, x.shape).astype(x.dtype), *args))
        return LinearOperator((x.size, x.size), matvec=along, rmatvec=along, dtype=x.dtype)
    push = prepare(f, x, *args, operator="jvp", **how)
    pull = prepare(f, x, *args, operator="vjp", **how)
    y = np.asarray(f(x.copy(), *args, **keywords))
    return LinearOperator(
        (y.size, x.size),
        matvec=lambda v: np.ravel(push(x, np.reshape(v, x.shape).astype(x.dtype), *args)[1]),
        rmatvec=lambda w: np.ravel(pull(x, np.reshape(w, y.shape).astype(x.dtype), *args)[1]),
        dtype=x.dtype,
    )

"""One answer: the point is checked, the method answers or what it supplies is made an answer
(derivations.py), and the answer is checked (checks/).
"""

from typing import Any

import numpy as np

from diffbench.asking.arguments.containers import is_structure
from diffbench.asking.arguments.several import OF_ANY_RESULT, Call
from diffbench.asking.checks.checked import OneArray, answer_at, as_asked, as_point, finite
from diffbench.asking.checks.verification import Noting, is_due, verify
from diffbench.asking.derivations import resolve, resolve_method
from diffbench.asking.sparse import sparse_hessian, sparse_jacobian
from diffbench.interface import Function, Operator


def answer_for(operator: Operator, f: Function, x: Any, *direction: Any, method: Any) -> Any:
    chosen, x = resolve_method(method), as_point(x)
    if not (follows(chosen) and is_due(f, x)):
        return answer_at(chosen, operator, function_for(f, operator, chosen), x, *direction)
    noting = Noting(f)
    answer = answer_at(
        chosen, operator, function_for(noting.function(), operator, chosen), x, *direction
    )
    verify(f, x, noting)
    return answer


How = tuple[Any, bool, dict[str, Any]]  # argnums, has_aux, keywords for f


def is_plain(x: Any, args: Any, argnums: Any, has_aux: bool, keywords: Any) -> bool:
    """Whether f is asked at one array alone, which needs no detour."""
    if args or keywords or has_aux or type(argnums) is not int or argnums != 0:
        return False
    return type(x) is np.ndarray or not is_structure(x)


def called(
    operator: Operator,
    f: Function,
    args: tuple[Any, ...],
    how: How,
    directions: tuple[Any, ...],
    method: Any,
    sparsity: Any = None,
) -> Any:
    """The answer at several arguments, or at structures."""
    call = Call(operator, f, args, *how)
    along = call.directions(directions)
    found = matrix(operator, call.function, call.point, *along, method=method, sparsity=sparsity)
    return call.answer(found)


def matrix(
    operator: Operator, f: Function, x: Any, *direction: Any, method: Any, sparsity: Any
) -> Any:
    """Any answer; a matrix in scipy.sparse form where a sparsity is given."""
    if sparsity is None:
        return answer_for(operator, f, x, *direction, method=method)
    x, chosen = as_point(x), resolve_method(method)
    if hasattr(chosen, "sparse"):
        return answer_for(operator, f, x, method=chosen.sparse(sparsity))
    return finite(_sparse(operator, f, x, chosen, sparsity), f, x, operator, chosen)


def _sparse(operator: Operator, f: Function, x: Any, method: Any, sparsity: Any) -> Any:
    if operator is Operator.HESSIAN:
        return sparse_hessian(f, x, sparsity, hvp=resolve(method, Operator.HVP))
    pushes = hasattr(method, "jvp") or not hasattr(method, "vjp")
    push = resolve(method, Operator.JVP) if pushes else None
    pull = None if pushes else resolve(method, Operator.VJP)
    return sparse_jacobian(f, x, sparsity, jvp=push, pull=pull)


def function_for(f: Function, operator: Operator, method: Any) -> Function:
    """f as the method is given it: its results are checked."""
    if getattr(method, "traces", False):
        return as_asked(f, operator, method)
    return OneArray(f) if operator in OF_ANY_RESULT else f


def follows(method: Any) -> bool:
    """Whether the method follows f's code, so that what it found can be held against f."""
    kind = getattr(method, "kind", None)
    return kind is not None and kind.follows_code

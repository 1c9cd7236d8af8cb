"""Plain functions that a rule stands for, although they do not speak NumPy's protocols: SciPy's, and
those of NumPy that take lists of traced numbers. How their calls are caught, and when, is the
affair of arrays/capture/interception. (SciPy's ufuncs, such as scipy.special.erf, need none of it.)
"""

from typing import Any

# function -> what is looked up in the table of rules in its place
plain_functions: dict[Any, Any] = {}
# package -> the module of rules for it, which is imported when somebody else has imported the
# package: scipy.stats alone takes half a second
late = {
    "scipy.stats": "diffbench.rules.scipy.stats",
    "scipy.optimize": "diffbench.rules.scipy.optimize",
    "scipy.integrate": "diffbench.rules.scipy.integrate",
}
# function -> what solves in its place, (original, *args), with functions that may hold traced values.
# Their code is exchanged for good: an iteration in Python loses no trace, and yet what it has
# after its last step need not have the solution's derivative
solvers: dict[Any, Any] = {}


def caught(function: Any, rule: Any = None) -> Any:
    """Let traced arguments catch calls of a function written in Python, for which `rule` then
    stands; returns the same function.

    None, which `if_there` has for what a version lacks, stays None.
    """
    if function is not None:
        plain_functions[function] = rule or function
    return function

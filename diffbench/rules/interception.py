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
    "scipy.interpolate": "diffbench.rules.scipy.interpolate",
    "scipy.ndimage": "diffbench.rules.scipy.ndimage",
    "scipy.signal": "diffbench.rules.scipy.signal",
    "scipy.fft": "diffbench.rules.scipy.transforms",
    "scipy.spatial": "diffbench.rules.scipy.spatial.distances",
    "scipy.spatial.transform": "diffbench.rules.scipy.spatial.rotations",
}
# function -> what solves in its place, (original, *args), with functions that may hold traced values.
# Their code is exchanged for good: an iteration in Python loses no trace, and yet what it has
# after its last step need not have the solution's derivative
solvers: dict[Any, Any] = {}


# rule -> the attributes in which the object that it is a method of may hold traced arrays
holdings: dict[Any, tuple[str, ...]] = {}
# (module or class, name) of compiled functions: their code can't be exchanged, their name can
compiled_functions: list[tuple[Any, str]] = []


def attribute(holder: Any, name: str) -> Any:
    """The attribute of a dotted name; None where there is none."""
    for part in name.split("."):
        holder = getattr(holder, part, None)
    return holder


def caught(function: Any, rule: Any = None, *, holding: tuple[str, ...] = ()) -> Any:
    """Let traced arguments catch calls of a function written in Python, for which `rule` then
    stands; returns the same function. `holding`: of a method, the attributes of its object that
    count as arguments.

    None, which `if_there` has for what a version lacks, stays None.
    """
    if function is not None:
        plain_functions[function] = rule or function
        if holding:
            holdings[rule or function] = holding
    return function


def caught_in(owner: Any, name: str, *, holding: tuple[str, ...] = ()) -> Any:
    """As `caught`, of a compiled function that is called by its name in a module or a class."""
    function = vars(owner).get(name)
    if function is not None:
        compiled_functions.append((owner, name))
    return caught(function, holding=holding)

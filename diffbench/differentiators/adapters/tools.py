"""What a loaded package is used through, and its refusals in our words."""

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import numpy as np

from diffbench.asking.derivations import Answer
from diffbench.errors import DiffbenchError, NotInstalled, Unsupported
from diffbench.interface import Function, Operator


@dataclass(frozen=True)
class Tools:
    """What a loaded package is used through.

    derive(f, operator, xs): the answer to an operator as a callable of the package's own arrays,
    made with xs, arguments of the kind that
    it will be called with: (x,) or (x, direction). It is asked for value_and_gradient, jacobian,
    hessian, jvp, vjp and hvp.
    """

    xp: Any  # what stands in for NumPy in f
    derive: Callable[[Function, Operator, tuple[Any, ...]], Answer]
    array: Callable[[Any], Any] = np.asarray  # a NumPy array as the package's own
    numpy: Callable[[Any], Any] = np.asarray  # and back, once it is computed
    # a constant array of f as the package can compute with it
    data: Callable[[Any], Any] = lambda a: a
    # returns a result when it is computed; None where there is nothing to wait for
    wait: Callable[[Any], Any] | None = None


def require(package: str) -> Any:
    """The package, imported. Raises NotInstalled with the cure."""
    try:
        return import_module(package)
    except ImportError as error:
        raise NotInstalled(
            f"the method {package} needs the package {package}, which can't be imported ({error}); "
            'pip install "diffbench[peers]", or choose another method'
        ) from error


def or_refuse(name: str, work: Callable[..., Any], *arguments: Any) -> Any:
    """work(*arguments); what the package can't take (a branch it can't trace, a name it hasn't) is
    a refusal with the package's reason.
    """
    try:
        return work(*arguments)
    except (DiffbenchError, MemoryError):
        raise
    except Exception as error:
        said = next(
            (line for line in str(error).strip().splitlines() if line.strip()), "no reason given"
        ).strip()
        raise Unsupported(
            f"{name} can't differentiate this function ({type(error).__name__}: {said}); write it "
            f"in terms that {name} knows, "
            "or take a method that runs plain NumPy"
        ) from error

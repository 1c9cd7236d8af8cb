"""A package that looks at f from outside, by differences: it needs no `xp`, and sees f as a map
from vectors to vectors.
"""

from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any, ClassVar

import numpy as np

from diffbench.differences.evaluation import floating_point
from diffbench.errors import NotScalar, Unsupported
from diffbench.interface import Array, Function, Kind, Look


@dataclass(frozen=True)
class Outside:
    """A method by a package's own defaults: its Jacobian of g: R^n -> R^m at v, shape (m, n), and
    its Hessian, (n, n), if it has one.
    """

    name: str
    about: str
    look: Look
    jacobian_of: Callable[[Function, Array], Any]
    hessian_of: Callable[[Function, Array], Any] | None = None
    kind: ClassVar = Kind.PEER
    takes: ClassVar = "values of f"

    @property
    def is_installed(self) -> bool:
        """Whether the package can be imported."""
        return find_spec(self.name) is not None

    def jacobian(self, f: Function, x: Any) -> Array:
        """J, shape f(x).shape + x.shape."""
        return _reshaped(self.jacobian_of, f, floating_point(x), np.shape(f(x)) + np.shape(x))

    def hessian(self, f: Function, x: Any) -> Array:
        """H, shape x.shape + x.shape."""
        if self.hessian_of is None:
            raise Unsupported(
                f"{self.name} has no second derivatives, and its first ones taken twice would keep "
                "no digits; "
                "take central-difference, or a method that follows the code"
            )
        if np.shape(f(x)):
            raise NotScalar(np.shape(f(x)), "hessian")
        return _reshaped(self.hessian_of, f, floating_point(x), 2 * np.shape(x))


def _reshaped(
    derive: Callable[[Function, Array], Any], f: Function, x: Array, shape: tuple[int, ...]
) -> Array:
    """The derivative of f as a map between vectors, in `shape`. f is handed the dtype that the
    package chooses: its steps suit that.
    """
    found = derive(lambda v: np.ravel(f(np.reshape(v, x.shape))), np.ravel(x))
    return np.reshape(found, shape).astype(x.dtype, copy=False)

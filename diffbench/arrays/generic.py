"""Points beside a singular one, taken at random: what is exactly 0 there is 0 for a reason, so that a
derivative of exactly 0 stays 0 whatever it is multiplied by.

    sqrt(u) where u = z - z, max(0 * x, 0)      u_dot = 0, and 0 * inf or 0 * NaN is 0: u does not move

At a point that somebody chose the same 0 may be a coincidence (sqrt(x * x) at 0), and 0 * inf is a
limit that is not known: it stays NaN there.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_is_generic: ContextVar[bool] = ContextVar("a generic point", default=False)


def is_generic() -> bool:
    """Whether what is differentiated now is so at a point taken at random."""
    return _is_generic.get()


@contextmanager
def at_generic_points() -> Iterator[None]:
    """Derivatives within are taken at points at random."""
    before = _is_generic.set(True)
    try:
        yield
    finally:
        _is_generic.reset(before)

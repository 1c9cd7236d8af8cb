"""A term of a sum of multiples: number * core, and what it may be scaled by."""

from typing import Any, NamedTuple

_SMALLEST, _LARGEST = 2.0**-20, 2.0**20


class Term(NamedTuple):
    """number * core, or number * scalar * core, or number * core / scalar; with another factor, the
    core is a product of two arrays.
    """

    number: float
    core: Any
    factor: Any = None
    scalar: Any = None
    below: bool = False

    @property
    def is_core(self) -> bool:
        return self.number == 1 and self.factor is None and self.scalar is None


def scaled(terms: list[Term], number: float) -> list[Term]:
    return [term._replace(number=float(number * term.number)) for term in terms]


def is_near_one(number: float) -> bool:
    return _SMALLEST <= abs(number) <= _LARGEST

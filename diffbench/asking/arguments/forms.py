"""What a prepared answer needs from the arguments that do not vary: numbers, which are handed to it
at each call, and the rest, by which one preparation is told from another.

    f(params, {"x": array, "k": 3}, rate=0.1)     numbers   the array and 0.1
                                                  fixed     k = 3, the containers, the names

Arrays of floats and of whole numbers and floats are numbers. Everything else (a count, a word, a
flag, an object) f may use in any way: another value of it is another function.
"""

from collections.abc import Iterable
from functools import wraps
from typing import Any

import numpy as np
import optree

from diffbench.arrays.traced import Traced
from diffbench.asking.arguments.several import Call
from diffbench.asking.arguments.structures import flatten
from diffbench.interface import Function
from diffbench.ir import freeze

MOST_SEPARATE = 8  # inputs of a program; what is more of them and small is joined to one
SMALL = 256  # numbers
_HASHED = (bool, int, str, bytes, type(None), complex)


class Form:
    """One call's arguments, taken apart."""

    def __init__(self, call: Call) -> None:
        others = [None if k in call.positions else arg for k, arg in enumerate(call.args)]
        leaves, self.spec = flatten((others, call.keywords))
        self.fixed = [None if is_number(leaf) else leaf for leaf in leaves]
        places = [k for k, leaf in enumerate(leaves) if is_number(leaf)]
        self.joined = _joined(places, leaves)
        self.apart = [k for k in places if k not in self.joined]
        self.numbers = tuple([_array(leaves[k]) for k in self.apart])
        if self.joined:
            self.shapes = [np.shape(leaves[k]) for k in self.joined]
            self.numbers += (np.concatenate([np.ravel(leaves[k]) for k in self.joined]),)
        inside = call.inside.form if call.inside else None
        shapes = tuple(self.shapes) if self.joined else ()
        self.key = (inside, self.spec, tuple(self.apart), shapes, *map(_key, self.fixed))

    @property
    def contents(self) -> Any:
        """By which the numbers are told as well."""
        return freeze(self.numbers)

    @property
    def objects(self) -> list[Any]:
        """What is fixed and may change inside."""
        return [leaf for leaf in self.fixed if not isinstance(leaf, (*_HASHED, float))]

    def function(self, call: Call) -> Function:
        """f as a function of the point and the numbers."""

        @wraps(call.f, updated=())
        def of_numbers(x: Any, *numbers: Any) -> Any:
            args, keywords = self._filled(numbers)
            return call.result(call.f(*call.placed(x, args), **keywords))

        if call.inside:
            of_numbers.place_of = call.place_of  # type: ignore[attr-defined]
        return of_numbers

    def _filled(self, numbers: tuple[Any, ...]) -> Any:
        leaves = list(self.fixed)
        for k, number in zip(self.apart, numbers, strict=False):
            leaves[k] = number
        if self.joined:
            leaves_of_joined = _split(numbers[-1], self.shapes)
            for k, number in zip(self.joined, leaves_of_joined, strict=True):
                leaves[k] = number
        return optree.tree_unflatten(self.spec, leaves)


def is_number(leaf: Any) -> bool:
    """Whether it is an array of floats or whole numbers, or a float."""
    if type(leaf) is np.ndarray:
        return leaf.dtype.kind == "f" or (leaf.dtype.kind in "iu" and leaf.ndim > 0)
    return isinstance(leaf, (float, np.floating)) or type(leaf) is Traced


def _array(leaf: Any) -> Any:
    """As a program takes it; an array of 0 dimensions as a number."""
    if type(leaf) is Traced:  # which passes for a float
        return leaf
    return float(leaf) if isinstance(leaf, float) else leaf[()]


def _joined(places: list[int], leaves: list[Any]) -> list[int]:
    """The places of the numbers that are handed over as one vector."""
    if len(places) <= MOST_SEPARATE:
        return []
    return [k for k in places if _is_small(leaves[k])]


def _is_small(leaf: Any) -> bool:
    return np.size(leaf) <= SMALL and np.result_type(leaf) == np.float64


def _split(vector: Any, shapes: list[tuple[int, ...]]) -> Iterable[Any]:
    begin = 0
    for shape in shapes:
        size = int(np.prod(shape))
        yield vector[begin] if shape == () else vector[begin : begin + size].reshape(shape)
        begin += size


def _key(leaf: Any) -> Any:
    """By which a fixed value is told: its value, or which object it is."""
    if isinstance(leaf, _HASHED):
        return (type(leaf), leaf)
    return freeze(leaf) if type(leaf) is np.ndarray else id(leaf)

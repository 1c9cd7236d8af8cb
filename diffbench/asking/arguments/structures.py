"""Dicts, lists, tuples and dataclasses of arrays as one vector, and back.

    {"w": array (2, 3), "b": 1.0}   ->   a vector of 7 numbers, in the order in which optree walks
                                         (keys sorted, fields as declared), which is JAX's

None stands for nothing. Fields of a dataclass that are declared with
`field(metadata={"static": True})` are kept as they are.
"""

import dataclasses
from collections.abc import Callable, Iterator
from itertools import pairwise
from math import prod
from typing import Any

import numpy as np
import optree

from diffbench.arrays.traced import Traced
from diffbench.asking.arguments.containers import is_dataclass
from diffbench.asking.checks.checked import as_point
from diffbench.errors import BadInput, BadPoint

NAMESPACE = "diffbench"  # of optree's registry, in which dataclasses are entered when they are met
_NUMPYS = (np.ndarray, np.generic, Traced)


class Structure:
    """What one structure looks like: its containers, and the shape and dtype of each array in it."""

    def __init__(self, whole: Any, role: str = "the structure") -> None:
        leaves, self.spec = flatten(whole)
        points = [_point(leaf, whole, k, role) for k, leaf in enumerate(leaves)]
        self.shapes = [np.shape(point) for point in points]
        self.dtypes = [np.dtype(getattr(point, "dtype", float)) for point in points]
        self.dtype = np.result_type(*self.dtypes) if points else np.dtype(float)
        self.ends = np.cumsum([0, *map(prod, self.shapes)]).tolist()
        self.points = points

    @property
    def form(self) -> tuple[Any, ...]:
        """What two structures of one form have in common."""
        return (self.spec, tuple(self.shapes), tuple(self.dtypes))

    @property
    def size(self) -> int:
        """How many numbers it holds."""
        return int(self.ends[-1])

    def vector(self, whole: Any, role: str) -> Any:
        """The numbers of another structure of the same form. Raises BadInput for what differs."""
        other = Structure(whole)
        if (other.spec, other.shapes) != (self.spec, self.shapes):
            raise BadInput(
                f"{role} is {other.described()}, and {self.described()} is needed; pass arrays of "
                "these shapes in the same containers"
            )
        return other.take()

    def take(self) -> Any:
        """The numbers it was made of, as one vector, which are not kept."""
        points, self.points = self.points, []
        return _joined(points, self.dtype)

    def rows(self, many: Any) -> Any:
        """Structures of this form along the first axis of each array, a row each; None for what is
        none.
        """
        leaves, spec = flatten(many)
        if spec != self.spec or any(type(leaf) is not np.ndarray for leaf in leaves):
            return None
        counts = {leaf.shape[:1] for leaf in leaves}
        if len(counts) != 1 or [leaf.shape[1:] for leaf in leaves] != self.shapes:
            return None
        if any(leaf.dtype != dtype for leaf, dtype in zip(leaves, self.dtypes, strict=True)):
            return None
        [(count,)] = counts
        return np.concatenate([leaf.reshape(count, -1) for leaf in leaves], axis=1)

    def whole(self, vector: Any) -> Any:
        """The structure of the entries of a vector, each array in its dtype."""
        return optree.tree_unflatten(self.spec, list(self._parts(vector)))

    def arrays(self, vector: Any) -> Any:
        """The same for an answer, in which a number is an array of shape ()."""
        parts = [p if type(p) is Traced else np.asarray(p) for p in self._parts(vector)]
        return optree.tree_unflatten(self.spec, parts)

    def along(self, axis: int, array: Any) -> Any:
        """The structure of the parts of an array along an axis, which becomes those of each entry."""
        parts = []
        for (begin, end), shape in zip(pairwise(self.ends), self.shapes, strict=True):
            part = array[(slice(None),) * axis + (slice(begin, end),)]
            after = np.shape(array)[axis + 1 :]
            parts.append(np.reshape(part, (*np.shape(array)[:axis], *shape, *after)))
        return optree.tree_unflatten(self.spec, parts)

    def _parts(self, vector: Any) -> Iterator[Any]:
        same = getattr(vector, "dtype", None) == self.dtype  # and no wider type of ours
        for (begin, end), shape, dtype in zip(
            pairwise(self.ends), self.shapes, self.dtypes, strict=True
        ):
            part = vector[begin] if shape == () else vector[begin:end]
            part = part.reshape(shape) if len(shape) > 1 else part  # also of a peer's arrays
            yield part.astype(dtype) if same and dtype != self.dtype else part

    def mapped(self, function: Callable[[Any], Any], whole: Any) -> Any:
        """function(leaf) in place of each leaf of a structure of this form."""
        return optree.tree_unflatten(self.spec, [*map(function, self.spec.flatten_up_to(whole))])

    def described(self) -> str:
        """Containers and shapes, in words."""
        shapes: list[Any] = [f"array{list(shape)}" for shape in self.shapes]
        return str(optree.tree_unflatten(self.spec, [_Word(shape) for shape in shapes]))

    def name_of(self, entry: int) -> str:
        """Which number an entry of the vector is: "['w'][1, 2]"."""
        k = int(np.searchsorted(self.ends, entry, side="right")) - 1
        index = np.unravel_index(entry - self.ends[k], self.shapes[k])
        inside = str([int(i) for i in index]) if index else ""
        return str(self.spec.accessors()[k].codify("")) + inside


class _Word(str):
    def __repr__(self) -> str:
        return str(self)


def flatten(whole: Any) -> tuple[list[Any], Any]:
    """The leaves of a structure, and what optree needs to put them together again."""
    while True:
        leaves, spec = optree.tree_flatten(whole, namespace=NAMESPACE)
        new = {type(leaf) for leaf in leaves if is_dataclass(leaf)}
        if not new:
            return leaves, spec
        for kind in new:
            _enter(kind)


def _enter(kind: Any) -> None:
    """A dataclass into optree's registry: its fields are children, but for the static ones."""
    fields = [field for field in dataclasses.fields(kind) if field.init]
    varying = [f.name for f in fields if not f.metadata.get("static")]
    static = [f.name for f in fields if f.metadata.get("static")]

    def apart(thing: Any) -> Any:
        kept = tuple([getattr(thing, name) for name in static])
        return [getattr(thing, name) for name in varying], kept, varying

    def together(kept: Any, children: Any) -> Any:
        return kind(
            **dict(zip(varying, children, strict=True)), **dict(zip(static, kept, strict=True))
        )

    optree.register_pytree_node(
        kind, apart, together, path_entry_type=optree.GetAttrEntry, namespace=NAMESPACE
    )


def _point(leaf: Any, whole: Any, k: int, role: str) -> Any:
    try:
        is_a_methods_own = hasattr(leaf, "__array_ufunc__") and not isinstance(leaf, _NUMPYS)
        return leaf if is_a_methods_own else as_point(leaf)
    except BadPoint as error:
        place = optree.tree_structure(whole, namespace=NAMESPACE).accessors()[k].codify("")
        raise BadPoint(
            f"{place} of {role}: {error}; what is no number is an argument of its own that is not "
            'differentiated, or a field of a dataclass with metadata={"static": True}'
        ) from None


def _joined(points: list[Any], dtype: Any) -> Any:
    if not points:
        return np.zeros(0)
    return np.concatenate([np.ravel(point) for point in points]).astype(dtype, copy=False)

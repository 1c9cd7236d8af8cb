"""A prepared answer at many points at once, as JAX's vmap gives it: x (and the direction) with a
leading axis, further arguments the same for all, answers with that axis in front.

The method `compiled` has native code that loops over the points, each structure a row; of any other
the answer of one point is asked for each, and the answers are stacked.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import optree

from diffbench.arrays.traced import Traced
from diffbench.asking.arguments.forms import Form
from diffbench.asking.arguments.several import Call
from diffbench.asking.arguments.structures import NAMESPACE, Structure, flatten
from diffbench.asking.derivations import Answer
from diffbench.asking.prepared.recipes import Repeatable
from diffbench.errors import BadInput
from diffbench.interface import Operator

DIRECTED_AS_X = (Operator.JVP, Operator.HVP)


class ManyAnswers(Repeatable):
    """Called (x[, direction], *args, **keywords) with x of shape (N, ...).

    one: the prepared answer of one point. native: what answers (x, *numbers[, direction]) of the
    form of these arguments, if there is such code. rows: of points that are structures what they
    look like; native takes a row a point then.
    """

    def __init__(
        self,
        one: Answer,
        operator: Operator,
        native: Any,
        key: Any,
        shape: Callable[..., Any],
        rows: Structure | None = None,
    ) -> None:
        self.one, self.operator, self.native = one, operator, native
        self.key, self.shaped, self.rows = key, shape, rows

    def __call__(self, x: Any, *rest: Any, **keywords: Any) -> Any:
        if self.native is not None and (self.rows or type(x) is np.ndarray):
            rows, along = self._in_rows(x, rest)
            if rows is not None and self._is_one_each(rows, along):
                found = self._natively(rows, along, keywords)
                if found is not None:
                    return found
        return self._one_by_one(x, rest, keywords)

    def _in_rows(self, x: Any, rest: tuple[Any, ...]) -> tuple[Any, tuple[Any, ...]]:
        """The points, and the directions in front of the rest, a row each; None for what has
        another form.
        """
        if self.rows is None:
            return x, rest
        count = 1 if self.operator in DIRECTED_AS_X else 0
        rows, *along = [self.rows.rows(each) for each in (x, *rest[:count])]
        if any(each is None for each in along):
            return None, rest
        return rows, (*along, *rest[count:])

    def _is_one_each(self, x: Any, rest: tuple[Any, ...]) -> bool:
        """Whether there is a direction for each point."""
        return not self.operator.takes_direction or np.shape(rest[0])[:1] == x.shape[:1]

    @property
    def route(self) -> str:
        """The code behind it."""
        return "one by one" if self.native is None else str(self.native.route)

    def _natively(self, x: Any, rest: tuple[Any, ...], keywords: dict[str, Any]) -> Any:
        count = 1 if self.operator.takes_direction else 0
        numbers: tuple[Any, ...] = ()
        if self.key is not None:
            numbers = self._numbers(x, rest[count:], keywords)
        elif len(rest) > count or keywords:
            return None
        if numbers is None or not self.native.fits(x, numbers):
            return None
        return self.shaped(self.native(x, *numbers, *rest[:count]))

    def _numbers(self, x: Any, args: tuple[Any, ...], keywords: dict[str, Any]) -> Any:
        """What is handed to the code; None where it is of another form."""
        known = {**getattr(self.one, "keywords", {}), **keywords}
        if not len(x):
            return None
        first = x[0] if self.rows is None else self.rows.whole(x[0])
        form = Form(Call(self.operator, _nothing, (first, *args), 0, False, known))
        return form.numbers if form.key == self.key else None

    def _one_by_one(self, x: Any, rest: tuple[Any, ...], keywords: dict[str, Any]) -> Any:
        count = 1 if self.operator.takes_direction else 0
        points, directions = points_of(x), [points_of(d) for d in rest[:count]]
        if any([len(along) != len(points) for along in directions]):
            raise BadInput(
                f"there are {len(points)} points and {len(directions[0])} directions; pass one for "
                "each"
            )
        found = [
            self.one(point, *along, *rest[count:], **keywords)
            for point, *along in zip(points, *directions, strict=True)
        ]
        return stacked(found)


def _nothing(*args: Any, **keywords: Any) -> None:
    """In place of f, where only its arguments are looked at."""


def points_of(x: Any) -> list[Any]:
    """The points along the first axis of an array, or of each array of a structure."""
    leaves, spec = flatten(x)
    arrays: list[Any] = [leaf if type(leaf) is Traced else np.asarray(leaf) for leaf in leaves]
    if isinstance(x, list) and not any([array.ndim for array in arrays]):
        arrays, spec = [np.asarray(x, float)], flatten(0.0)[1]
    counts = {np.shape(array)[:1] for array in arrays}
    if len(counts) != 1 or () in counts or (0,) in counts:
        raise BadInput(
            "batch=True takes points along the first axis, the same number of them (at least one) "
            f"in each array, and the shapes are {[np.shape(array) for array in arrays]}"
        )
    [(count,)] = counts
    return [optree.tree_unflatten(spec, [array[k] for array in arrays]) for k in range(count)]


def stacked(answers: list[Any]) -> Any:
    """Answers of one structure as one with an axis in front."""
    leaves = [flatten(answer)[0] for answer in answers]
    spec = optree.tree_structure(answers[0], namespace=NAMESPACE)
    return optree.tree_unflatten(spec, [np.stack(parts) for parts in zip(*leaves, strict=True)])

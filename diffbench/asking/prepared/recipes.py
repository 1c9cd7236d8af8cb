"""How a prepared answer is pickled: as what it was prepared from.

Native code and generated functions don't travel; the function, the point and the options do, and
the answer is prepared again where it arrives (the compiled library comes from the cache, if the
machine is the same). The function is pickled as any other: by its name, or by joblib and Dask, which
use cloudpickle, as it is.
"""

from collections.abc import Callable
from functools import partial
from pickle import PicklingError
from typing import Any, NamedTuple


class Recipe(NamedTuple):
    """What an answer was prepared from: prepare(*args, **options)."""

    prepare: Callable[..., Any]
    args: tuple[Any, ...]
    options: dict[str, Any]


def followed(prepare: Callable[..., Any], args: Any, options: Any) -> Any:
    """The answer, prepared again."""
    return prepare(*args, **options)


class Repeatable:
    """An answer that can be pickled once it knows its recipe."""

    recipe: Recipe | None = None

    def __reduce__(self) -> Any:
        if self.recipe is None:
            raise PicklingError(
                "a part of a prepared answer can't be pickled; pickle what diffbench.prepare "
                "returned"
            )
        return followed, tuple(self.recipe)


class Prepared(Repeatable, partial):  # type: ignore[type-arg]
    """A generated function that can be pickled; called as quickly as it is."""


def with_recipe(answer: Any, recipe: Recipe) -> Any:
    """The answer, which pickles from now on."""
    if isinstance(answer, Repeatable):
        answer.recipe = recipe
        return answer
    if hasattr(type(answer), "recipe"):  # native
        answer.recipe = (followed, tuple(recipe))
        return answer
    made = Prepared(answer)
    made.__dict__.update(getattr(answer, "__dict__", {}))
    made.recipe = recipe
    return made

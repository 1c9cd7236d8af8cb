"""Which traced arrays share memory: where NumPy returns a view, a write through either array must
reach the other.

y = x[1:]      y.alias is x.alias: x owns it, and y is the view that the path ((getitem, 1:),) makes of it
"""

import weakref
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from diffbench.arrays.traced import Traced, core
from diffbench.ir import Primitive


@dataclass(slots=True)
class Memory:
    """What shares one block of memory: the owner, and its views with the primitives that made them
    from it.
    """

    owner: Traced
    # by identity: weak reference, path
    views: dict[int, tuple[Any, tuple[Any, ...]]] = field(default_factory=dict)

    def add(self, view: Traced, path: tuple[Any, ...]) -> None:
        key, views = id(view), self.views
        views[key] = weakref.ref(view, lambda _: views.pop(key, None)), path
        view.alias = self

    def path_of(self, array: Traced) -> tuple[Any, ...]:
        return self.views[id(array)][1] if array is not self.owner else ()


def view(
    y: Traced, primitive: Primitive, x: Traced, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> Traced:
    """y, known to be a view of x."""
    memory = x.alias
    if memory is None:
        memory = x.alias = Memory(x)
    memory.add(y, (*memory.path_of(x), (primitive, args, kwargs)))
    return y


def shared(
    y: Any, primitive: Primitive, x: Any, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> Any:
    """y, known to be a view of x if it is one."""
    if type(y) is Traced and type(x) is Traced and y.ndim and np.may_share_memory(core(y), core(x)):
        return view(y, primitive, x, args, kwargs)
    return y


def follow(x: Any, path: tuple[Any, ...]) -> Any:
    """The view that `path` makes of x."""
    for primitive, args, kwargs in path:
        x = primitive.evaluate(x, *args, **kwargs)
    return x


def put(target: Traced, changed: Traced) -> None:
    """What a traced array stands for is exchanged."""
    target.primal, target.level, target.link = changed.primal, changed.level, changed.link


def show(owner: Traced, changed: Traced) -> None:
    """The owner of some memory stands for what was written, and so do all its views."""
    put(owner, changed)
    memory = owner.alias
    for reference, path in list(memory.views.values()) if memory is not None else ():
        view = reference()
        if view is not None:
            put(view, follow(owner, path))

"""A prepared answer of a function of several arguments: g(params, other_batch).

What does not vary is given anew at each call, as in g = prepare(f, params, batch). Numbers among it
are inputs of the recorded program; for another count, word or object the function is prepared once
more, and where there are too many of them f is run at each call.
"""

import inspect
import logging
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from diffbench.asking.arguments.forms import Form
from diffbench.asking.arguments.several import Call
from diffbench.asking.arguments.structures import Structure, flatten
from diffbench.asking.derivations import Answer
from diffbench.asking.prepared.recipes import Repeatable
from diffbench.errors import BadInput
from diffbench.interface import Function

MOST_FORMS = 16
_log = logging.getLogger("diffbench")

Making = Callable[[Call, Form], Answer]


class PreparedCall(Repeatable):
    """Called (x[, direction], *args, **keywords). Keywords given to `prepare` hold at each call
    that does not give them. out=, unless f itself has an argument of that name: an array, or a
    structure of arrays, that the derivative is written into.

    make(call, form) prepares an answer called (point, *numbers, *direction); `directly` answers
    (call, *directions) without. told_by_numbers: whether an answer holds for these numbers only.
    """

    def __init__(
        self,
        call: Call,
        argnums: Any,
        make: Making,
        directly: Callable[..., Any],
        told_by_numbers: bool,
    ) -> None:
        self.f, self.operator, self.keywords = call.f, call.operator, call.keywords
        self.how = (argnums, call.has_aux)
        self.make, self.directly, self.told_by_numbers = make, directly, told_by_numbers
        self.prepared: dict[Any, tuple[Call, Form, Answer]] = {}  # the form keeps objects alive
        self.has_said = False
        self.fills = "out" not in _names(call.f)
        self._answer_of(call, Form(call))

    def __call__(self, x: Any, *rest: Any, **keywords: Any) -> Any:
        count = 1 if self.operator.takes_direction else 0
        out = keywords.pop("out", None) if self.fills else None
        keywords = {**self.keywords, **keywords}
        call = Call(self.operator, self.f, (x, *rest[count:]), *self.how, keywords)
        along, form = call.directions(rest[:count]), Form(call)
        found = self._found(call, form, along)
        whole = call.answer(found)
        if out is None:
            return whole
        return written(out, whole, 1 if type(found) is tuple else 0 if call.has_aux else None)

    def _found(self, call: Call, form: Form, along: tuple[Any, ...]) -> Any:
        """What is answered for the function of one array."""
        known = self._answer_of(call, form)
        if known is None:
            return self.directly(call, *along)
        found = known[2](call.point, *(() if self.told_by_numbers else form.numbers), *along)
        call.outside = call.outside or known[0].outside
        return found

    def _answer_of(self, call: Call, form: Form) -> tuple[Call, Form, Answer] | None:
        key = (form.key, form.contents) if self.told_by_numbers else form.key
        if key in self.prepared:
            return self.prepared[key]
        if len(self.prepared) >= MOST_FORMS:
            self._say(form)
            return None
        known = self.prepared[key] = (call, form, self.make(call, form))
        return known

    def _say(self, form: Form) -> None:
        if not self.has_said:
            self.has_said = True
            what = "numbers" if self.told_by_numbers else "counts, words or objects"
            _log.warning(
                "the prepared answer of %s has met %d different %s among its arguments: %s is "
                "run at each call from now on; pass arrays of floats, which method='compiled' "
                "takes as they come",
                *(getattr(self.f, "__name__", "f"), MOST_FORMS, what),
                getattr(self.f, "__name__", "f"),
            )

    def __getattr__(self, name: str) -> Any:
        if name == "prepared":  # not there yet, when a copy is made
            raise AttributeError(name)
        return getattr(list(self.prepared.values())[-1][2], name)


def written(out: Any, whole: Any, place: int | None) -> Any:
    """The answer with its derivative, at that place of it, written into the arrays of `out`. Raises
    BadInput where these are others.
    """
    derivative = whole if place is None else whole[place]
    (targets, spec), (parts, form) = flatten(out), flatten(derivative)
    if spec != form or [np.shape(t) for t in targets] != [np.shape(p) for p in parts]:
        raise BadInput(
            f"out= holds arrays of shapes {[np.shape(t) for t in targets]}, and the derivative is "
            f"{Structure(derivative).described()}; pass arrays of these shapes in the same containers"
        )
    for target, part in zip(targets, parts, strict=True):
        target[...] = part
    if place is None:
        return out
    return tuple(out if k == place else part for k, part in enumerate(whole))


def _names(f: Function) -> set[str]:
    try:
        return set(inspect.signature(f).parameters)
    except (TypeError, ValueError):
        return set()


def with_objects(f: Function, form: Form) -> Function:
    """What is to be watched for changes: f and the objects that it is handed."""
    return partial(f, *form.objects) if form.objects else f

"""What is exchanged while a function runs, and what to exchange next where a trace is lost all the
same.
"""

import gc
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from inspect import unwrap
from types import CodeType, FunctionType
from typing import Any

from diffbench.arrays.capture.interception.exchange import Exchange
from diffbench.arrays.capture.interception.functions import (
    LookFirst,
    NameLooksFirst,
    all_functions,
    all_names,
)
from diffbench.arrays.capture.interception.jitted import NUMBA
from diffbench.arrays.capture.interception.losses import Place
from diffbench.arrays.capture.interception.modules import (
    IMPORTS,
    INSTEAD,
    ArrayTypes,
    Functions,
    Names,
    Types,
    compares_types,
    compatibility_layers,
    exchange_of,
    imports_inside,
    is_layer,
    may_be_touched,
    uses_layer,
)


@dataclass(frozen=True)
class Plan:
    """functions: plain ones that rules stand for; names: those of modules; creators: the modules
    whose new arrays take traced values; boxes: whether arrays may hold traced numbers as objects.
    """

    functions: tuple[LookFirst | NameLooksFirst, ...] = ()
    names: tuple[Names, ...] = ()
    others: tuple[Exchange, ...] = ()
    creators: frozenset[int] = frozenset()
    boxes: bool = False

    @property
    def exchanges(self) -> tuple[Exchange, ...]:
        return (*self.functions, *self.names, *self.others)


PLAIN = Plan()


def wider(plan: Plan, home: dict[str, Any] | None, places: list[Place]) -> Iterator[Plan]:
    """Plans that exchange more than this one, in the order in which they are worth a trial; places:
    who was on the stack when the trace was lost, innermost first.
    """
    modules = list({id(place.names): place.names for place in places}.values())
    modules = [names for names in modules if may_be_touched(names)]
    yield from _with_conversions(plan, modules, places)
    if home is not None and id(home) not in plan.creators:
        yield replace(plan, creators=plan.creators | {id(home)})
    if not plan.boxes:
        yield replace(plan, boxes=True)
    yield from _with_types(plan, modules)
    for names in modules:
        if id(names) not in plan.creators:
            yield replace(plan, creators=plan.creators | {id(names)})
    yield from _with_called(plan, places)
    held = tuple(held_by({place.code for place in places if may_be_touched(place.names)}))
    if held and not any(isinstance(other, HeldNames) for other in plan.others):
        yield replace(plan, others=(*plan.others, *held))


def _with_conversions(
    plan: Plan, modules: list[dict[str, Any]], places: list[Place]
) -> Iterator[Plan]:
    layers = [
        exchange_of(ArrayTypes, layer)
        for names in modules
        if uses_layer(names)
        for layer in compatibility_layers(names)
    ]
    new = [exchange_of(Functions, names) for names in modules if not is_layer(names)]
    new = [names for names in dict.fromkeys((*new, *layers)) if names not in plan.names]
    more: tuple[Exchange, ...] = (IMPORTS,) if any(imports_inside(p.code) for p in places) else ()
    more += (NUMBA,) if "numba" in sys.modules else ()
    functions: tuple[LookFirst | NameLooksFirst, ...] = (*all_functions(), *all_names())
    if not new and plan.functions == functions:
        return
    others = tuple(dict.fromkeys((*plan.others, *more)))
    yield replace(plan, functions=functions, names=(*plan.names, *new), others=others)


def _with_called(plan: Plan, places: list[Place]) -> Iterator[Plan]:
    """Whoever makes the arrays that are written to may have returned by now: the modules of what the
    innermost functions call.
    """
    for place in places[:4]:
        for names in called_from(place.code, place.names):
            if id(names) not in plan.creators and may_be_touched(names):
                new = exchange_of(Functions, names)
                all_names = plan.names if new in plan.names else (*plan.names, new)
                yield replace(plan, names=all_names, creators=plan.creators | {id(names)})


def called_from(code: CodeType, names: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The modules of the functions that a code names, others than its own."""
    for name in code.co_names:
        function = unwrap(names[name]) if callable(names.get(name)) else None
        if isinstance(function, FunctionType) and function.__globals__ is not names:
            yield function.__globals__


def _with_types(plan: Plan, modules: list[dict[str, Any]]) -> Iterator[Plan]:
    new = [exchange_of(Types, names) for names in modules if not compares_types(names)]
    new = [names for names in new if names not in plan.names]
    if new:
        yield replace(plan, names=(*plan.names, *new))


class HeldNames:
    """What functions hold in their default arguments and closures, exchanged as names are."""

    def __init__(self, function: FunctionType, instead: dict[int, Any]) -> None:
        self.function = function
        self.instead = instead
        self.defaults = function.__defaults__
        self.kwdefaults = function.__kwdefaults__
        self.cells = [
            (cell, cell.cell_contents)
            for cell in function.__closure__ or ()
            if id(_contents(cell)) in instead
        ]

    def put(self) -> None:
        other = self._other
        if self.defaults:
            self.function.__defaults__ = tuple(map(other, self.defaults))
        if self.kwdefaults:
            self.function.__kwdefaults__ = {
                name: other(value) for name, value in self.kwdefaults.items()
            }
        for cell, value in self.cells:
            cell.cell_contents = other(value)

    def lift(self) -> None:
        self.function.__defaults__ = self.defaults
        self.function.__kwdefaults__ = self.kwdefaults
        for cell, value in self.cells:
            cell.cell_contents = value

    def _other(self, value: Any) -> Any:
        return self.instead.get(id(value), value)


def _contents(cell: Any) -> Any:
    try:
        return cell.cell_contents
    except ValueError:  # not bound yet
        return None


def held_by(codes: set[CodeType]) -> Iterator[HeldNames]:
    """The functions of these codes that hold something which has a twin."""
    for function in gc.get_referrers(*codes) if codes else ():
        if isinstance(function, FunctionType) and function.__code__ in codes:
            held = [*(function.__defaults__ or ()), *(function.__kwdefaults__ or {}).values()]
            held += map(_contents, function.__closure__ or ())
            if any(id(value) in INSTEAD for value in held):
                yield HeldNames(function, INSTEAD)

"""The rule of a primitive as a small program, recorded once for each combination of shapes.

multiply, both factors varying     (y_bar, y, x1, x2) -> (y_bar * x2, y_bar * x1)

It is kept as a Fragment, which is pasted into a longer program without looking at it again.
"""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from diffbench.arrays.capture.interception.exchange import in_place
from diffbench.arrays.capture.interception.functions import all_functions
from diffbench.arrays.dual import Forward
from diffbench.arrays.recorder import Recorder
from diffbench.arrays.reverse.pullback import pulls
from diffbench.ir import SCALAR, Aval, Equation, Fragment, Program, Var, aval, aval_of, freeze
from diffbench.program.passes.pipelines import in_force, simplify
from diffbench.rules.entries.indexing import Scatter

Rule = Callable[[Equation, tuple[int, ...], tuple[Any, ...], tuple[Any, ...]], Program]
_MOST_KEPT = 10_000
# kinds whose rules can be recorded at any values
_SAFE_ANYWHERE = (
    "elementwise",
    "linear",
    "multilinear",
)
_rules: dict[Any, Fragment] = {}


def rule_program(
    kind: Rule,
    equation: Equation,
    active: tuple[int, ...],
    directions: tuple[Any, ...],
    values_of: Callable[..., Any],
) -> Fragment:
    """The rule of an equation, pull_rule or push_rule, for the active ones of its arguments: a
    function of (directions, ys, xs).

    From the cache where its shapes and small constants have been met before; `values_of` gives
    arguments at the point of recording, which are asked for where a rule depends on values.
    """
    primitive, args, params, _ = equation
    known = tuple([arg.aval if type(arg) is Var else _constant_key(arg) for arg in args])
    seeds = tuple(
        [
            d.aval if type(d) is Var else SCALAR if type(d) is float else aval_of(d)
            for d in directions
        ]
    )
    # real or complex at the same shapes
    made = tuple([y.aval for y in equation.outputs]) if primitive.complex_by_value else ()
    asked = freeze(params) if params else ()
    key = (kind, primitive, active, known, seeds, asked, made, in_force().on)
    fragment = _rules.get(key)
    if fragment is None:
        rule = _recorded_rule(kind, equation, active, tuple(map(_ones, seeds)), values_of)
        fragment = Fragment.of(rule)
        if not rule.guards and (primitive.kind in _SAFE_ANYWHERE or _is_finite(rule)):
            if len(_rules) >= _MOST_KEPT:
                _rules.clear()
            _rules[key] = fragment
    return fragment


def _recorded_rule(
    kind: Rule,
    equation: Equation,
    active: tuple[int, ...],
    seeds: tuple[Any, ...],
    values_of: Callable[..., Any],
) -> Program:
    if equation.primitive.kind in _SAFE_ANYWHERE:
        rule = kind(equation, active, seeds, tuple(map(_stand_in, equation.args)))
        if not rule.guards:
            return rule
    return kind(equation, active, seeds, values_of(equation.args))


def _is_finite(rule: Program) -> bool:
    """Whether a rule was recorded where it has a value; elsewhere it may have given up before the
    end.
    """
    with np.errstate(all="ignore"):
        return all([bool(np.all(np.isfinite(value))) for value in rule.evaluate(*rule.point)])


def _stand_in(arg: Any) -> Any:
    return _ones(arg.aval) if type(arg) is Var else arg


def _ones(known: Aval) -> Any:
    return np.ones(known.shape, known.dtype)[()]


def _constant_key(arg: Any) -> Any:
    """Constants that a rule is recorded for one by one (the 2 of x**2), and those that are
    arguments of it.
    """
    kind = type(arg)
    if (kind is float or kind is int) and abs(arg) <= 16 and arg == int(arg):
        return kind, arg
    return aval((), kind) if kind in (float, int, bool) else aval_of(arg)


def pull_rule(
    equation: Equation, active: tuple[int, ...], y_bars: tuple[Any, ...], xs: tuple[Any, ...]
) -> Program:
    """(y_bars, ys, xs) -> the cotangents of the active xs, recorded at these values."""
    primitive, _, params, output = equation
    several = type(output) is tuple

    def rule(y_bars: tuple[Any, ...], ys: tuple[Any, ...], xs: list[Any]) -> Iterator[Any]:
        y_bar, y = (list(y_bars), ys) if several else (y_bars[0], ys[0])
        for pulled in pulls(primitive, active, y_bar, y, xs, params):
            yield pulled.dense() if type(pulled) is Scatter else pulled

    return _recorded(rule, y_bars, equation, xs)


def push_rule(
    equation: Equation, active: tuple[int, ...], active_dots: tuple[Any, ...], xs: tuple[Any, ...]
) -> Program:
    """(x_dots of the active xs, ys, xs) -> the tangents of the ys, recorded at these values."""
    primitive, _, params, output = equation
    several = type(output) is tuple

    def rule(active_dots: tuple[Any, ...], ys: tuple[Any, ...], xs: list[Any]) -> Iterator[Any]:
        x_dots = [None] * len(xs)
        for i, x_dot in zip(active, active_dots, strict=True):
            x_dots[i] = x_dot
        with Forward() as level:
            y_dot = level.push(primitive, x_dots, ys if several else ys[0], xs, params)
        yield from y_dot if several else (y_dot,)

    return _recorded(rule, active_dots, equation, xs)


def _recorded(
    rule: Callable[..., Iterator[Any]],
    directions: tuple[Any, ...],
    equation: Equation,
    xs: tuple[Any, ...],
) -> Program:
    """The program of a rule in (directions, ys, xs); small constants among the xs are written into
    it.
    """
    with in_place(all_functions()), Recorder() as recorder:
        y = equation.primitive.evaluate(*xs, **equation.params)
        ys = tuple(y) if isinstance(y, tuple) else (y,)
        point = (*directions, *ys, *xs)
        traced = [recorder.input(value) for value in point]
        d, start = len(directions), len(directions) + len(ys)
        given = [
            x if type(_constant_key(x)) is tuple else t
            for x, t in zip(xs, traced[start:], strict=True)
        ]
        outputs = tuple(rule(tuple(traced[:d]), tuple(traced[d:start]), given))
        return simplify(recorder.program("rule", outputs, point))

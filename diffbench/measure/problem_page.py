"""All of one problem, generated from its code: definition, source, point, sizes, and the figures that
a method is judged by there.
"""

import inspect
from collections.abc import Iterator

import numpy as np

from diffbench.errors import DiffbenchError
from diffbench.interface import Function, Instance, Problem
from diffbench.measure.error.tolerance import Promise, smallest_fault
from diffbench.measure.reference.second_opinion import judge

LARGEST = 128  # entries of a point up to which the truth is worked out for the page
HEAD = """| size | entries | value | truth | digits | condition | smallest fault seen: exact method, estimate |
|---|---|---|---|---|---|---|"""


def page(problem: Problem) -> str:
    """The page as Markdown."""
    return "\n".join(_paragraphs(problem))


def _paragraphs(problem: Problem) -> Iterator[str]:
    yield f"# {problem.name}\n"
    yield f"{inspect.cleandoc(problem.function.__doc__ or '')}\n"
    yield f"Source: {problem.source or 'not stated'}  "
    yield f"Asked for: {problem.operator}  "
    yield f"Tags: {', '.join(sorted(problem.tags))}  "
    yield f"By hand: {', '.join(sorted(problem.hand_written)) or 'nothing'}; "
    yield f"exact formula: {', '.join(sorted(problem.exact_formulas)) or 'none'}\n"
    yield f"```python\n{_code(problem.function)}```\n"
    yield f"Point at the first size: {_numbers(problem.at(problem.sizes[0]).point)}\n"
    yield HEAD
    yield from map(_row, map(problem.at, problem.sizes))


def _code(function: Function) -> str:
    try:
        return inspect.getsource(function)
    except (OSError, TypeError):
        return f"# {function!r}: no source at hand\n"


def _numbers(x: object) -> str:
    return np.array2string(np.asarray(x), threshold=20, edgeitems=4, max_line_width=100)


def _row(instance: Instance) -> str:
    return f"| {instance.size:,} | {instance.point.size:,} | {_value(instance)} | {_figures(instance)} |"


def _value(instance: Instance) -> str:
    with np.errstate(all="ignore"):
        value = np.asarray(instance(instance.point))
    return f"{float(value.ravel()[0]):.15g}" if value.size == 1 else f"shape {value.shape}"


def _figures(instance: Instance) -> str:
    if instance.point.size > LARGEST or instance.problem.operator.takes_direction:
        return "worked out in a run | | | "
    try:
        found = judge(instance, instance.point, instance.problem.operator)
    except DiffbenchError as reason:
        return f"none: {reason} | | | "
    eps = float(np.finfo(instance.point.dtype).eps)
    exact, estimate = (smallest_fault(found, eps, promised) for promised in reversed(Promise))
    sampled = "" if found.entries is None else f" at {len(found.entries)} entries"
    return (
        f"{found.method}{sampled} | {found.digits} | {found.cond:.1e} | {exact:.1e}, {estimate:.1e}"
    )

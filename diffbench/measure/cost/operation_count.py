"""How many arithmetic operations one evaluation of a derivative takes: the cost that is the same on
every machine.

The derivative is recorded as any other function is, and the recording counted (see
`diffbench.program.read.counts`). A method that looks at f from outside only, and so can't be
recorded, is counted by the operations of f in its calls.
"""

from collections.abc import Callable
from typing import Any

from diffbench.interface import Array
from diffbench.program import record
from diffbench.program.read.counts import count_operations


def operations(derivative: Callable[..., Any], x: Array, *direction: Array) -> int | None:
    """Operations of derivative(x, *direction); None where it can't be recorded."""
    try:
        recorded = record(lambda point: derivative(point, *direction), x)
        return count_operations(recorded.equations).total()
    except Exception:  # whatever stops a recording: a lost trace, a missing rule, code that insists on plain arrays
        return None


def operations_in_calls(f: Callable[..., Any], x: Array, calls: int) -> int | None:
    """Operations of so many calls of f, None where f can't be recorded."""
    once = operations(f, x)
    return None if once is None else once * calls

"""Three problems as JAX and CasADi want them written: a loop as a scan, a branch as a choice
between two values.

The functions as they stand unroll their loops into graphs of thousands of operations, and branch on
values, which those two can't trace. That their users rewrite such code by hand belongs to the
comparison; agreement with the original is checked wherever these are measured.
"""

from dataclasses import replace
from typing import Any

from diffbench.differentiators.adapters.tools import require
from diffbench.interface import Function, Instance

STEP = 0.05  # of the oscillator


def logistic_scan(x: Any, n: int, xp: Any) -> Any:
    """The logistic map as one step, scanned."""
    return _scan(lambda l, _: (4 * l * (1 - l), None), x, None, n - 1)[0]


def oscillator_scan(x: Any, steps: int, xp: Any) -> Any:
    """The switched oscillator as one step, scanned; the switch chooses between two numbers."""
    return _scan(lambda state, _: (_oscillate(state, x, xp), None), (x[0], x[1]), None, steps)[0][0]


def oscillator_choice(x: Any, steps: int, xp: Any) -> Any:
    """The switched oscillator, unrolled, without a branch."""
    state = x[0], x[1]
    for _ in range(steps):
        state = _oscillate(state, x, xp)
    return state[0]


def rnn_scan(p: Any, inputs: Any, targets: Any, xp: Any) -> Any:
    """The recurrent network as one step, scanned over inputs and targets."""
    w, u, b, v = (
        xp.reshape(p[:1024], (32, 32)),
        xp.reshape(p[1024:1280], (8, 32)),
        p[1280:1312],
        xp.reshape(p[1312:], (32, 4)),
    )

    def step(h: Any, row: Any) -> Any:
        x, target = row
        h = xp.tanh(h @ w + x @ u + b)
        return h, xp.sum((h @ v - target) ** 2)

    return xp.sum(_scan(step, xp.zeros_like(b), (inputs, targets), None)[1])


def _oscillate(state: Any, x: Any, xp: Any) -> Any:
    y, v = state
    v = v - STEP * (xp.where(y > 0, x[2], x[3]) * y + x[4] * v)
    return y + STEP * v, v


def _scan(step: Function, start: Any, rows: Any, length: int | None) -> Any:
    return require("jax").lax.scan(step, start, rows, length=length)


FOR_JAX: dict[str, Function] = {
    "logistic_map": logistic_scan,
    "switched_oscillator": oscillator_scan,
    "rnn": rnn_scan,
}
FOR_CASADI: dict[str, Function] = {"switched_oscillator": oscillator_choice}


def rewritten(f: Instance, forms: dict[str, Function]) -> Instance:
    """The same instance, computed by its rewritten form; f itself where it has none."""
    name = f.problem.name
    return replace(f, problem=replace(f.problem, function=forms[name])) if name in forms else f

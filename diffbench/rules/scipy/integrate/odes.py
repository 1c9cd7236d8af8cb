"""scipy.integrate.solve_ivp and odeint: solutions of differential equations in the right-hand side's
closure and arguments, the initial values, the ends of the interval, and the times asked for.

SciPy chooses the steps with plain numbers. Over these steps the equation is integrated once more,
with traced values: by the method of order 8 of Dormand and Prince (Hairer, Norsett, Wanner, Solving
ordinary differential equations I) where SciPy's method is explicit, and else by that of order 5 of
Radau IIA (II of the same), whose stages are solved with plain numbers and then made to carry
derivatives. So the derivatives have the error of the steps, and the values are SciPy's.

Where the right-hand side jumps at a place that may move, so do the sensitivities: refused.
"""

# fmt: off
import warnings
from typing import Any

import numpy as np
import scipy.integrate as sg
from scipy.integrate._ivp import dop853_coefficients as dop853

from diffbench.arrays import dual
from diffbench.arrays.capture.application import as_operand
from diffbench.arrays.traced import contains_traced, core
from diffbench.rules.interception import caught, solvers
from diffbench.rules.scipy.solving import (
    Plainly,
    bare,
    encloses_traced,
    plainly,
    polished,
    refusal,
    valued,
)
from diffbench.rules.scipy.switches import moving, switches

EXPLICIT = ("RK23", "RK45", "DOP853")
ORDERS = 2  # of derivatives that the stages of Radau's method carry: one for each step with a constant matrix
ROOT = np.sqrt(6.0)
RADAU_C = np.array([(4 - ROOT) / 10, (4 + ROOT) / 10, 1.0])
RADAU_A = np.array([
    [(88 - 7 * ROOT) / 360, (296 - 169 * ROOT) / 1800, (-2 + 3 * ROOT) / 225],
    [(296 + 169 * ROOT) / 1800, (88 + 7 * ROOT) / 360, (-2 - 3 * ROOT) / 225],
    [(16 - ROOT) / 36, (16 + ROOT) / 36, 1 / 9],
])


class Equation:
    """y' = law(t, y) with the steps that SciPy took, and their values."""

    def __init__(self, law: Any, start: Any, y0: Any, steps: Any, stiff: bool, dense: Any) -> None:
        self.law = law
        self.steps = steps  # plain, in the order of integration
        self.times = [start, *steps[1:]]
        self.way = 1.0 if steps[-1] >= steps[0] else -1.0
        self.advance = self.radau if stiff else self.dormand_prince
        self.dense = dense
        self.values = [y0]

    def at(self, t: Any) -> Any:
        """y at a time, from the step before it."""
        k = int(np.clip(np.searchsorted(self.way * self.steps, self.way * bare(t), side="right") - 1, 0, len(self.steps) - 1))
        while len(self.values) <= k:
            j = len(self.values)
            self.values.append(self.advance(self.times[j - 1], self.values[-1], self.times[j] - self.times[j - 1]))
        return self.values[k] if t is self.times[k] else self.advance(self.times[k], self.values[k], t - self.times[k])

    def insert(self, *places: float) -> None:
        """More steps; those within the first and the last of these places go."""
        lo, hi = min(places), max(places)
        kept = [(t, time) for t, time in zip(self.steps, self.times, strict=True) if not lo <= t <= hi or t in self.steps[[0, -1]]]
        known = {t for t, _ in kept}
        kept += [(t, t) for t in places if t not in known]
        kept.sort(key=lambda pair: self.way * pair[0])
        self.steps, self.times, self.values = np.array([t for t, _ in kept]), [time for _, time in kept], self.values[:1]

    def move(self, places: dict[float, Any]) -> None:
        """Steps at traced times in place of plain ones."""
        self.times = [places.get(float(t), time) if 0 < k < len(self.steps) - 1 else time for k, (t, time) in enumerate(zip(self.steps, self.times, strict=True))]
        self.values = self.values[:1]

    def dormand_prince(self, t: Any, y: Any, h: Any) -> Any:
        slopes: list[Any] = []
        for a, c in zip(dop853.A[: dop853.N_STAGES], dop853.C, strict=False):
            slopes.append(self.law(t + c * h, y + h * mix(a, slopes) if slopes else y))
        return y + h * mix(dop853.B, slopes)

    def radau(self, t: Any, y: Any, h: Any) -> Any:
        if not bare(h):
            return self.dormand_prince(t, y, h)
        n, times = np.size(y), [t + c * h for c in RADAU_C]
        stages = [np.asarray(self.dense(bare(time)), float) for time in times]
        slopes = [self.slope(time, stage) for time, stage in zip(times, stages, strict=True)]
        matrix = np.eye(3 * n) - bare(h) * np.block([[RADAU_A[i, j] * slopes[j] for j in range(3)] for i in range(3)])
        for _ in range(8):
            law = [np.asarray(bare(self.law(bare(time), stage)), float) for time, stage in zip(times, stages, strict=True)]
            by = np.linalg.solve(matrix, np.concatenate([stage - bare(y) - bare(h) * mix(a, law) for a, stage in zip(RADAU_A, stages, strict=True)]))
            stages = [stage - part for stage, part in zip(stages, np.split(by, 3), strict=True)]
            if np.max(np.abs(by)) <= 1e-15 * np.max(np.abs(stages)):
                break
        for _ in range(ORDERS):
            law = [self.law(time, stage) for time, stage in zip(times, stages, strict=True)]
            by = np.linalg.solve(matrix, np.concatenate([stage - y - h * mix(a, law) for a, stage in zip(RADAU_A, stages, strict=True)]))
            stages = [stage - by[n * i : n * (i + 1)] for i, stage in enumerate(stages)]
        return stages[-1]

    def slope(self, t: Any, y: Any) -> Any:
        """The Jacobian of the law in y, of plain numbers."""
        time = bare(t)
        return np.stack([np.asarray(bare(dual.jvp(lambda y: self.law(time, y), y, e)[1]), float) for e in np.eye(np.size(y))], axis=-1)


def mix(weights: Any, slopes: list[Any]) -> Any:
    terms = [weight * slope for weight, slope in zip(weights, slopes, strict=False) if weight]
    return sum(terms[1:], start=terms[0]) if terms else 0.0


class Solution:
    """What dense_output gives: y at any time."""

    def __init__(self, equation: Equation, plain: Any) -> None:
        self.equation, self.plain = equation, plain
        self.ts, self.t_min, self.t_max = plain.ts, plain.t_min, plain.t_max

    def __call__(self, t: Any) -> Any:
        if np.ndim(t):
            return np.stack([self(time) for time in as_operand(list(t))], axis=-1)
        return of_value(self.equation.at(t), self.plain(bare(t)))


def of_value(y: Any, known: Any) -> Any:
    """y with the value that SciPy has."""
    known = np.asarray(known)
    off = np.max(np.abs(known - core(y)), initial=0.0)
    if not off <= 1e-2 * np.max(np.abs(known), initial=0.0) + 1e-6:
        raise refusal(f"scipy.integrate has not found the solution to more than {off:.1g}, so its result has no derivative; give it smaller tolerances rtol and atol")
    return valued(y, known)


def kinks(law: Any, plain: Any, solution: Any, steps: Any) -> list[Any]:
    """Where the right-hand side changes its formula on its way; where it jumps by that, at a place that
    may move, the sensitivity of the solution jumps, too: refused.
    """
    size = max(np.max(np.abs(plain(t, solution(t)))) for t in steps[:: max(1, len(steps) // 20)]) + 1e-300
    found = list(switches(lambda t: law(t, crossing(solution, t)), sorted(float(t) for t in steps)))
    for switch in found:
        at = [np.asarray(plain(t, solution(t))) for t in (switch.before, switch.after)]
        if np.max(np.abs(at[1] - at[0])) > 1e-7 * size:
            raise refusal(f"scipy.integrate: the right-hand side jumps at t = {switch.before:.6g}, and so does the sensitivity of the solution there; integrate "
                          "up to an event at the jump and go on from it")
    return found


def split_at(equation: Equation, found: list[Any], rtol: float) -> None:
    """Steps up to each kink and on from it, which may move."""
    aside = max(1e-9, 10 * rtol) * abs(equation.steps[-1] - equation.steps[0])
    for switch in found[:: int(equation.way)]:
        before, after = (float(np.clip(switch.before + way * aside, min(equation.steps), max(equation.steps))) for way in (-equation.way, equation.way))
        equation.insert(before, after)
        at = moving(lambda t: equation.law(t, equation.at(t)), switch, aside)
        equation.move({before: at - equation.way * aside, after: at + equation.way * aside})


def crossing(solution: Any, t: Any) -> Any:
    """The solution at t as a function of it, so that what is decided by it is seen."""
    time = float(core(t))
    return np.asarray(solution(time), float) + 0.0 * t


# ---------------------------------------------------------------- solve_ivp
def solve_ivp(original, fun, t_span, y0, method="RK45", t_eval=None, dense_output=False, events=None, vectorized=False, args=None, **options):
    more = tuple(args) if args is not None else ()
    law, own = Plainly(fun, more), {name: Plainly(value, more) if callable(value) else bare(value) for name, value in options.items()}
    watched, span, start = each(events, more), [bare(t) for t in t_span], plainly(y0)
    run = lambda dense, times: original(law, span, start, method, times, dense, watched and [watch for _, watch in watched], vectorized, **own)
    times = plainly(t_eval)
    found = run(True, times)
    law.met_traced |= contains_traced([t_span, y0, t_eval, *more]) or encloses_traced(fun) or any(watch.met_traced for _, watch in watched or ())
    if not law.wants_derivatives:
        return run(dense_output, times)
    if not found.success:
        raise refusal(f"scipy.integrate.solve_ivp has not reached the end, so its result has no derivative: {found.message}")
    name = method if isinstance(method, str) else method.__name__
    whole = lambda t, y: as_vector(law.exactly(t, y))
    steps = np.asarray(found.sol.ts, float)
    equation = Equation(whole, t_span[0], as_vector(y0), steps, name not in EXPLICIT, found.sol)
    split_at(equation, kinks(whole, law, found.sol, steps), float(np.max(np.asarray(own.get("rtol", 1e-3)))))
    return with_derivatives(found, equation, t_span, t_eval, watched, dense_output)


def each(events, args):
    """(event as it is, as one of plain numbers), for each."""
    if events is None:
        return None
    made = []
    for event in events if isinstance(events, (list, tuple)) else [events]:
        watch = Plainly(event, args)
        for name in ("terminal", "direction"):
            if hasattr(event, name):
                setattr(watch, name, getattr(event, name))
        made.append((watch.exactly, watch))
    return made


def as_vector(y):
    return np.reshape(as_operand(list(y)) if isinstance(y, (list, tuple)) else y, (-1,)) * 1.0


def with_derivatives(found, equation, t_span, t_eval, watched, dense_output):
    at = lambda t, known: of_value(equation.at(t), known)
    t_events, y_events, end = happened(found, equation, watched)
    end = end if end is not None else t_span[1]
    if t_eval is None:
        inner = [t for t in found.t[1:-1]]
        times = [t_span[0], *inner, end]
        equation.times[-1] = end if found.status == 0 and len(equation.times) > 1 else equation.times[-1]
    else:
        times = list(as_operand(list(t_eval)) if isinstance(t_eval, (list, tuple)) else t_eval)[: len(found.t)]
    states = [at(t, y) for t, y in zip(times, found.y.T, strict=True)]
    made = type(found)(found)
    made.update(t=as_operand(times), y=np.stack(states, axis=-1) if states else found.y, t_events=t_events, y_events=y_events)
    made.sol = Solution(equation, found.sol) if dense_output else None
    return made


def happened(found, equation, watched):
    """The times of events with their derivatives, the states then, and the last time if it ended the run."""
    if watched is None:
        return None, None, None
    end, times, states = None, [], []
    for (event, watch), known, ys in zip(watched, found.t_events, found.y_events, strict=True):
        own = [polished(lambda t, event=event: event(t, equation.at(t)), t, "scipy.integrate.solve_ivp's event") for t in known]
        own = [valued(t, k) for t, k in zip(own, known, strict=True)]
        if found.status == 1 and getattr(watch, "terminal", False) and len(known) and known[-1] == found.t[-1]:
            end = own[-1]
        times.append(as_operand(own) if own else known)
        states.append(np.stack([of_value(equation.at(t), y) for t, y in zip(own, ys, strict=True)]) if own else ys)
    return times, states, end


# ---------------------------------------------------------------- odeint
def odeint(original, func, y0, t, args=(), Dfun=None, col_deriv=0, full_output=0, ml=None, mu=None, rtol=None, atol=None, tcrit=None, h0=0.0, hmax=0.0,
           hmin=0.0, ixpr=0, mxstep=0, mxhnil=0, mxordn=12, mxords=5, printmessg=0, tfirst=False):
    args = args if isinstance(args, tuple) else (args,)
    law, times, start = Plainly(func, args), np.asarray(plainly(t), float), plainly(y0)
    slopes = Plainly(Dfun, args) if Dfun is not None else None
    run = lambda full: original(law, start, times, (), slopes, col_deriv, full, ml, mu, bare(rtol), bare(atol), tcrit, h0, hmax, hmin, ixpr, mxstep, mxhnil,
                                mxordn, mxords, printmessg, tfirst)
    y, told = run(1)
    law.met_traced |= contains_traced([y0, t, *args]) or encloses_traced(func)
    if not law.wants_derivatives:
        return run(full_output)
    if told["message"] != "Integration successful.":
        raise refusal(f"scipy.integrate.odeint has not reached the end, so its result has no derivative: {told['message']}")
    in_order = (lambda t, y: law(t, y)) if tfirst else (lambda t, y: law(y, t))
    whole = lambda t, y: as_vector(law.exactly(t, y) if tfirst else law.exactly(y, t))
    tolerance = {"rtol": bare(rtol) if rtol is not None else 1.49e-8, "atol": bare(atol) if atol is not None else 1.49e-8}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        steps = sg.solve_ivp(in_order, times[[0, -1]], np.atleast_1d(start), "LSODA", times, True, **tolerance)
    moments = as_operand(list(t)) if isinstance(t, (list, tuple)) else t
    equation = Equation(whole, moments[0], as_vector(y0), np.asarray(steps.sol.ts, float), True, steps.sol)
    split_at(equation, kinks(whole, in_order, steps.sol, equation.steps), np.max(tolerance["rtol"]))
    made = np.stack([of_value(equation.at(moments[k]), y[k]) for k in range(len(times))])
    return (made, told) if full_output else made


solvers[caught(sg.solve_ivp)] = solve_ivp
solvers[caught(sg.odeint)] = odeint

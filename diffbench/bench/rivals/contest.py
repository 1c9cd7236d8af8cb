"""One row of the peers' table: value and gradient of one function by every contestant, in one
process of its own, pinned to one core.

    python -m diffbench.bench.rivals.contest '{"problem": "rosenbrock", "size": 1000, "contestants":
    ["jax", "manual", "source"]}'

tells JSON lines: what each contestant took to prepare and how wrong it is, or why it does not take
part; then samples taken in turn. A preparation that takes too long ends the process (by SIGALRM,
which stops foreign code too): whoever started it leaves that one out.
"""

import json
import os
import signal
import sys
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import numpy as np

from diffbench import registry
from diffbench.asking.operators import prepare
from diffbench.bench.examine import primal
from diffbench.bench.rivals.chains import CHAINS
from diffbench.bench.rivals.rewritten import FOR_CASADI, FOR_JAX, rewritten
from diffbench.differentiators.compiled import Compiled
from diffbench.differentiators.peers.peer import Peer
from diffbench.errors import Unsupported
from diffbench.interface import Array, Function, Instance, Operator, Problem
from diffbench.measure.accuracy import errors
from diffbench.measure.peak_memory import peak_bytes
from diffbench.measure.reference.true_derivative import Reference, reference
from diffbench.measure.timing import Call, Statement, calibrate, interleaved, sample, timed

ROUNDS, SAMPLE_S = 7, 0.03
HEAVY_DATA = 100_000  # numbers in the data from which an exact formula takes too long
# the forms that a contestant needs a problem in
REWRITTEN: dict[str, dict[str, Function]] = {
    "jax-scan": FOR_JAX,
    "casadi": FOR_CASADI,
}
# the two routes of the method compiled
OWN = {
    "native": Compiled(native=True),
    "source": Compiled(native=False),
}
Facts = dict[str, Any]


def contest(problem: str, size: int, contestants: list[str], limit_s: int) -> Iterator[Facts]:
    """The facts of one row, as they become known."""
    f = instance(problem, size)
    right = truth(f)
    ready: dict[str, Call] = {"primal": primal(f, f.point)}
    for name in contestants:
        yield {"preparing": name}
        facts, call = prepared(name, f, right, limit_s)
        yield {"contestant": name} | facts
        if call is not None:
            ready[name] = call
    loops = {name: calibrate(call, sample_s=SAMPLE_S) for name, call in ready.items()}
    samplers = {name: partial(sample, call, loops[name]) for name, call in ready.items()}
    yield {"samples": interleaved(samplers, ROUNDS)}


def instance(problem: str, size: int) -> Instance:
    """A registered problem, or one of the chains of primitives, at a size."""
    found: Problem = CHAINS.get(problem) or registry.find("problems", problem)
    return found.at(size)


def prepared(
    name: str, f: Instance, right: Callable[[Any], Facts], limit_s: int
) -> tuple[Facts, Call | None]:
    """What preparing a contestant takes and how wrong it is, with its call; or the reason why it
    does not take part.
    """
    signal.alarm(limit_s)
    try:
        _import(name)
        (call, gradient), prepare_s = timed(lambda: contestant(name, f))
        _, first_s = timed(call)
        return {"prepare_s": prepare_s, "first_s": first_s, "peak_bytes": peak_bytes(call)} | right(
            gradient()
        ), call
    except Exception as error:
        return {
            "reason": f"{error}"
            if isinstance(error, Unsupported)
            else f"{type(error).__name__}: {error}"
        }, None
    finally:
        signal.alarm(0)


def _import(name: str) -> None:
    """Load a peer's package off the clock."""
    method = method_of(name)
    if isinstance(method, Peer):
        method.load()


def method_of(contestant: str) -> Any:
    """The method that a contestant is a form of."""
    name = contestant.split("-")[0]
    return OWN.get(name) or registry.find("differentiators", name)


def contestant(name: str, f: Instance) -> tuple[Call, Call]:
    """A call that computes value and gradient, and one that returns the gradient as an array."""
    if name == "casadi-buffer":
        return _buffered_casadi(f)
    if name == "native-out":
        return _native_into_a_buffer(f)
    if isinstance(method_of(name), Peer):
        return _peer(name, f)
    x = _number_or_array(f.point)
    answer = prepare(f, f.point, operator=Operator.VALUE_AND_GRADIENT, method=OWN.get(name, name))
    return Statement(answer, x), lambda: answer(x)[1]


def _peer(name: str, f: Instance) -> tuple[Call, Call]:
    """A peer on its own arrays, waited for. jax-scan is JAX on the problem rewritten for it."""
    if name == "jax-scan" and f.problem.name not in FOR_JAX:
        raise Unsupported("written in one form only")
    peer = method_of(name)
    form = rewritten(f, REWRITTEN.get(name, {}))
    tools = peer.load()
    native, x = peer.native(form, f.point, Operator.VALUE_AND_GRADIENT), tools.array(f.point)
    wait = tools.wait
    call = (lambda: wait(native(x))) if wait else Statement(native, x)
    return call, lambda: tools.numpy(native(x)[1])


def _buffered_casadi(f: Instance) -> tuple[Call, Call]:
    from diffbench.differentiators.peers.casadi import buffered

    gradient = np.empty(f.point.shape)
    call = buffered(rewritten(f, FOR_CASADI), f.point, np.empty(1), gradient)
    return call, lambda: gradient


def _native_into_a_buffer(f: Instance) -> tuple[Call, Call]:
    answer, out, x = (
        OWN["native"].prepare(f, f.point, Operator.VALUE_AND_GRADIENT),
        np.empty_like(f.point),
        _number_or_array(f.point),
    )
    return Statement(answer, x, out=out), lambda: answer(x, out=out)[1]


def _number_or_array(x: Array) -> Any:
    """What a caller has at hand: an array, or NumPy's own float."""
    return x if x.ndim else x[()]


def truth(f: Instance) -> Callable[[Any], Facts]:
    """How wrong a gradient is, and how wrong it may be.

    By the reference; where that samples entries, the hand-written gradient (else `reverse`) judges
    all of them as well, and alone where there is no reference.
    """
    known = _known(f)
    judges = [] if known is None else [_judge_by_reference(known)]
    if known is None or known.entries is not None:
        judges.append(_judge_by_another(f))

    def right(gradient: Any) -> Facts:
        found = [judge(gradient) for judge in judges]
        worst = max(found, key=lambda facts: facts["error"] / facts["allowed"])
        return worst | {"judge": " and ".join(facts["judge"] for facts in found)}

    return right


def _known(f: Instance) -> Reference | None:
    if set(f.exact) & {Operator.GRADIENT, Operator.DERIVATIVE} and any(
        np.size(value) >= HEAVY_DATA for value in f.data
    ):
        return None
    try:
        return reference(f, f.point, Operator.GRADIENT)
    except Unsupported:
        return None


def _judge_by_reference(known: Reference) -> Callable[[Any], Facts]:
    allowed = max(1e-12, 8 * float(np.finfo(float).eps) * float(np.nan_to_num(known.cond, nan=1.0)))
    judge = (
        known.method if known.entries is None else f"{known.method} at {len(known.entries)} entries"
    )
    return lambda gradient: {
        "error": float(errors(gradient, known).norm),
        "allowed": allowed,
        "judge": judge,
    }


def _judge_by_another(f: Instance) -> Callable[[Any], Facts]:
    judge = "manual" if f.manual else "reverse"
    own = prepare(f, f.point, operator=Operator.VALUE_AND_GRADIENT, method=judge)(f.point)[1]
    return lambda gradient: {"error": _distance(gradient, own), "allowed": 1e-12, "judge": judge}


def _distance(found: Any, wanted: Array) -> float:
    return float(np.linalg.norm(np.ravel(found - wanted)) / np.linalg.norm(np.ravel(wanted)))


def main() -> None:
    """Obey the order in the first argument."""
    order = json.loads(sys.argv[1])
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {order.pop("core")})
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)  # what the packages print does not mix with the facts
    for facts in contest(**order):
        print(json.dumps(facts), file=answers)


if __name__ == "__main__":
    main()

"""What each pass of the optimiser buys: the time of a gradient without it over that with it, on both
routes, and what it adds to the preparation.

    python -m diffbench.bench.machinery.passes_table [PROBLEM ...]      or: make bench-passes

Passes that leave a problem's program as it is are not timed there. Above 1 the pass pays. What can't
be measured has a line with the reason.
"""

import os
import sys
from collections.abc import Iterator
from functools import partial
from math import nan
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

from diffbench import registry
from diffbench.differentiators.compiled import Compiled
from diffbench.errors import DiffbenchError, Unsupported
from diffbench.interface import Instance, Operator, Problem
from diffbench.ir import Program
from diffbench.measure.cost.timing import calibrate, interleaved, sample, timed
from diffbench.program import record
from diffbench.program.derive.differentiate import value_and_gradient
from diffbench.program.passes.pipelines import PASSES, Pipelines, pipelines

ROUNDS, SAMPLE_S = 7, 0.01
LONGEST = 20_000  # equations; longer programs take too long to prepare so often
ROUTES = {"C": True, "Python": False}


class Bought(NamedTuple):
    """One line of the table."""

    problem: str
    size: int
    name: str
    route: str
    evaluate: float  # without the pass over with it
    prepare: float
    reason: str = ""  # why there is no figure

    def __str__(self) -> str:
        figures = f"{self.evaluate:.2f} | {self.prepare:.2f}"
        place = f"{self.problem} | {self.size} | {self.name} | {self.route}"
        return f"| {place} | {self.reason + ' | ' if self.reason else figures} |"


def bought(problem: Problem) -> Iterator[Bought]:
    """What the passes that change a problem's program at its middle size buy."""
    f = problem.at(sorted(problem.sizes)[len(problem.sizes) // 2])
    recorded = record(f, f.point)
    if len(recorded.equations) > LONGEST:
        raise Unsupported(
            f"its {len(recorded.equations):,} equations are more than the {LONGEST:,} that this table "
            "prepares so often"
        )
    everything = pipelines()
    for name in PASSES:
        without = Pipelines(everything.on - {name})
        for route, native in ROUTES.items():
            if _outline(recorded, without, native) == _outline(recorded, everything, native):
                continue
            try:
                yield Bought(problem.name, f.size, name, route, *_ratios(f, without, native))
            except Unsupported as error:  # in C, one way or the other
                yield Bought(problem.name, f.size, name, route, nan, nan, str(error))


def _outline(recorded: Program, passes: Pipelines, native: bool) -> Any:
    """What tells a route's programs apart."""
    with passes.at_work():
        simple = passes.simplification(value_and_gradient(passes.derivation(recorded)))
    equations = (simple if native else passes.for_numpy(simple)).equations
    return [(e.primitive.name, [getattr(a, "index", None) for a in e.args]) for e in equations]


def _ratios(f: Instance, without: Pipelines, native: bool) -> tuple[float, float]:
    """Of evaluating and of preparing."""
    prepare_s, samplers = {}, {}
    for key, passes in (("with", pipelines()), ("without", without)):
        method = Compiled(native, passes=passes)
        prepare = partial(method.prepare, f, f.point, Operator.VALUE_AND_GRADIENT)
        with TemporaryDirectory() as folder:  # compiled anew
            os.environ["DIFFBENCH_CACHE"] = folder
            answer, prepare_s[key] = timed(prepare)
        call = partial(answer, f.point)
        samplers[key] = partial(sample, call, calibrate(call, sample_s=SAMPLE_S))
    taken = interleaved(samplers, ROUNDS)
    pairs = zip(taken["without"], taken["with"], strict=True)
    return median([a / b for a, b in pairs]), prepare_s["without"] / prepare_s["with"]


def main(names: list[str]) -> None:
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    print("| problem | size | pass | route | gradient without / with | preparing without / with |")
    print("|---|---|---|---|---|---|")
    for name in names or registry.names("problems"):
        problem = registry.find("problems", name)
        if problem.operator is not Operator.GRADIENT:
            continue
        try:
            for line in bought(problem):
                print(line, flush=True)
        except DiffbenchError as error:
            print(f"| {name} | | | | {error} | |", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])

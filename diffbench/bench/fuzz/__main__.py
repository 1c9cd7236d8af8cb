"""python -m diffbench.bench.fuzz --count N --seed S: programs are drawn and judged, and what
contradicts plain NumPy is printed as a short program that can be run. Exit code 1 if anything does.
"""

import argparse
import sys
import time
from collections import Counter

from diffbench.bench.fuzz.judge import Finding, Judge
from diffbench.bench.fuzz.minimise import minimised
from diffbench.bench.fuzz.programs import Program, drawn

EVERY_SYMBOLIC, EVERY_SECOND, EVERY_NATIVE = 10, 3, 100


def judge_of(seed: int) -> Judge:
    """The costly checks are made of every so many programs."""
    return Judge(
        symbolic=seed % EVERY_SYMBOLIC == 0,
        second=seed % EVERY_SECOND == 0,
        native=seed % EVERY_NATIVE == 0,
    )


def found(seed: int) -> tuple[Program, Finding] | None:
    """The program of a seed, and its first contradiction if there is one."""
    program = drawn(seed)
    finding = next(judge_of(seed).findings(program), None)
    return None if finding is None else (program, finding)


def shortened(seed: int, program: Program, finding: Finding) -> Program:
    """The program, as short as it can be while the same check fails between the same two."""
    judge = judge_of(seed)

    def shows(candidate: Program) -> bool:
        return any(
            (f.check, f.between) == (finding.check, finding.between)
            for f in judge.findings(candidate)
        )

    return minimised(program, shows)


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m diffbench.bench.fuzz", description=__doc__)
    parser.add_argument("--count", type=int, default=1000, help="how many programs")
    parser.add_argument(
        "--seed", type=int, default=0, help="the seed of the first; the next ones follow"
    )
    parser.add_argument("--as-drawn", action="store_true", help="print programs without shortening")
    options = parser.parse_args(arguments)
    start, checks = time.monotonic(), Counter[str]()
    for seed in range(options.seed, options.seed + options.count):
        pair = found(seed)
        if pair is None:
            continue
        program, finding = pair
        checks[finding.check] += 1
        short = program if options.as_drawn else shortened(seed, program, finding)
        last = next((f for f in judge_of(seed).findings(short)), finding)
        print(f"# seed {seed}: {last.check}, {last.between}\n# " + last.text.replace("\n", " "))
        print(f"{short}\n", flush=True)
    took = time.monotonic() - start
    print(
        f"{options.count} programs from seed {options.seed} in {took:.0f} s: {dict(checks) or 'no contradiction'}"
    )
    return 1 if checks else 0


if __name__ == "__main__":
    sys.exit(main())

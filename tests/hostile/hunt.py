"""python tests/hostile/hunt.py formulas|journals|streams COUNT [SEED]: cases from so many seeds; a fault
is printed and its case kept in tests/data/hostile. Exit code 1 where there is one.
"""

import sys
from pathlib import Path

from targets import TARGETS

KEPT = Path(__file__).parents[1] / "data" / "hostile"


def main(name: str, count: str, seed: str = "0") -> int:
    target, faults = TARGETS[name], 0
    for k in range(int(seed), int(seed) + int(count)):
        case = target.case(k)
        if k % 500 == 499:
            print(f"{name}: up to seed {k}", flush=True)
        if fault := target.fault(case):
            faults += 1
            path = KEPT / name / f"{k}.case"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(case)
            print(f"{name} {k}: {fault}", flush=True)
    print(f"{name}: {faults} faults in {count} cases from seed {seed}")
    return int(faults > 0)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))

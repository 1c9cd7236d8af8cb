"""Prints what was not right, and the counts."""

import sys
from collections import Counter

from diffbench.bench.real_code.judgement import outcomes


def main(packages: list[str]) -> None:
    """Print what was not right, and the counts."""
    counts: dict[tuple[str, str], Counter[str]] = {}
    for package, path, method, verdict, reason in outcomes(packages):
        counts.setdefault((package, method), Counter())[verdict] += 1
        if reason:
            print(f"{verdict:8} {method:8} {path}: {reason[:200]}")
    print(f"\n{'package':14} {'method':9} {'right':>6} {'wrong':>6} {'refused':>8}")
    for (package, method), count in counts.items():
        numbers = f"{count['right']:6} {count['wrong']:6} {count['refused']:8}"
        print(f"{package:14} {method:9} {numbers}")


if __name__ == "__main__":
    main(sys.argv[1:])

"""make mutate: how many single faults do the tests notice?

    python tests/mutation/run.py [--count 300] [--seed 0] [--only diffbench/rules] [--patience 600]

First the faults of planted.py, then so many drawn at random from SUBJECTS, each planted in a copy of
the tree and tried by the pertinent tests (PERTINENT): those first whose names hold a word of the place,
then all. A fault is caught when a test fails, or takes longer than the patience. One process at a
time: a server that has imported NumPy, SciPy, SymPy, pandas and pytest, but nothing of ours, is forked
for each fault, so that a trial costs what its tests cost.

The survivors are printed; EQUAL says which of them change nothing, and why. Exit code 1 below 95 %.
"""

import argparse
import os
import random
import shutil
import signal
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(Path(__file__).parent))

from mutants import Mutant, mutants  # noqa: E402  its folder first
from planted import PLANTED, Planted  # noqa: E402

SUBJECTS = (
    *("diffbench/rules", "diffbench/program/passes", "diffbench/bench/runner"),
    *("diffbench/bench/processes", "diffbench/bench/rows"),
)
RULES = ["tests/test_laws.py", "tests/test_conventions.py", "tests/rules"]
PERTINENT = {  # the longest beginning of a file's name tells
    "diffbench/rules": RULES,
    "diffbench/rules/scipy": [
        "tests/rules/test_scipy_routines.py",
        "tests/rules/test_scipy_functions.py",
        "tests/rules",
    ],
    "diffbench/rules/scipy/stats": [
        "tests/rules/test_scipy_routines.py",
        "tests/rules/test_scipy_distributions.py",
        "tests/rules/test_scipy_distribution_functions.py",
    ],
    "diffbench/rules/spelling.py": [
        "tests/rules/test_spelling.py",
        "tests/rules/test_rows_compiled.py",
        "tests/rules",
    ],
    "diffbench/program/passes": ["tests/test_laws.py", "tests/program", "tests/differentiators"],
    "diffbench/bench/rows": ["tests/test_laws.py", "tests/bench"],
    "diffbench/bench/runner": ["tests/test_laws.py", "tests/bench"],
    "diffbench/bench/processes": ["tests/bench", "tests/hostile"],
}
# survivors that change nothing that anybody could see, by a part of what is printed of them
EQUAL: dict[str, str] = {}
WANTED = 0.95
NO_TRIAL = 99
IMPORTED = "numpy scipy.special scipy.linalg scipy.stats scipy.optimize sympy pandas mpmath"


def main() -> int:
    options = parsed()
    for name in IMPORTED.split():
        __import__(name)
    import pytest  # noqa: F401  imported once, for every trial

    with tempfile.TemporaryDirectory(prefix="mutate-") as place:
        tree = copied(Path(place))
        missed = [
            p for p in PLANTED if not caught(tree, p, edited(tree, p), [p.tests], options.patience)
        ]
        print(f"planted: {len(PLANTED) - len(missed)} of {len(PLANTED)} caught", flush=True)
        chosen = drawn(options)
        left = [m for m in chosen if not noticed(tree, m, options.patience)]
    equal = [m for m in left if any(text in str(m) for text in EQUAL)]
    tried = len(chosen) - len(equal)
    score = 1 - (len(left) - len(equal)) / max(1, tried)
    print(
        f"random: {tried - len(left) + len(equal)} of {tried} caught, {score:.1%}; {len(equal)} equal"
    )
    return int(bool(missed) or score < WANTED)


def parsed() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--count", type=int, default=300)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", default="", help="files that begin so")
    parser.add_argument("--patience", type=float, default=600, help="seconds a trial")
    return parser.parse_args()


def drawn(options: argparse.Namespace) -> list[Mutant]:
    """So many of all faults there are."""
    files = sorted(str(p.relative_to(ROOT)) for s in SUBJECTS for p in (ROOT / s).rglob("*.py"))
    every = [m for file in files if file.startswith(options.only) for m in mutants(ROOT, file)]
    print(f"{len(every)} faults in {len(files)} files; {options.count} are drawn", flush=True)
    return random.Random(options.seed).sample(every, min(options.count, len(every)))


def copied(place: Path) -> Path:
    """The tree that is edited: ours stays as it is."""
    for part in ("diffbench", "problems", "tests", "docs"):
        shutil.copytree(ROOT / part, place / part, ignore=shutil.ignore_patterns("__pycache__"))
    for part in ("pyproject.toml", "README.md", "CONTRIBUTING.md", "CHANGELOG.md", "Makefile"):
        shutil.copy(ROOT / part, place)
    (place / "diffbench" / "problems").symlink_to(place / "problems")
    return place


def edited(tree: Path, planted: Planted) -> str:
    text = (tree / planted.file).read_text()
    if text.count(planted.sound) != 1:
        raise SystemExit(
            f"{planted.name}: {planted.sound!r} stands {text.count(planted.sound)} times in {planted.file}"
        )
    return text.replace(planted.sound, planted.faulty)


def noticed(tree: Path, mutant: Mutant, patience: float) -> bool:
    """Whether a test that is named after the place fails, or any pertinent one."""
    text = mutant.of((tree / mutant.file).read_text())
    home = max((k for k in PERTINENT if mutant.file.startswith(k)), key=len)
    tests = PERTINENT[home]
    near = ["-k", " or ".join(mutant.words)] if mutant.words else None
    return bool(
        near and caught(tree, mutant, text, [*tests, *near], patience, quiet=True)
    ) or caught(tree, mutant, text, tests, patience)


def caught(
    tree: Path,
    fault: Mutant | Planted,
    text: str,
    tests: list[str],
    patience: float,
    quiet: bool = False,
) -> bool:
    """Whether these tests fail where the file reads so."""
    path = tree / fault.file
    before, stamp = path.read_text(), path.stat()
    path.write_text(text)
    began = time.monotonic()
    try:
        found = failed(tree, tests, patience)
    finally:
        path.write_text(before)
        os.utime(path, (stamp.st_atime, stamp.st_mtime))
    name = fault.name if isinstance(fault, Planted) else str(fault)
    if found or not quiet:
        print(
            f"{'caught' if found else 'SURVIVES'} {time.monotonic() - began:.0f} s  {name}",
            flush=True,
        )
    return found


def failed(tree: Path, tests: list[str], patience: float) -> bool:
    """Whether pytest fails, or does not end in time, in a fork of this process."""
    pid = os.fork()
    if pid == 0:
        code = NO_TRIAL
        try:
            os.setsid()
            code = tried(tree, tests)
        finally:
            os._exit(code)
    end = time.monotonic() + patience
    while time.monotonic() < end:
        done, status = os.waitpid(pid, os.WNOHANG)
        if done:
            code = os.waitstatus_to_exitcode(status)
            if code == NO_TRIAL:
                raise SystemExit(f"pytest can't be run on {' '.join(tests)}")
            return code not in (0, 5)  # 5: no test of that name
        time.sleep(0.1)
    os.killpg(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    return True


def tried(tree: Path, tests: list[str]) -> int:
    """The exit code of pytest on the copy."""
    import pytest

    silence = os.open(os.devnull, os.O_WRONLY)
    os.dup2(silence, 1)
    os.dup2(silence, 2)
    os.chdir(tree)
    # the copy before the tree that is installed, here and in processes that tests start
    sys.path.insert(0, str(tree))
    os.environ |= {"PYTHONPATH": str(tree), "PYTHONDONTWRITEBYTECODE": "1", "CI": "1"}
    sys.dont_write_bytecode = True
    marked = ["-m", "not alone", "-p", "no:cacheprovider", "-p", "no:random_order"]
    return int(pytest.main(["-x", "-q", *marked, *tests]))


if __name__ == "__main__":
    sys.exit(main())

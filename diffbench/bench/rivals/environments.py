"""What `make bench-peers` installs beyond the extra "peers": packages whose wheels not every Python has, and
those that exclude others, each in an environment of its own beside this one.

    python -m diffbench.bench.rivals.environments

What can't be had costs a line, and a column of refusals in the table.
"""

import os
import subprocess
import sys
from pathlib import Path
from shutil import which

from diffbench.differentiators.processes.environments import python_of

ROOT = Path(__file__).parents[3]
HERE = ("enzyme-ad", "absl-py", "dualpy", "fastdual")
# the package, and the first minor version of Python that it takes
THERE = {"tensorflow": ("tensorflow-cpu", 10), "advect": ("advect", 12)}


def interpreter(minor: int) -> str | None:
    """A Python 3 of at least this minor version: this one, one on the PATH, or one of pyenv's."""
    if sys.version_info.minor >= minor:
        return sys.executable
    shims = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    for version in range(minor, minor + 3):
        pyenv = [str(p) for p in sorted(shims.glob(f"3.{version}.*/bin/python3"))]
        for found in (which(f"python3.{version}"), *pyenv):
            if found and _runs([found, "-c", "import venv"]):
                return found
    return None


def install(python: str, *packages: str) -> bool:
    """pip, quietly."""
    pip = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    return _runs([*pip, *packages])


def environment(name: str) -> bool:
    """The environment of a package, made if it is missing."""
    package, minor = THERE[name]
    python = python_of(name)
    if not python.exists():
        base = interpreter(minor)
        if base is None or not _runs([base, "-m", "venv", str(python.parents[1])]):
            return False
    return install(str(python), package, "--editable", str(ROOT))


def _runs(words: list[str]) -> bool:
    return subprocess.run(words, capture_output=True).returncode == 0


def main() -> None:
    """All of them, a line for each that can't be had."""
    for package in HERE:
        if not install(sys.executable, package):
            print(f"{package} can't be installed here; its column will be empty")
    for name in THERE:
        if not environment(name):
            print(f"no environment for {name} can be made here; its column will be empty")


if __name__ == "__main__":
    main()

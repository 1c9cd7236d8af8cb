"""The Pythons and the versions of dependencies that the tests run with.

`make test-matrix` runs all of them, `nox --list` names them. nox, because the lists below are read
from pyproject.toml and from the machine, which takes Python; with uv beneath it, which makes an
environment in seconds and knows --resolution lowest-direct. Every Python from 3.11 on is found:
those on the PATH, and those of pyenv, whose shims don't tell.
"""

import os
import re
import subprocess
import sys
from pathlib import Path

import nox

PROJECT = nox.project.load_toml("pyproject.toml")["project"]
EXTRAS = PROJECT["optional-dependencies"]
OLDEST = re.search(r"3\.\d+", PROJECT["requires-python"]).group()
# without PyTorch, whose wheels bring gigabytes of CUDA
PEERS = [wanted for wanted in EXTRAS["peers"] if not wanted.startswith("torch")]
ASKED_FOR = [
    *("autograd", "jax", "torch", "casadi", "pytensor", "tensorflow", "mygrad", "numdifftools"),
    *("jacobi", "symengine", "tangent-ad", "advect", "fastdual", "heyoka"),
]

# what starts processes, schedules and measures, and depends on versions least
PROCESSES = [
    "tests/bench",
    "tests/cli",
    "tests/measure",
    "tests/test_readme.py",
    "tests/test_packaging.py",
]
SUBSET = [f"--ignore={path}" for path in PROCESSES]
# a file stays in one process; the order of the files as they are: the last ones are quick
PARALLEL = ["--numprocesses", "logical", "--maxprocesses", "4", "--dist", "loadfile"]
PARALLEL += ["--no-loadscope-reorder"]


def found_pythons() -> dict[str, str]:
    """The folder of each Python that this machine has, by its version: "3.13" -> "/usr/bin"."""
    shims = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
    folders = [Path(folder) for folder in os.get_exec_path()] + sorted(shims.glob("versions/*/bin"))
    candidates = {
        path
        for folder in folders
        for path in folder.glob("python3*")
        if re.fullmatch(r"python3(\.\d+)?", path.name)
    }
    told = {
        version: str(path.parent) for path in sorted(candidates) if (version := version_of(path))
    }
    return {
        version: folder for version, folder in told.items() if number(version) >= number(OLDEST)
    }


def version_of(python: Path) -> str | None:
    """As it says itself; None of what does not start, as a shim of pyenv, or is not CPython."""
    name = "sys.implementation.name == 'cpython' and print('{}.{}'.format(*sys.version_info))"
    done = subprocess.run([python, "-c", f"import sys; {name}"], capture_output=True, text=True)
    return done.stdout.strip() or None if done.returncode == 0 else None


def number(version: str) -> tuple[int, ...]:
    return tuple(map(int, version.split(".")))


FOUND = found_pythons()
PYTHONS = sorted(FOUND, key=number)
NEWEST = PYTHONS[-1]
DEFAULT = "{}.{}".format(*sys.version_info)  # with which `make test` runs
os.environ["PATH"] = os.pathsep.join([*(FOUND[version] for version in PYTHONS), os.environ["PATH"]])

nox.needs_version = ">=2025.5"
nox.options.default_venv_backend = "uv"
nox.options.download_python = "never"
nox.options.error_on_missing_interpreters = True


@nox.session(python=NEWEST, venv_params=["--seed"])
def newest(session: nox.Session) -> None:
    """The newest Python here with the newest of everything: the whole suite."""
    if NEWEST == DEFAULT:
        session.skip(
            f"no Python here is newer than {DEFAULT}, with which `make test` runs everything"
        )
    session.install("--upgrade", "--editable", ".[native,test,docs]")
    run_everything(session)


@nox.session(python=OLDEST if OLDEST in PYTHONS else PYTHONS[0], venv_params=["--seed"])
def oldest(session: nox.Session) -> None:
    """The lower bounds of pyproject.toml, every one of them, peers included: the whole suite."""
    session.install("--resolution", "lowest-direct", "--editable", ".[native,test,docs]", *PEERS)
    run_everything(session)


@nox.session(python=[version for version in PYTHONS if version != NEWEST], venv_params=["--seed"])
def each(session: nox.Session) -> None:
    """Every other Python with the newest of everything: what depends on versions."""
    session.install("--upgrade", "--editable", ".[native,test,docs]")
    session.run("python", "-m", "pytest", "--quiet", *PARALLEL, *SUBSET)


@nox.session(python=PYTHONS)
def peers(session: nox.Session) -> None:
    """Which peer has wheels for this Python (docs/compatibility.md); the tests of those that
    diffbench asks.
    """
    for name in ASKED_FOR:
        session.log(f"{name}: {version_to_install(session, name) or 'none'}")
    session.install("--upgrade", "--editable", ".[native,test,docs]", *PEERS)
    session.run("python", "-m", "pytest", "--quiet", "tests/differentiators/test_peers.py")


def version_to_install(session: nox.Session, name: str) -> str | None:
    """The version of a package that pip would take from a wheel, which is looked up and not
    installed.
    """
    looked_up = ["uv", "pip", "install", "--dry-run", "--reinstall", "--only-binary", ":all:", name]
    said = session.run(*looked_up, silent=True, success_codes=[0, 1], external=True)
    found = re.search(rf"^ [+~] {name}==(\S+)", str(said), re.MULTILINE | re.IGNORECASE)
    return found and found.group(1)


def run_everything(session: nox.Session) -> None:
    """The whole suite, or with `-- subset` what depends on versions."""
    if "subset" in session.posargs:
        session.run("python", "-m", "pytest", "--quiet", *PARALLEL, *SUBSET)
        return
    session.run("python", "-m", "pytest", "--quiet", *PARALLEL, "-m", "not alone")
    session.run("python", "-m", "pytest", "--quiet", "-m", "alone")

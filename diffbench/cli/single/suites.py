"""Somebody's problems, of a folder (every Python file in it but the tests) or of an installed package:
each is held to what diffbench's own are held to.
"""

from collections.abc import Iterable
from importlib.metadata import entry_points
from pathlib import Path

from diffbench.bench.runner import plugins
from diffbench.errors import BadInput
from diffbench.measure.checking.problem_check import check_problem
from diffbench.registry import find, names


def problems_of(folder: Path) -> tuple[list[str], list[str]]:
    """The folder's files, and the names of the problems that they register. Raises BadInput where
    there is none, or one is not fit to measure methods on.
    """
    files = [str(path) for path in sorted(folder.glob("*.py")) if not path.stem.startswith("test_")]
    for file in files:
        plugins.load(file)
    homes = {str(Path(file).resolve()) for file in files}
    found = [
        name for name in names("problems") if homes & set(plugins.home(find("problems", name)))
    ]
    if not found:
        raise BadInput(
            f"no Python file in {folder} registers a problem; `diffbench new-problem NAME --into "
            f"{folder}` writes one to begin with"
        )
    hold(found)
    return files, found


def of_packages() -> list[str]:
    """The problems that installed packages bring, by the entry points of the group
    diffbench.problems.
    """
    modules = {entry.module for entry in entry_points(group="diffbench.problems")}
    return [
        name
        for name in names("problems")
        if any(f"{_module_of(name)}.".startswith(f"{module}.") for module in modules)
    ]


def _module_of(name: str) -> str:
    return str(getattr(find("problems", name).function, "__module__", ""))


def hold(these: Iterable[str]) -> None:
    """Raises BadInput where a problem is not fit to measure methods on."""
    if faults := [fault for name in these for fault in check_problem(find("problems", name))]:
        raise BadInput("; ".join(faults))

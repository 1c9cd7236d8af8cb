"""A folder of somebody's problems: every Python file in it but the tests, each problem held to what
diffbench's own are held to.
"""

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
    if faults := [fault for name in found for fault in check_problem(find("problems", name))]:
        raise BadInput("; ".join(faults))
    return files, found

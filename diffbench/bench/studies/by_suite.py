"""What a report shows beside the matrix: studies of one idea each. Their tables lie in the run's
folder, one CSV file a study.

swell     operations of f, its raw derivative, after CSE, accumulated, and by AD, on the logistic map
v_curve   error of a difference against its step, for l4 at 0.2 in float32 and float64

Those of the suite `paper` are the tables of published figures.
"""

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from diffbench.bench.studies.paper.entry import Entry, Rows
from diffbench.registry import find

if TYPE_CHECKING:
    import pandas as pd

SWELL_SIZES = range(2, 11)


def swell_of_the_logistic_map() -> "pd.DataFrame":
    """The growth of l_n' in every form, n = 2 to 10."""
    from diffbench.measure.expressions.swell import swell

    return swell("logistic", SWELL_SIZES)


def step_sweep_of_l4() -> "pd.DataFrame":
    """Forward and central differences of l4 at 0.2 (Baydin et al. 2018, figure 3) in float32 and
    float64.
    """
    from diffbench.measure.step_sweep import sweep

    problem = find("problems", "logistic_l4").at(1)
    return sweep(problem, problem.point)


def swell_with_rewritten_forms() -> "pd.DataFrame":
    """The same, by the computer algebra systems that are here, and at n = 6 what SymPy's expand,
    factor, horner and simplify make of the derivative.
    """
    import pandas as pd

    from diffbench.measure.expressions.swell import swell
    from diffbench.symbolic.engines.systems import present

    systems = [*present(), *(["maxima-optimize"] if "maxima" in present() else [])]
    others = [swell("logistic", range(2, 9), forms=systems)] if systems else []
    rewritten = swell("logistic", [6], forms=("expand", "factor", "horner", "simplify"))
    return pd.concat([swell_of_the_logistic_map(), *others, rewritten], ignore_index=True)


def swell_of_every_family() -> "pd.DataFrame":
    """The same, and every other family at its own sizes."""
    import pandas as pd

    from diffbench.measure.expressions.families import FAMILIES
    from diffbench.measure.expressions.swell import swell

    others = [swell(name) for name in FAMILIES if name != "logistic"]
    return pd.concat([swell_with_rewritten_forms(), *others], ignore_index=True)


def calibration_of_error_bars() -> "pd.DataFrame":
    """Claimed against true error of every method with an error bar, on a few points of each
    function family.
    """
    from diffbench.bench.calibration.error_bars import calibration

    return calibration(points=2)


Study = Callable[[], "pd.DataFrame"]
ALWAYS: Mapping[str, Study] = {"swell": swell_of_the_logistic_map, "v_curve": step_sweep_of_l4}
STUDIES: Mapping[str, Mapping[str, Study]] = {  # by suite
    "quick": ALWAYS,
    "standard": {
        **ALWAYS,
        "swell": swell_with_rewritten_forms,
        "calibration": calibration_of_error_bars,
    },
    "full": {**ALWAYS, "swell": swell_of_every_family, "calibration": calibration_of_error_bars},
}


def write_studies(folder: Path, suite: str, rows: Rows) -> None:
    """Carry out the studies of a suite that the folder does not hold yet; those of the run's own
    rows once more.
    """
    place = folder / "tables"
    place.mkdir(parents=True, exist_ok=True)
    published = _published(rows) if suite == "paper" else {}
    for name, study in (published or STUDIES.get(suite, ALWAYS)).items():
        path = place / f"{name}.csv"
        if name in published or not path.exists():
            study().to_csv(path, index=False)


def _published(rows: Rows) -> Mapping[str, Study]:
    """The tables of paper mode."""
    from diffbench.bench.studies.paper.tables import all_tables

    return {name: partial(_table, table, rows) for name, table in all_tables().items()}


def _table(table: Any, rows: Rows) -> "pd.DataFrame":
    import pandas as pd

    from diffbench.bench.studies.paper.tables import columns_of

    return pd.DataFrame(columns_of(table, rows))


def read_studies(folder: Path) -> "dict[str, pd.DataFrame]":
    """The tables of a run folder by name; empty where it has none."""
    import pandas as pd

    printed = dict.fromkeys(Entry.HEADINGS, str)  # figures as they are printed, not as numbers
    return {
        path.stem: pd.read_csv(path, dtype=printed)
        for path in sorted((folder / "tables").glob("*.csv"))
    }

"""Expression swell: how many operations each form of a derivative takes as the function grows, and the law it grows by.

Table `swell`, one row a (family, n, form): family, n, form ('f', 'raw', 'cse', 'cse-joint', 'accumulate', 'forward', 'reverse'),
operations (count), error_eps (relative error over machine epsilon), seconds (to derive and build), status. Rows whose status is not ok
have no operations and are left out here; the page's ledger names them.
"""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from diffbench.report.axes import fine_ticks, log_axes, size_ticks
from diffbench.report.canvas import Chart, Panel, panel
from diffbench.report.colours import FORMS, INK, style_of
from diffbench.report.growth import fit_growth
from diffbench.report.labels import label_ends
from diffbench.report.rows import short

COLUMNS = ("family", "n", "form", "operations", "error_eps", "seconds", "status")
NAMES = {
    "f": "f itself",
    "raw": "symbolic, raw",
    "cse": "symbolic, then CSE",
    "cse-joint": "CSE of f and f′ together",
    "accumulate": "CSE, then accumulate",
    "forward": "forward AD",
    "reverse": "reverse AD",
}


def chart(table: pd.DataFrame) -> Chart:
    """One panel a family of functions: operations against n on logarithmic axes."""
    counted = table[table["operations"].notna() & (table["operations"] > 0)].sort_values("n")
    families = {str(name): rows for name, rows in counted.groupby("family", sort=False)}
    return Chart(
        name="swell",
        title="Expression swell",
        caption=SEE,
        needs="a table of operation counts (swell)",
        panels=tuple(_panel(name, rows) for name, rows in families.items()),
    )


SEE = (
    "Operations against n. A straight line is a power of n, a line that bends upwards an exponential. Dashed: the law fitted to the "
    "last five sizes, named at its end. Common-subexpression elimination (CSE) after differentiating gives back much of the swell; "
    "before it, all."
)


def _panel(family: str, rows: pd.DataFrame) -> Panel:
    counts = "; ".join(_told(str(form), group) for form, group in rows.groupby("form", sort=False))
    return panel(
        f"swell-{family}", family, f"Operations against n on logarithmic axes. {counts}.", lambda axes: _draw(axes, rows), room=0.37
    )


def _told(form: str, rows: pd.DataFrame) -> str:
    law = fit_growth(rows["n"].tolist(), rows["operations"].tolist())
    grows = f", growing like {law}" if law else ""
    return f"{NAMES.get(form, form)} {short(rows['operations'].iloc[-1])} at n = {short(rows['n'].iloc[-1])}{grows}"


def _draw(axes: Axes, rows: pd.DataFrame) -> None:
    log_axes(axes, "n", "operations")
    ends = [_draw_form(axes, str(form), group) for form, group in rows.groupby("form", sort=False) if len(group) > 1]
    size_ticks(axes, rows["n"])
    fine_ticks(axes)
    label_ends(axes, ends)


def _draw_form(axes: Axes, form: str, rows: pd.DataFrame) -> tuple[str, float, float, str]:
    """Markers joined by a pale line, the law dashed over the sizes it was fitted to; gives the label of the line's end."""
    n, operations = rows["n"].to_numpy(float), rows["operations"].to_numpy(float)
    style = style_of(FORMS.get(form, form))
    colour = INK if form == "f" else style.colour
    axes.plot(n, operations, color=colour, marker=style.marker, lw=0.8, alpha=0.9, mfc="none" if form == "cse-joint" else colour)
    law = fit_growth(rows["n"].tolist(), rows["operations"].tolist())
    if law:
        span = np.geomspace(n[-5:][0], n[-1], 40)
        axes.plot(span, law(span), color=colour, ls="--", lw=1.6)
    return f"{NAMES.get(form, form)}" + (f"  ~ {law}" if law else ""), n[-1], operations[-1], colour

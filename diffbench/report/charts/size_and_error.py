"""Size is not accuracy: operations of each form of a derivative against its error, one panel a
family at its largest common size.

Reads the table `swell` of growing_size.py: family, n, form, operations, error_eps. Forms beyond the
pipelines appear under their own names: 'expand', 'factor', 'horner', 'simplify'.
"""

import pandas as pd
from matplotlib.axes import Axes

from diffbench.report.charts.growing_size import COLUMNS as SWELL_COLUMNS
from diffbench.report.charts.growing_size import NAMES
from diffbench.report.drawing.axes import level, log_axes
from diffbench.report.drawing.canvas import Chart, Panel, panel
from diffbench.report.drawing.colours import FORMS, look_of
from diffbench.report.drawing.labels import label_points
from diffbench.report.reading import short

PLACE, TABLE = 20, "swell"
COLUMNS = SWELL_COLUMNS
SEE = (
    "Relative error in units of machine epsilon against operations; down and left is better. The "
    "shortest form need not be the most "
    "accurate: a polynomial that was expanded or simplified can be short and wrong in every digit, "
    "where the form the chain rule "
    "wrote is right."
)
FLOOR = 0.1  # errors below a tenth of machine epsilon, 0 included, are drawn here


def chart(table: pd.DataFrame) -> Chart:
    """One panel a family, at the largest n for which most forms have an error."""
    known = table[(table["operations"] > 0) & table["error_eps"].notna() & (table["form"] != "f")]
    families = {str(family): _fullest(rows) for family, rows in known.groupby("family", sort=False)}
    panels = tuple(
        _panel(f"{family}, n = {short(rows['n'].iloc[0])}", rows)
        for family, rows in families.items()
        if len(rows) > 1
    )
    return Chart(
        "forms",
        "Short is not accurate",
        SEE,
        "two forms or more with operations and an error at one size (swell)",
        panels,
    )


def _fullest(rows: pd.DataFrame) -> pd.DataFrame:
    forms = rows.groupby("n")["form"].nunique()
    fullest: pd.DataFrame = rows[rows["n"] == max(forms.index, key=lambda n: (forms[n], n))]
    return fullest.drop_duplicates("form").assign(drawn=fullest["error_eps"].clip(lower=FLOOR))


def _panel(title: str, rows: pd.DataFrame) -> Panel:
    told = "; ".join(
        f"{form} {short(operations)} operations, {short(error)} eps"
        for form, operations, error in _points(rows, "error_eps")
    )
    description = (
        f"Relative error over machine epsilon against operations on logarithmic axes. {told}."
    )
    return panel(f"forms-{title}", title, description, lambda axes: _draw(axes, rows))


def _points(rows: pd.DataFrame, error: str) -> list[tuple[str, float, float]]:
    return [
        (NAMES.get(row["form"], row["form"]), row["operations"], row[error])
        for row in rows.to_dict("records")
    ]


def _draw(axes: Axes, rows: pd.DataFrame) -> None:
    log_axes(axes, "operations", "relative error / eps")
    colours = [look_of(FORMS.get(form, form)).colour for form in rows["form"]]
    points = _points(rows, "drawn")
    for form, (_, operations, error), colour in zip(rows["form"], points, colours, strict=True):
        axes.plot(
            [operations],
            [error],
            ls="",
            marker=look_of(FORMS.get(form, form)).marker,
            color=colour,
            ms=7,
        )
    axes.margins(0.2)
    axes.set_xlim(axes.get_xlim())
    axes.set_ylim(FLOOR / 3, max(100.0, axes.get_ylim()[1]))
    level(axes, 1.0, "eps")
    label_points(axes, [(*point, colour) for point, colour in zip(points, colours, strict=True)])

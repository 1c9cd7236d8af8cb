"""Results -> one self-contained HTML file that opens offline, on a phone, in the dark and on paper.

Nothing is measured here: a page can be rebuilt on any machine from a journal. Whatever a run lacks
is named instead of drawn. All text passes the template's escaping; the page loads nothing from
anywhere, and a content-security policy in it makes sure of that.
"""

from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any, Protocol

import pandas as pd
from jinja2 import Environment, PackageLoader, StrictUndefined, Template

from diffbench.bench.rows.results import COLUMNS
from diffbench.errors import BadInput
from diffbench.report import published, tables
from diffbench.report.charts import ROWS, all_charts
from diffbench.report.drawing.canvas import Chart
from diffbench.report.drawing.colours import dark_of, in_order
from diffbench.report.drawing.glyphs import glyph
from diffbench.report.matrix import LOST, matrix

SHOWN = 6  # panels in view; further ones are folded away


class Readable(Protocol):
    """What `render` needs of results: `frame()`, with the columns of a row.

    Optional: `environment`, a mapping; `tables`, name -> data frame; `verdict`, a sentence or two.
    """

    def frame(self) -> pd.DataFrame: ...


def render(results: Readable, folder: str | Path) -> Path:
    """Write folder/index.html and give its path. The same results give the same bytes."""
    path = Path(folder) / "index.html"
    path.parent.mkdir(parents=True, exist_ok=True)
    about = {name: getattr(results, name, None) for name in ("tables", "environment", "verdict")}
    path.write_text(
        _page(
            results.frame(),
            about["tables"] or {},
            about["environment"] or {},
            about["verdict"] or "",
        ),
        encoding="utf-8",
    )
    return path


def _page(
    frame: pd.DataFrame,
    extra: Mapping[str, pd.DataFrame],
    environment: Mapping[str, Any],
    verdict: str,
) -> str:
    frame = _complete("the rows of results", frame, COLUMNS)
    ledger = tables.ledger(frame)
    charted = {chart.TABLE for chart in all_charts()}
    return _template().render(
        version=version("diffbench"),
        verdict=verdict,
        facts=tables.facts(frame),
        matrix=matrix(frame),
        glance=tables.html(tables.at_a_glance(frame)),
        charts=_charts(frame, extra),
        ledger=tables.html(ledger),
        ledger_count=len(ledger),
        published=tables.html(published.beside(frame, extra)),
        tables={
            name.replace("_", " "): tables.html(table)
            for name, table in extra.items()
            if name not in charted and len(table)
        },
        everything=tables.html(tables.everything(frame)),
        environment=tables.flat(environment),
        provenance=tables.provenance(environment),
        warnings=environment.get("warnings", ()),
        methods=in_order(frame["method"]),
    )


def _charts(frame: pd.DataFrame, extra: Mapping[str, pd.DataFrame]) -> list[Chart]:
    found = {ROWS: frame, **extra}
    return [chart.chart(_table(found, chart.TABLE, chart.COLUMNS)) for chart in all_charts()]


def _table(tables: Mapping[str, pd.DataFrame], name: str, columns: tuple[str, ...]) -> pd.DataFrame:
    """The table of that name, or one of no rows where the run has none."""
    if name not in tables:
        return pd.DataFrame(columns=list(columns))
    return _complete(f"table {name!r}", tables[name], columns)


def _complete(name: str, table: pd.DataFrame, columns: tuple[str, ...]) -> pd.DataFrame:
    if missing := [column for column in columns if column not in table.columns]:
        raise BadInput(
            f"{name} cannot be drawn without the column {', '.join(missing)}; hand over a data "
            f"frame with {', '.join(columns)}"
        )
    return table


def _template() -> Template:
    environment = Environment(
        loader=PackageLoader("diffbench.report", ""),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals.update(glyph=glyph, dark=dark_of(), shown=SHOWN, lost=LOST)
    return environment.get_template("report.html.j2")

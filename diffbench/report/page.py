"""Results -> one self-contained HTML file that opens offline, on a phone, in the dark and on paper.

Nothing is measured here: a page can be rebuilt on any machine from a journal. Whatever a run lacks
is named instead of drawn. All text passes the template's escaping; the page loads nothing from
anywhere, and a content-security policy in it makes sure of that.
"""

import json
from base64 import b64encode
from collections.abc import Mapping
from hashlib import sha256
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path
from typing import Any, Protocol

import pandas as pd
from jinja2 import Environment, PackageLoader, StrictUndefined, Template
from jinja2.utils import htmlsafe_json_dumps
from markupsafe import Markup

from diffbench.bench.rows.results import COLUMNS
from diffbench.errors import BadInput
from diffbench.report import published, tables
from diffbench.report.charts import ROWS, all_charts
from diffbench.report.drawing.canvas import Chart
from diffbench.report.drawing.colours import dark_of, in_order
from diffbench.report.drawing.glyphs import glyph
from diffbench.report.matrix import LOST, matrix
from diffbench.report.verdicts import verdicts

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
        verdicts=verdicts(frame),
        style=_style(),
        script=Markup(_resource("report.js")),
        data=_data(frame),
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
    environment.globals.update(glyph=glyph, shown=SHOWN, lost=LOST)
    environment.filters["digest"] = _digest
    return environment.get_template("report.html.j2")


def _resource(name: str) -> str:
    return files("diffbench.report").joinpath(name).read_text(encoding="utf-8")


def _style() -> Markup:
    """The style sheet, with the colours of dark paper."""
    dark = " ".join(f"--c{light[1:]}: {paper};" for light, paper in dark_of().items())
    return Markup(
        f"{_resource('report.css')}\n"
        f"@media screen and (prefers-color-scheme: dark) {{ :root {{ {dark} }} }}\n"
    )


def _digest(text: str) -> Markup:
    """What a content-security policy names a script or a style sheet by: nothing else runs."""
    return Markup("sha256-" + b64encode(sha256(text.encode()).digest()).decode())


def _data(frame: pd.DataFrame) -> Markup:
    """The rows as JSON, NaN as null, that ends no script element."""
    return htmlsafe_json_dumps(json.loads(frame.to_json(orient="split", index=False)))

"""HTML for notebooks: tables and sentences of which every word is escaped."""

from collections.abc import Iterable, Sequence
from itertools import islice
from typing import Any

from markupsafe import Markup

MOST = 200  # rows that a page shows; the rest is counted
ROW, CELL, HEAD = Markup("<tr>{}</tr>"), Markup("<td>{}</td>"), Markup("<th>{}</th>")


def table(heading: Sequence[str], rows: Iterable[Sequence[Any]], most: int = MOST) -> Markup:
    """One line a row, under its heading if there is one; of more than `most` rows the number of
    those left out.
    """
    waiting = iter(rows)
    lines = [_line(CELL, row) for row in islice(waiting, most)]
    left_out = sum(1 for _ in waiting)
    if heading:
        lines.insert(0, _line(HEAD, heading))
    note = sentence(f"and {left_out:,} more rows") if left_out else ""
    return Markup("<table>{}</table>{}").format(Markup("").join(lines), note)


def sentence(text: str, lead: str = "") -> Markup:
    """A paragraph, what leads it in bold."""
    start = Markup("<b>{}</b> ").format(lead) if lead else ""
    return Markup("<p>{}{}</p>").format(start, text)


def coloured(text: str, colour: str, hint: str = "") -> Markup:
    """A piece of text on a ground of that colour, dark on it, with a hint for the mouse."""
    return Markup(
        '<span style="background:{};color:#111;padding:0 0.4em" title="{}">{}</span>'
    ).format(colour, hint, text)


def _line(cell: Markup, row: Sequence[Any]) -> Markup:
    return ROW.format(Markup("").join(cell.format(each) for each in row))

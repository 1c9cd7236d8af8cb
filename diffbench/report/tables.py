"""The tables of the page: methods at a glance, what went wrong and why, every row, and any table
that has no chart of its own.
"""

from collections.abc import Mapping
from typing import Any

import pandas as pd
from markupsafe import Markup

from diffbench.bench.rows.results import Status
from diffbench.report.drawing.colours import in_order
from diffbench.report.reading import answered, seconds, short, times, with_digits

GRAVEST_FIRST = (
    Status.INACCURATE,
    Status.CONTRADICTED,
    Status.UNKNOWN,
    Status.CRASHED,
    Status.FAILED,
    Status.OUT_OF_MEMORY,
    Status.TIMEOUT,
    Status.UNSUPPORTED,
    Status.NOT_RUN,
)
TIMES = ("prepare_s", "first_s", "evaluate_s", "function_s")


def html(frame: pd.DataFrame) -> Markup:
    """The frame as an HTML table: every text escaped, numbers short, NaN empty; sortable by the
    page's script.
    """
    shown = frame.map(short).rename(columns=lambda name: str(name).replace("_", " "))
    with pd.option_context("display.max_colwidth", None):  # pandas would cut long reasons off
        made = shown.to_html(
            index=False, escape=True, border=0, classes="sortable", justify="unset"
        )
        return Markup(made.replace(' style="text-align: unset;"', ""))  # the policy forbids it


def at_a_glance(frame: pd.DataFrame) -> pd.DataFrame:
    """One line a method: how many cells it answered and how well, medians over the cells it
    answered.
    """
    digits = with_digits(frame)
    lines = [
        _glance(method, digits[digits["method"] == method]) for method in in_order(frame["method"])
    ]
    return pd.DataFrame(lines)


def _glance(method: str, rows: pd.DataFrame) -> dict[str, object]:
    good = answered(rows)
    return {
        "method": method,
        "answered": f"{len(good)} of {len(rows)}",
        "within 1 digit of full": int((good["lost"] <= 1).sum()),
        "median digits lost": f"{good['lost'].median():.1f}" if len(good) else "",
        "most digits lost": f"{good['lost'].max():.1f}" if len(good) else "",
        "median error / (cond·eps)": f"{good['excess'].median():.2g}"
        if good["excess"].notna().any()
        else "",
        "median cost": times(good["ratio"].dropna().median()),
        "median preparation": seconds(good["prepare_s"].dropna().median()),
        "median first call": seconds(good["first_s"].dropna().median()),
    }


def ledger(frame: pd.DataFrame) -> pd.DataFrame:
    """Every row that is not ok, with its reason; wrong numbers first, polite refusals last."""
    rank = {status: place for place, status in enumerate(GRAVEST_FIRST)}
    wrong = frame[frame["status"] != Status.OK].sort_values(
        "status", key=lambda status: status.map(rank), kind="stable"
    )
    return wrong[["problem", "size", "operator", "method", "dtype", "status", "reason"]].fillna("")


def everything(frame: pd.DataFrame) -> pd.DataFrame:
    """All rows and columns with units in the cells where the unit varies."""
    timed = {name: pd.to_numeric(frame[name]).map(seconds) for name in TIMES}
    shown = frame.drop(columns=["reason", "evaluate_low_s", "evaluate_high_s"])
    return shown.assign(**timed).rename(columns=lambda name: name.removesuffix("_s"))


def provenance(environment: Mapping[str, Any]) -> str:
    """Where, when and on which revision a run was made, as far as its environment block says."""
    return ", ".join(
        str(environment[key]) for key in ("cpu", "time", "revision") if environment.get(key)
    )


def flat(environment: Mapping[str, Any], prefix: str = "") -> dict[str, str]:
    """Nested mappings -> one level, keys joined by a space, lists by commas."""
    lines: dict[str, str] = {}
    for key, value in environment.items():
        name = f"{prefix}{key}".replace("_", " ")
        if isinstance(value, Mapping):
            lines |= flat(value, f"{name} ")
        else:
            lines[name] = (
                ", ".join(map(str, value)) if isinstance(value, list | tuple) else short(value)
            )
    return lines


def facts(frame: pd.DataFrame) -> dict[str, str]:
    """The run in five numbers."""
    good = with_digits(answered(frame))
    return {
        "problems": short(frame["problem"].nunique()),
        "methods": short(frame["method"].nunique()),
        "cells": short(len(frame)),
        "answered": f"{len(good) / max(1, len(frame)):.0%}",
        "answers within 1 digit of full": f"{(good['lost'] <= 1).sum() / max(1, len(good)):.0%}",
    }

"""Expression swell: how many operations each form of a derivative takes as the function grows, what it costs and how wrong it is.

    f            the function itself, as SymPy writes it
    raw          its gradient, differentiated by SymPy and written out
    cse          common subexpressions shared afterwards;  cse-joint: shared with f's own
    accumulate   f and its gradient, shared first and accumulated on the shared graph
    forward, reverse   f and its gradient by automatic differentiation, at unit costs
    expand, factor, horner, simplify   the raw gradient rewritten

A form that takes too long or too much memory is a row that says so; larger sizes of it are then skipped.
"""

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from diffbench import registry
from diffbench.differentiators.limits import Limits
from diffbench.errors import BadInput, DiffbenchError
from diffbench.interface import Function
from diffbench.measure import swell_forms
from diffbench.measure.families import FAMILIES, Family
from diffbench.measure.growth import GrowthLaw, growth_law
from diffbench.measure.swell_forms import Member, short
from diffbench.program import record
from diffbench.program.to_sympy import expressions

COLUMNS = (
    "family",
    "n",
    "form",
    "operations",
    "tree_nodes",
    "dag_nodes",
    "source_length",
    "derive_s",
    "build_s",
    "evaluate_s",
    "error_eps",
    "status",
)
FORMS = ("f", "raw", "cse", "cse-joint", "accumulate", "forward", "reverse")


def swell(family: Any, sizes: Iterable[int] | None = None, *, forms: Sequence[str] = FORMS, limits: Limits | None = None) -> pd.DataFrame:
    """One row a size and form; see COLUMNS. Times are seconds, error_eps the norm-wise relative error of the gradient over epsilon.

    family: a name in `families.FAMILIES`, the name of a problem, or a function n -> (f, x) with f in plain NumPy.
    """
    member_of, name, usual_sizes = _family(family)
    unknown = set(forms) - swell_forms.FORMS.keys()
    if unknown:
        raise BadInput(f"{', '.join(sorted(unknown))} is not a form of a derivative; known: {', '.join(swell_forms.FORMS)}")
    rows, lost = [], set[str]()
    for n in usual_sizes if sizes is None else sizes:
        member = member_of(n, limits or Limits())
        for form in forms:
            row = _skipped(form) if form in lost else _measured(member, form)
            lost |= {form} if row["status"] != "ok" else set()
            rows.append({"family": name, "n": n, "form": form} | row)
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _measured(member: Member, form: str) -> dict[str, Any]:
    try:
        return {"status": "ok"} | swell_forms.FORMS[form](member)
    except DiffbenchError as error:
        return {"status": short(error)}


def _skipped(form: str) -> dict[str, Any]:
    return {"status": f"skipped: {form} failed at a smaller size"}


def _family(family: Any) -> tuple[Callable[[int, Limits], Member], str, Sequence[int]]:
    if isinstance(family, str) and family in FAMILIES:
        family = FAMILIES[family]
    if isinstance(family, Family):
        return partial(_of_family, family), family.name, family.sizes
    if isinstance(family, str):
        problem = registry.find("problems", family)
        return partial(_recorded, lambda n: (problem.at(n), problem.at(n).point)), family, problem.sizes
    return partial(_recorded, family), getattr(family, "__name__", "f"), ()


def _of_family(family: Family, n: int, limits: Limits) -> Member:
    f, x = family.numeric(n)
    return Member(f, x, lambda graph: family.on(graph, n), limits)


def _recorded(family: Callable[[int], tuple[Function, Any]], n: int, limits: Limits) -> Member:
    f, x = family(n)
    program = record(f, np.asarray(x))
    return Member(f, np.asarray(x), lambda graph: expressions(program, graph), limits)


__all__ = ["COLUMNS", "FORMS", "GrowthLaw", "growth_law", "swell"]

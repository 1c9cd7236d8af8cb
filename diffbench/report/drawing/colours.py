"""One look a method, the same in every chart, table and key: each method states its own, and here it
is asked for it.

Hue tells the family (differences warm, symbolic purple, automatic blue to green), lightness and
marker the member. Any two of our methods differ by at least 12 in CIELAB for protanopes,
deuteranopes and tritanopes and by 20 for everybody else; their contrast with the paper is at least
3:1. Other packages are drawn hollow and dashed. A method that states no look is grey.
"""

from collections.abc import Iterable
from typing import Any

from diffbench.interface import Kind, Look
from diffbench.registry import names, namesake

INK, MUTED, GRID, PAPER = "#1b1f24", "#626b75", "#dfe3e8", "#ffffff"
DARK_PAPER = {INK: "#e8eaed", MUTED: "#9aa4af", GRID: "#30363d", PAPER: "#14171a"}
UNKNOWN = Look(MUTED, DARK_PAPER[MUTED], "d", "--")

FORMS = {  # a form of a derivative looks like the method that evaluates it
    "f": "manual",
    "raw": "symbolic-raw",
    "cse": "symbolic",
    "cse-joint": "symbolic",
    "accumulate": "symbolic-accumulate",
    "forward": "forward",
    "reverse": "reverse",
    "expand": "forward-difference",
    "factor": "central-difference",
    "horner": "richardson",
    "simplify": "adaptive-difference",
}


def look_of(name: str) -> Look:
    """The look of a method by its name; grey when it states none, or is not registered here."""
    return getattr(namesake("differentiators", name), "look", None) or UNKNOWN


def in_order(methods: Iterable[Any]) -> list[str]:
    """Methods by kind, then by name, those without a kind last: the column order of every table."""
    return sorted(set(methods), key=lambda name: (_place(name), name))


def _place(name: str) -> int:
    kinds: list[Kind | None] = [*Kind, None]
    return kinds.index(getattr(namesake("differentiators", name), "kind", None))


def dark_of() -> dict[str, str]:
    """Every colour drawn on light paper -> its counterpart on dark paper."""
    looks = [look_of(name) for name in names("differentiators")]
    return DARK_PAPER | {look.colour: look.dark for look in looks}

"""One look a method, the same in every chart, table and key: a colour for light and for dark paper,
a marker and a line.

Hue tells the family (differences warm, symbolic purple, automatic blue to green), lightness and
marker the member. Any two of our methods differ by at least 12 in CIELAB for protanopes,
deuteranopes and tritanopes and by 20 for everybody else; their contrast with the paper is at least
3:1. Other packages are drawn hollow and dashed. A method nobody listed here is grey.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

INK, MUTED, GRID, PAPER = "#1b1f24", "#626b75", "#dfe3e8", "#ffffff"
DARK_PAPER = {INK: "#e8eaed", MUTED: "#9aa4af", GRID: "#30363d", PAPER: "#14171a"}


@dataclass(frozen=True)
class Style:
    """How a method is drawn: colour on light paper, colour on dark paper, Matplotlib marker, and
    whether it is another package's.
    """

    colour: str
    dark: str
    marker: str
    peer: bool = False

    @property
    def line(self) -> str:
        """Matplotlib line style."""
        return "--" if self.peer else "-"

    @property
    def face(self) -> str:
        """Matplotlib face colour of the marker."""
        return "none" if self.peer else self.colour


STYLES = {
    "manual": Style("#3b4245", "#cee4ec", "X"),
    "compiled": Style("#00846c", "#39d5ab", "o"),
    "reverse": Style("#1658b0", "#0191ff", "s"),
    "forward": Style("#1798e1", "#8accfb", "^"),
    "symbolic-accumulate": Style("#4e2983", "#b49dff", "D"),
    "symbolic": Style("#993b8f", "#cb74ce", "P"),
    "symbolic-raw": Style("#ce71ab", "#d9a3ce", "h"),
    "complex-step": Style("#7d9b31", "#c2e260", "*"),
    "adaptive-difference": Style("#8d3731", "#f08c6b", "v"),
    "richardson": Style("#5b3800", "#fbc381", "p"),
    "central-difference": Style("#936a31", "#c2a746", "<"),
    "forward-difference": Style("#e85505", "#f66211", ">"),
    "autograd": Style("#6b7280", "#a3adba", "o", peer=True),
    "jax": Style("#0f766e", "#4fd1c5", "s", peer=True),
    "torch": Style("#c2410c", "#fb923c", "^", peer=True),
    "casadi": Style("#1d4ed8", "#7aa2ff", "D", peer=True),
    "pytensor": Style("#7c5cc4", "#b9a3f0", "P", peer=True),
    "tensorflow": Style("#a16207", "#eab308", "v", peer=True),
    "mygrad": Style("#be185d", "#f472b6", "h", peer=True),
    "scipy": Style("#4d5b9e", "#a5b4fc", "<", peer=True),
    "numdifftools": Style("#92400e", "#e0a070", "p", peer=True),
    "jacobi": Style("#9f1239", "#fb7185", ">", peer=True),
    "symengine": Style("#86198f", "#e879f9", "X", peer=True),
}
UNKNOWN = Style(MUTED, DARK_PAPER[MUTED], "d", peer=True)

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


def style_of(name: str) -> Style:
    """The look of a method; configured or foreign methods take that of the longest listed name they
    begin with, else grey.
    """
    listed = [known for known in STYLES if name.startswith(known)]
    return STYLES[max(listed, key=len)] if listed else UNKNOWN


def in_order(methods: Iterable[Any]) -> list[str]:
    """Methods in the order of `STYLES`, unlisted ones last by name: the column order of every
    table.
    """
    rank = {name: place for place, name in enumerate(STYLES)}
    return sorted(set(methods), key=lambda name: (rank.get(name, len(rank)), name))


def dark_of() -> dict[str, str]:
    """Every colour drawn on light paper -> its counterpart on dark paper."""
    return DARK_PAPER | {style.colour: style.dark for style in STYLES.values()}

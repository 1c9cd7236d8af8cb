"""One look a method, the same in every chart, table and key: a colour for light and for dark paper, a marker and a line.

Hue tells the family (differences warm, symbolic purple, automatic blue to green), lightness and marker the member, so that a
black-and-white print or a colour-blind reader loses nothing. Other packages are drawn hollow and dashed. A method nobody listed here is
grey.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

INK, MUTED, GRID, PAPER = "#1b1f24", "#626b75", "#dfe3e8", "#ffffff"
DARK_PAPER = {INK: "#e8eaed", MUTED: "#9aa4af", GRID: "#30363d", PAPER: "#14171a"}


@dataclass(frozen=True)
class Style:
    """How a method is drawn: colour on light paper, colour on dark paper, Matplotlib marker, and whether it is another package's."""

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
    "manual": Style("#3a3f45", "#ccd3da", "X"),
    "compiled": Style("#00846a", "#3ddbb0", "o"),
    "reverse": Style("#0a4a9c", "#4f97ff", "s"),
    "forward": Style("#3f9be0", "#8fd0ff", "^"),
    "symbolic-accumulate": Style("#4b2a85", "#9d80e8", "D"),
    "symbolic": Style("#93329e", "#d488e0", "P"),
    "symbolic-raw": Style("#d77fb4", "#ffb3dc", "h"),
    "complex-step": Style("#77902a", "#b9d55c", "*"),
    "adaptive-difference": Style("#7a2405", "#ff9a76", "v"),
    "richardson": Style("#a8700c", "#d9a441", "p"),
    "central-difference": Style("#dd9a1c", "#ffd27a", "<"),
    "forward-difference": Style("#d9480f", "#ff6b35", ">"),
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
    """The look of a method; configured or foreign methods take that of the longest listed name they begin with, else grey."""
    listed = [known for known in STYLES if name.startswith(known)]
    return STYLES[max(listed, key=len)] if listed else UNKNOWN


def in_order(methods: Iterable[Any]) -> list[str]:
    """Methods in the order of `STYLES`, unlisted ones last by name: the column order of every table."""
    rank = {name: place for place, name in enumerate(STYLES)}
    return sorted(set(methods), key=lambda name: (rank.get(name, len(rank)), name))


def dark_of() -> dict[str, str]:
    """Every colour drawn on light paper -> its counterpart on dark paper."""
    return DARK_PAPER | {style.colour: style.dark for style in STYLES.values()}

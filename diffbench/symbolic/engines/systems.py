"""Maxima, GiNaC and Giac: how each is asked for derivatives, and how it answers.

    maxima   diff; `optimize` finds common subexpressions. What it can't differentiate stays 'diff(...)
    ginac    ginsh's diff. Its symbols are complex, which matters for abs only
    giac     diff; its logarithm is ln

Each batch runs in a process of its own: 0.1 s for Maxima, 15 ms for GiNaC, 60 ms for Giac.
"""

import re
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from shutil import which
from typing import Any

import sympy as sp

from diffbench.errors import NotInstalled, Unsupported
from diffbench.symbolic.engines.text import Dialect, read, written

MARK = "777123456789"
LONGEST = 1 << 26  # characters of an answer
Formulas = list[sp.Expr]


@dataclass(frozen=True)
class System:
    """One of them. script(statements): what its program reads; found(output): the answers' texts."""

    name: str
    program: tuple[str, ...]
    package: str
    dialect: Dialect
    script: Callable[[list[str]], str]
    found: Callable[[str], list[str]]
    seconds: float = 100.0

    @property
    def is_installed(self) -> bool:
        """Whether its program is here."""
        return which(self.program[0]) is not None

    def jacobian(self, ys: Sequence[Any], xs: Sequence[Any]) -> Formulas:
        """Every dy/dx, row by row, in one batch."""
        entries, names = [sp.sympify(y) for y in ys], _names(ys, xs)
        texts = written(entries, self.dialect, names)
        wanted = [f"diff({text},{names[x]})" for text in texts for x in xs]
        symbols = {name: symbol for symbol, name in names.items()}
        return [read(text, self.dialect, symbols) for text in self.answers(wanted)]

    def push(self, ys: Sequence[Any], xs: Sequence[Any], x_dot: Sequence[Any]) -> Formulas:
        """J x_dot."""
        rows = _rows(self.jacobian(ys, xs), len(xs))
        return [sp.Add(*(a * dot for a, dot in zip(row, x_dot, strict=True))) for row in rows]

    def pull(self, ys: Sequence[Any], xs: Sequence[Any], y_bar: Sequence[Any]) -> Formulas:
        """J^T y_bar."""
        columns = zip(*_rows(self.jacobian(ys, xs), len(xs)), strict=True)
        return [sp.Add(*(a * bar for a, bar in zip(c, y_bar, strict=True))) for c in columns]

    def answers(self, statements: list[str]) -> list[str]:
        """What the program says to each statement."""
        texts = self.found(self._said(self.script(statements)))
        if len(texts) != len(statements):
            raise Unsupported(
                f"{self.name} answered {len(texts)} of {len(statements)} questions; use "
                "engine='sympy'"
            )
        return texts

    def _said(self, script: str) -> str:
        if not self.is_installed:
            raise NotInstalled(
                f"the engine {self.name} is not installed; apt install {self.package}, or use "
                "engine='sympy'"
            )
        try:
            done = subprocess.run(
                self.program, input=script, capture_output=True, text=True, timeout=self.seconds
            )
        except subprocess.TimeoutExpired:
            raise Unsupported(f"timeout after {self.seconds:g} s in {self.name}") from None
        if len(done.stdout) > LONGEST:
            raise Unsupported(f"an answer of {self.name} is longer than {LONGEST} characters")
        return done.stdout


def _names(ys: Sequence[Any], xs: Sequence[Any]) -> dict[sp.Basic, str]:
    """A name of its own for each symbol, which no system has a meaning for."""
    symbols = dict.fromkeys([*xs, *(s for y in ys for s in _symbols(y))])
    return {symbol: f"var{i}q" for i, symbol in enumerate(symbols)}


def _symbols(y: Any) -> list[sp.Basic]:
    return sorted(sp.sympify(y).free_symbols, key=str)


def _rows(flat: Formulas, width: int) -> list[Formulas]:
    return [flat[i : i + width] for i in range(0, len(flat), width)]


# ---------------------------------------------------------------- how each is talked to


def _maxima_script(statements: list[str]) -> str:
    """An answer a line behind the mark; an error, or a question of Maxima's, leaves none."""
    lines = ["display2d:false$", "linel:1000000$", 'load("noninteractive")$']
    ask = (
        'block([r:errcatch({})],if r=[] then false else printf(true,"~%{}~a~%",string(first(r))))$'
    )
    return "\n".join([*lines, *(ask.format(s, MARK) for s in statements), ""])


def _marked(output: str) -> list[str]:
    return [line[len(MARK) :] for line in output.splitlines() if line.startswith(MARK)]


def _ginsh_script(statements: list[str]) -> str:
    return "".join(f"{s};\n" for s in statements)


def _lines(output: str) -> list[str]:
    return [line for line in output.splitlines() if line]


def _giac_script(statements: list[str]) -> str:
    return "".join(f"[{MARK},{s}]\n" for s in statements)


def _bracketed(output: str) -> list[str]:
    opening = f"[{MARK},"
    lines = [line for line in output.splitlines() if line.startswith(opening)]
    return [line[len(opening) : -1] for line in lines]


SYSTEMS = {
    system.name: system
    for system in (
        System(
            "maxima",
            ("maxima", "--very-quiet"),
            "maxima maxima-share",
            Dialect("%e", "%pi", {}),
            _maxima_script,
            _marked,
        ),
        System(
            "ginac", ("ginsh",), "ginac-tools", Dialect("exp(1)", "Pi", {}), _ginsh_script, _lines
        ),
        System(
            "giac", ("giac",), "xcas", Dialect("e", "pi", {"log": "ln"}), _giac_script, _bracketed
        ),
    )
}


def present() -> list[str]:
    """Those that are here."""
    return [name for name, system in SYSTEMS.items() if system.is_installed]


def optimized(results: Sequence[sp.Expr]) -> tuple[list[tuple[sp.Symbol, sp.Expr]], Formulas]:
    """The results with what they share taken out, by Maxima's `optimize`: (replacements, results)."""
    maxima = SYSTEMS["maxima"]
    names = _names(results, [])
    texts = written([sp.sympify(e) for e in results], maxima.dialect, names)
    [answer] = maxima.answers([f"optimize([{','.join(texts)}])"])
    symbols: dict[str, Any] = {name: symbol for symbol, name in names.items()}
    block = re.fullmatch(r"block\(\[(?P<names>[%\d,]+)\],(?P<steps>.*),\[(?P<last>.*)\]\)", answer)
    if block is None:
        return [], list(results)  # nothing is shared
    take = partial(read, dialect=maxima.dialect)
    replacements: list[tuple[sp.Symbol, sp.Expr]] = []
    for step in _parts(block["steps"]):
        name, _, text = step.partition(":")
        symbol = sp.Symbol(f"t{len(replacements)}", real=True)
        replacements.append((symbol, take(_spelled(text), symbols=symbols)))
        symbols[_spelled(name)] = symbol
    return replacements, [take(_spelled(t), symbols=symbols) for t in _parts(block["last"])]


def _spelled(text: str) -> str:
    """Maxima's %1 as a word."""
    return re.sub(r"%(\d+)", r"part\1q", text)


def _parts(text: str) -> list[str]:
    """Split at the commas outside of brackets."""
    parts, depth, start = [], 0, 0
    for i, c in enumerate(text):
        depth += (c in "([") - (c in ")]")
        if c == "," and depth == 0:
            parts.append(text[start:i])
            start = i + 1
    return [*parts, text[start:]]

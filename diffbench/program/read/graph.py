"""The graph of a program, drawn without Graphviz: in text, a line a depth, or as SVG. Its nodes are
numbered as in the trace table.

depth 0   v_-1 = x1 | v_0 = x2
depth 1   v_1 = v_-1/v_0 | v_3 = exp(v_0)
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape

WIDE, HIGH, GAP = 190, 54, 40  # points: of a column, of a row, between box and box


@dataclass(frozen=True)
class Node:
    """A value, what it is, the names of what it is made of, and its longest way from an input."""

    name: str
    text: str
    parents: tuple[str, ...]
    depth: int

    @property
    def label(self) -> str:
        return f"{self.name} = {self.text}"


def nodes(rows: Sequence[tuple[str, str, tuple[str, ...]]]) -> list[Node]:
    """Nodes of (name, text, parents), which come in the order of evaluation."""
    depths: dict[str, int] = {}
    found = []
    for name, text, parents in rows:
        known = tuple(parent for parent in dict.fromkeys(parents) if parent in depths)
        depths[name] = 1 + max([depths[parent] for parent in known], default=-1)
        found.append(Node(name, text, known, depths[name]))
    return found


def by_depth(graph: Sequence[Node]) -> dict[int, list[Node]]:
    """The nodes of each depth, in their order."""
    found: dict[int, list[Node]] = defaultdict(list)
    for node in graph:
        found[node.depth].append(node)
    return dict(sorted(found.items()))


def to_text(graph: Sequence[Node]) -> str:
    """One line a depth: whatever stands on a line can be computed at once."""
    return "\n".join(
        f"depth {depth:<4}{' | '.join(node.label for node in level)}"
        for depth, level in by_depth(graph).items()
    )


def to_dot(graph: Sequence[Node]) -> str:
    """The same in Graphviz' language; inputs as boxes."""
    lines = ["digraph f {", "  rankdir=LR;"]
    for node in graph:
        shape = "" if node.parents else "shape=box, "
        lines.append(f"  {_quoted(node.name)} [{shape}label={_quoted(node.label)}];")
        lines += [f"  {_quoted(parent)} -> {_quoted(node.name)};" for parent in node.parents]
    return "\n".join([*lines, "}", ""])


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', r"\"")
    return f'"{escaped}"'


def to_svg(graph: Sequence[Node]) -> str:
    """Depth goes to the right; an arrow for each operand."""
    places = {
        node.name: (depth * WIDE, row * HIGH)
        for depth, level in by_depth(graph).items()
        for row, node in enumerate(level)
    }
    width, height = (max(place[k] for place in places.values()) for k in (0, 1))
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{width + WIDE}" height="{height + HIGH}" '
            'font-family="sans-serif" font-size="12">',
            '<marker id="tip" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="7" markerHeight="7" '
            'orient="auto"><path d="M0 0L8 4L0 8z"/></marker>',
            *[line for node in graph for line in _arrows(node, places)],
            *[_box(node, *places[node.name]) for node in graph],
            "</svg>",
            "",
        ]
    )


def _arrows(node: Node, places: dict[str, tuple[int, int]]) -> Iterator[str]:
    x, y = places[node.name]
    for parent in node.parents:
        from_x, from_y = places[parent]
        yield (
            f'<path d="M{from_x + WIDE - GAP} {from_y + HIGH // 2}L{x} {y + HIGH // 2}" '
            'stroke="#777" fill="none" marker-end="url(#tip)"/>'
        )


def _box(node: Node, x: int, y: int) -> str:
    return (
        f'<rect x="{x}" y="{y + 12}" width="{WIDE - GAP}" height="30" rx="4" fill="#fff" '
        f'stroke="#333"/><text x="{x + (WIDE - GAP) // 2}" y="{y + 31}" text-anchor="middle">'
        f"{escape(node.label)}</text>"
    )

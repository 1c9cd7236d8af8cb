"""Your own differentiator among the others: registered in ten lines, judged like all of them."""

import numpy as np

import diffbench as db


@db.differentiator("five-point")
def five_point(f, x):
    """Central differences of fourth order with one step for everybody: shape f(x).shape + x.shape."""
    h, columns = 1e-3, []
    for seed in np.eye(x.size):
        e = h * seed.reshape(x.shape)
        columns.append((f(x - 2 * e) - 8 * f(x - e) + 8 * f(x + e) - f(x + 2 * e)) / (12 * h))
    return np.stack(columns, axis=-1).reshape(np.shape(columns[0]) + x.shape)


def valley(x):
    return np.sum(100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2)


found = db.compare(
    valley,
    np.linspace(-1, 1, 5),
    methods=["five-point", "central-difference", "reverse", "complex-step"],
    in_process=True,
)
table = found.frame().set_index("method")
print(table[["status", "error_rel", "calls"]].to_string(float_format=lambda v: f"{v:.0e}"))
print(
    "five points keep more digits than three:",
    bool(table.error_rel["five-point"] < table.error_rel["central-difference"]),
)

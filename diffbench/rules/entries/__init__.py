"""What moves, picks and orders entries: shapes, indices, sorting, quantiles, grids."""

from diffbench.rules.entries import (
    grids,
    index_builders,
    indexing,
    order_statistics,
    ordering,
    shaping,
)

__all__ = ["grids", "index_builders", "indexing", "order_statistics", "ordering", "shaping"]

"""What moves, picks and orders entries: shapes, indices, sorting, grids."""

from diffbench.rules.entries import grids, index_builders, indexing, ordering, shaping

__all__ = ["grids", "index_builders", "indexing", "ordering", "shaping"]

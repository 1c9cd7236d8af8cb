"""A scalar function as a graph with equal subexpressions shared: its simplification, its derivatives, its code."""

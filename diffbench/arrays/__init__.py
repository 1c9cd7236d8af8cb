"""How NumPy calls are caught: one traced array, and the levels that handle it (forward, reverse, jets, recording)."""

from diffbench import rules
from diffbench.arrays import in_place, methods, operators, questions

__all__ = ["in_place", "methods", "operators", "questions", "rules"]

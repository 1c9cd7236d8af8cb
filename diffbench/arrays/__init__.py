"""How NumPy calls are caught: one traced array, and three levels that handle it (forward, reverse, recording)."""

from diffbench import rules
from diffbench.arrays import in_place, questions

__all__ = ["in_place", "questions", "rules"]

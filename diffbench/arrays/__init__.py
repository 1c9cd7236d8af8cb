"""How NumPy calls are caught: one traced array, and the levels that handle it (forward, reverse,
jets, recording).
"""

from diffbench import rules
from diffbench.arrays.capture import methods, overloads, protocols, questions
from diffbench.arrays.writing import in_place

__all__ = ["in_place", "methods", "overloads", "protocols", "questions", "rules"]

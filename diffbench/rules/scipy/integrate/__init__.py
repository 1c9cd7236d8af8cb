"""scipy.integrate."""

from diffbench.rules.scipy.integrate import boundary, integrals, odes

__all__ = ["boundary", "integrals", "odes"]

"""Special functions, by family."""

from diffbench.rules.special import bessel, distributions, functions, integrals

__all__ = ["bessel", "distributions", "functions", "integrals"]

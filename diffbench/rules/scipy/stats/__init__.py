"""scipy.stats."""

from diffbench.rules.scipy.stats import continuous, discrete, distribution_functions

__all__ = ["continuous", "discrete", "distribution_functions"]

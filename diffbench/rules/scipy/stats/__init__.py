"""scipy.stats."""

from diffbench.rules.scipy.stats import (
    continuous,
    discrete,
    distribution_functions,
    kernel_density,
    moments,
    multivariate,
)

__all__ = [
    "continuous",
    "discrete",
    "distribution_functions",
    "kernel_density",
    "moments",
    "multivariate",
]

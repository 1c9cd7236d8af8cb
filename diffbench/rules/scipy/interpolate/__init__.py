"""scipy.interpolate."""

from diffbench.rules.scipy.interpolate import grids, piecewise, scattered, splines

__all__ = ["grids", "piecewise", "scattered", "splines"]

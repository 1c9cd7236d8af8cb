"""Results -> charts and one page. Reads results only; never measures."""

from diffbench.report.page import render

__all__ = ["render"]

"""The staged form of a function: record it, read it, count it, differentiate it, compile it."""

from diffbench.program.program import Program, record

__all__ = ["Program", "record"]

"""Differentiators in other processes and other languages: JSON Lines on standard input and output,
as docs/protocol.md has it.
"""

from importlib import import_module

import_module(f"{__name__}.built")

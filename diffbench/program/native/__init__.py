"""Native code: a simplified Program as C, compiled by the system's compiler, called without conversions.

compile_native(program, otherwise, guard_failed)  ->  Answer: answer(x[, direction][, out=array]), answer.route == "native"

functions.py   elementwise primitives in C        scalars.py   programs on numbers
build.py       C -> shared library -> callable    cache.py     libraries kept on disk, privately
"""

from diffbench.program.native.native import compile_native

__all__ = ["compile_native"]

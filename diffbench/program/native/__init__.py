"""Native code: a simplified Program as C, compiled by the system's compiler, called without conversions.

    compile_native(program, otherwise, guard_failed)  ->  answer(x[, direction][, out=array]), answer.route == "native"

functions.py: elementwise primitives in C. scalars.py: programs on numbers, as straight lines and loops. layout.py: where the entries of
arrays are. fusion.py: which operations run in one loop. arrays.py: those loops. products.py: matrix products. build.py: C to a shared
library to a callable, the type of which is answer.c. cache.py: libraries kept on disk, privately.
"""

from diffbench.program.native.native import compile_native

__all__ = ["compile_native"]

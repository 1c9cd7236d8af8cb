"""Native code: a simplified Program as C, compiled by the system's compiler, called without conversions.

    compile_native(program, otherwise, guard_failed)  ->  answer(x[, direction][, out=array]), answer.route == "native"

functions.py: elementwise primitives in C. scalars.py: programs on numbers, as straight lines and loops. build.py: C to a shared library to
a callable, the type of which is answer.c. cache.py: libraries kept on disk, privately. Programs on arrays, from the bottom up:
layout.py: where the entries of an array are. axes.py: which axes are the same. fusion.py: which operations run in one loop. strips.py:
along which axis loops run in strips. memory.py: where each array is. loops.py, products.py: the C of a kernel, a loop or a matrix product.
groups.py: kernels that run strip by strip, and threads. arrays.py: all of it as one function.
"""

from diffbench.program.native.groups import MOST_THREADS
from diffbench.program.native.native import compile_native

__all__ = ["MOST_THREADS", "compile_native"]

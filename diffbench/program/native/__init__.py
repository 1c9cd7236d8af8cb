"""Native code: a simplified Program as C, compiled by the system's compiler, called without
conversions.

    compile_native(program, otherwise, guard_failed)  ->  answer(x[, direction][, out=array]), answer.route == "native"

c_functions.py        elementwise primitives in C
scalar_programs.py    programs on numbers, as straight lines and loops
array_programs.py     programs on arrays as one function; from the bottom up, in kernels/:
    layout.py             where the entries of an array are
    shared_axes.py        which axes are the same
    fusion.py             which operations run in one loop
    strips.py             along which axis loops run in strips
    storage.py            where each array is
    loops.py, matrix_products.py    the C of a kernel, a loop or a matrix product
    groups.py             kernels that run strip by strip, and threads
build.py              C to a shared library to a callable, the type of which is answer.c
cache.py              libraries kept on disk, privately
"""

from diffbench.program.native.answer import compile_native
from diffbench.program.native.kernels.groups import MOST_THREADS

__all__ = ["MOST_THREADS", "compile_native"]

"""SciPy's own special functions in native code, by their addresses: the results have the same bits.

scipy.special.cython_special offers each as a C function of doubles. A row of rules/spelling.py that
says scipy_psi({}) calls it; the library gets a variable that holds the address and is set when the
library is loaded, since addresses differ from process to process and libraries are kept.
"""

import ctypes
import re
from functools import cache

from diffbench.errors import Unsupported

_CALLED = re.compile(r"\bscipy_(\w+)\(")
_OF_DOUBLES = re.compile(r"double \((double(?:, double)*), int __pyx_skip_dispatch\)")


def called_in(source: str) -> list[str]:
    """The functions of SciPy that a C source calls."""
    return sorted(set(_CALLED.findall(source)))


def declarations(names: list[str]) -> str:
    """What makes scipy_psi(x) a call of the function whose address psi_of_scipy holds."""
    return "".join([_declaration(name, _function(name)[1]) for name in names])


def link(library: ctypes.CDLL, names: list[str]) -> None:
    """Put the addresses in."""
    for name in names:
        ctypes.c_void_p.in_dll(library, f"{name}_of_scipy").value = _function(name)[0]


def _declaration(name: str, arity: int) -> str:
    given = [f"a{k}" for k in range(arity)]
    return (
        f"double (*{name}_of_scipy)({'double, ' * arity}int);\n"
        f"static inline double scipy_{name}({', '.join([f'double {a}' for a in given])}) "
        f"{{ return {name}_of_scipy({', '.join(given)}, 0); }}\n"
    )


@cache
def _function(name: str) -> tuple[int, int]:
    """Address and number of arguments. Raises Unsupported where SciPy has no such function of
    doubles.
    """
    from scipy.special import cython_special  # 5 ms, and few programs need it

    name_of, pointer = ctypes.pythonapi.PyCapsule_GetName, ctypes.pythonapi.PyCapsule_GetPointer
    name_of.restype, name_of.argtypes = ctypes.c_char_p, [ctypes.py_object]
    pointer.restype, pointer.argtypes = ctypes.c_void_p, [ctypes.py_object, ctypes.c_char_p]
    for key, capsule in cython_special.__pyx_capi__.items():
        signature = name_of(capsule)
        match = _OF_DOUBLES.fullmatch(signature.decode())
        if match and re.fullmatch(rf"(__pyx_fuse_\d+)?{name}", key):
            return int(pointer(capsule, signature)), match[1].count("double")
    raise Unsupported(f"this SciPy offers no {name} to C; NumPy computes it")

"""C to a shared library by the system's compiler, and the library to a Python callable.

The kernels are plain C without Python's headers, which compile in a few hundredths of a second; one
extension module (answer.c), compiled once, turns an address into a callable. There is no
-ffast-math: NaN, inf and signed zeros are those of IEEE 754. Without a compiler Unsupported is
raised, and generated Python answers instead.
"""

import ctypes
import platform
import sys
import sysconfig
import tempfile
import weakref
from functools import cache
from importlib.machinery import ExtensionFileLoader
from importlib.util import module_from_spec, spec_from_loader
from pathlib import Path
from typing import Any

import numpy as np

from diffbench.program.native import cache as libraries
from diffbench.program.native.compiler import CompilerFailed, called, compiler, is_whole

FLAGS = (
    "-shared",
    "-fPIC",
    "-pthread",
    "-std=gnu11",
    "-fno-math-errno",
    "-fno-trapping-math",
    "-ffp-contract=off",
    "-fopenmp-simd",
    "-w",
)


def extension(source: str, *options: str) -> Path:
    """The shared library of a C source: from the cache, or compiled now."""
    command = compiler()
    key = libraries.key_of(source, command, _version(command), _machine(), *FLAGS, *options)
    return libraries.find(key) or libraries.store(key, _compiled(command, source, options))


def _compiled(command: str, source: str, options: tuple[str, ...]) -> bytes:
    with tempfile.TemporaryDirectory(dir=libraries.folder(), prefix=libraries.UNDER_WAY) as private:
        text, made = Path(private) / "kernel.c", Path(private) / "kernel.so"
        text.write_text(source)
        called(command, *FLAGS, *options, str(text), "-o", str(made), "-lm")
        found = made.read_bytes() if made.exists() else b""
    if not is_whole(found):
        raise CompilerFailed(
            f"{command} made no whole library (kernel.so of {len(found)} bytes); generated Python "
            "is used instead"
        )
    return found


@cache
def _version(command: str) -> str:
    return called(command, "--version")


@cache
def _machine() -> str:
    """What -march=native depends on."""
    flags = Path("/proc/cpuinfo")
    lines = flags.read_text().splitlines() if flags.exists() else []
    return platform.platform() + next(
        (line for line in lines if line.startswith("flags")), platform.processor()
    )


def load(path: Path) -> ctypes.CDLL:
    """The library, in this process, for as long as somebody holds it."""
    try:
        library = ctypes.CDLL(str(path))
    except OSError as error:
        libraries.remove(path)
        raise CompilerFailed(
            f"{compiler()} made a library that can't be loaded ({error}); generated Python is used "
            "instead"
        ) from None
    closing = weakref.finalize(library, _close, library._handle)
    closing.atexit = False  # whoever is called last may need it still
    return library


def _close(handle: int) -> None:
    ctypes.CDLL(None).dlclose(ctypes.c_void_p(handle))


def address_of(loaded: ctypes.CDLL, name: str) -> int:
    """Where a function of a library is."""
    found = getattr(loaded, name, None)
    if found is None:
        raise CompilerFailed(
            f"{compiler()} made a library without {name}; generated Python is used instead"
        )
    return ctypes.cast(found, ctypes.c_void_p).value or 0


@cache
def answer_type() -> Any:
    """The type of native answers, from the extension module answer.c."""
    source = Path(__file__).with_name("answer.c").read_text()
    include = [f"-I{sysconfig.get_paths()['include']}", f"-I{np.get_include()}"]
    path = extension(
        source,
        "-O2",
        *include,
        f'-DBUILT_FOR="{sys.implementation.cache_tag} numpy {np.__version__}"',
    )
    loader = ExtensionFileLoader("diffbench_answer", str(path))
    spec = spec_from_loader("diffbench_answer", loader)
    assert spec is not None
    module = module_from_spec(spec)
    loader.exec_module(module)
    return module.Answer


@cache
def blas() -> tuple[int, int]:
    """Addresses of SciPy's dgemm and dgemv, which need no linking."""
    from scipy.linalg import cython_blas

    get_name, get = ctypes.pythonapi.PyCapsule_GetName, ctypes.pythonapi.PyCapsule_GetPointer
    get_name.restype, get_name.argtypes = ctypes.c_char_p, [ctypes.py_object]
    get.restype, get.argtypes = ctypes.c_void_p, [ctypes.py_object, ctypes.c_char_p]
    capsules = [cython_blas.__pyx_capi__[name] for name in ("dgemm", "dgemv")]
    dgemm, dgemv = [int(get(capsule, get_name(capsule))) for capsule in capsules]
    return dgemm, dgemv

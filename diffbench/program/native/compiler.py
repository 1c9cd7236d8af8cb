"""The system's C compiler, which is not ours: it may be missing, hang, crash, write what is no text,
or leave half a library. All of it is CompilerFailed, and generated Python answers instead.
"""

import os
import shutil
import signal
import struct
import subprocess
from contextlib import suppress

from diffbench.errors import Unsupported

TIME_LIMIT_S = 120
LONGEST = 300  # characters of what it says
_hung: set[str] = set()  # commands that are not waited for again in this process


class CompilerFailed(Unsupported):
    """There is a compiler, and it did not do its work."""


def compiler() -> str:
    """The system's C compiler: $CC, cc, gcc or clang. Raises Unsupported if there is none."""
    if os.name != "posix":
        raise Unsupported(
            "native code is built on POSIX systems only, where a cache can be private; generated "
            "Python is used instead"
        )
    for name in (os.environ.get("CC"), "cc", "gcc", "clang"):
        path = shutil.which(name) if name else None
        if path:
            return path
    raise Unsupported(
        "no C compiler was found on the PATH (cc, gcc, clang); install one to have native code, or "
        "go on without"
    )


def called(command: str, *arguments: str) -> str:
    """What the compiler prints. It and all that it starts have a limit of time."""
    if command in _hung:
        raise CompilerFailed(f"{command} hung before; generated Python is used instead")
    try:
        process = subprocess.Popen(
            [command, *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
    except OSError as error:
        raise CompilerFailed(
            f"{command} can't be run ({error.strerror}); generated Python is used instead"
        ) from None
    with process:
        out, err = _heard(process, command)
    if process.returncode:
        said = " ".join(err.decode(errors="replace").split())[:LONGEST]
        how = "failed" if process.returncode > 0 else f"was killed by signal {-process.returncode}"
        raise CompilerFailed(f"{command} {how}: {said}; generated Python is used instead")
    return out.decode(errors="replace")


def _heard(process: "subprocess.Popen[bytes]", command: str) -> tuple[bytes, bytes]:
    try:
        return process.communicate(timeout=TIME_LIMIT_S)
    except subprocess.TimeoutExpired:
        _hung.add(command)
        raise CompilerFailed(
            f"{command} took more than {TIME_LIMIT_S} s; generated Python is used instead"
        ) from None
    finally:
        if process.poll() is None:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)


def is_whole(library: bytes) -> bool:
    """Whether all that a library's own tables promise is there: a truncated one ends the process that
    touches what is missing. Of ELF files (Linux); of others, that they are not empty.
    """
    if library[:4] != b"\x7fELF":
        return library[:4] in MACH_O
    if len(library) < ELF.size or library[4] != BITS_64:
        return False
    _, segments, sections, _, _, segment_size, count, section_size, section_count, _ = (
        ELF.unpack_from(library)
    )
    if sections + section_size * section_count > len(library):
        return False
    places = (SEGMENT.unpack_from(library, segments + k * segment_size) for k in range(count))
    return all(offset + size <= len(library) for offset, size in places)


MACH_O = (b"\xcf\xfa\xed\xfe", b"\xca\xfe\xba\xbe")
BITS_64 = 2
ELF = struct.Struct("<24xQQQIHHHHHH")  # from the entry point on: elf(5), Elf64_Ehdr
SEGMENT = struct.Struct("<8xQ16xQ")  # offset and size in the file: Elf64_Phdr

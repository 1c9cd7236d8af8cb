"""Whatever is wrong with the cache or the compiler, the answer is right, and where it is not native
its reason is told.
"""

import gc
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import diffbench as db
from diffbench.differentiators.compiling import routes
from diffbench.program.native import build, compiler
from diffbench.program.native import cache as libraries

needs_compiler = pytest.mark.skipif(
    not any(map(shutil.which, ("cc", "gcc", "clang"))), reason="no C compiler"
)
X = np.linspace(0.1, 1.0, 5)


def f(x):
    return np.sum(np.exp(np.sin(x)) * x)


@pytest.fixture(autouse=True)
def own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("DIFFBENCH_CACHE", str(tmp_path / "cache"))
    forget()
    yield
    forget()


def forget():
    """What this process knows of compilers, libraries and warnings."""
    for known in (build.answer_type, build._version, libraries.collect):
        known.cache_clear()
    compiler._hung.clear()
    routes._warned.clear()


def stored(kind):
    return list(libraries.folder().glob(f"*.{kind}"))


def replaced(path, content):
    path.unlink()  # the old one may be mapped into this process
    path.write_bytes(content)


def answered():
    """(route, reason) of an answer that is right."""
    answer = db.prepare(f, X, operator="gradient", method="compiled")
    np.testing.assert_allclose(answer(X), db.gradient(f, X), rtol=1e-14)
    return answer.route, getattr(answer, "reason", "")


@needs_compiler
@pytest.mark.parametrize(
    "damage",
    [
        lambda: [replaced(path, b"junk") for path in stored("so")],
        lambda: [replaced(path, b"\xff\xfe") for path in stored("sha256")],
        lambda: [path.unlink() for path in stored("sha256")],
    ],
    ids=["library", "note", "no note"],
)
def test_what_is_damaged_is_compiled_anew(damage):
    answered()
    damage()
    build.answer_type.cache_clear()
    assert answered() == ("native", "")


@needs_compiler
@pytest.mark.parametrize("kind", ["so", "sha256"])
def test_a_file_that_others_can_write_is_not_executed(kind):
    answered()
    for path in stored(kind):
        path.chmod(0o722)
    build.answer_type.cache_clear()
    route, reason = answered()
    assert route == "numpy"
    assert "can be written by others (mode 722)" in reason


@needs_compiler
def test_a_file_behind_a_link_is_not_executed(tmp_path):
    answered()
    for path in stored("so"):
        path.rename(tmp_path / path.name)
        path.symlink_to(tmp_path / path.name)
    build.answer_type.cache_clear()
    route, reason = answered()
    assert (route, "is a link" in reason) == ("numpy", True)


@pytest.mark.skipif(os.geteuid() != 0, reason="only the superuser gives files away")
@needs_compiler
def test_a_file_of_another_user_is_not_executed():
    answered()
    for path in stored("so"):
        os.chown(path, 12345, 12345)
    build.answer_type.cache_clear()
    route, reason = answered()
    assert (route, "belongs to user 12345" in reason) == ("numpy", True)


def test_a_cache_that_can_not_be_made_is_gone_without(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("DIFFBENCH_CACHE", str(tmp_path / "file"))
    route, reason = answered()
    assert (route, str(tmp_path / "file") in reason) == ("numpy", True)


ASKED_FOR_ITS_VERSION = '[ "$1" = --version ] && { echo it; exit 0; }'
BROKEN = {
    "fails": ("echo broken >&2; exit 1", "failed: broken"),
    "says no text": (r"printf '\377\376' >&2; exit 1", "failed: \ufffd\ufffd"),
    "makes nothing": ("exit 0", "made no whole library (kernel.so of 0 bytes)"),
    "makes garbage": (
        'for a; do [ "$p" = -o ] && echo garbage > "$a"; p=$a; done',
        "made no whole library (kernel.so of 8 bytes)",
    ),
    "is killed": ("kill -9 $$", "was killed by signal 9"),
    "hangs with a child": ("sleep 1000 & sleep 1000", "took more than 2 s"),
}


@pytest.mark.parametrize("broken", BROKEN)
def test_with_a_compiler_that_does_not_work_python_answers_and_says_why_once(
    tmp_path, monkeypatch, broken
):
    script, told = BROKEN[broken]
    monkeypatch.setattr(compiler, "TIME_LIMIT_S", 2)
    its_own(tmp_path, monkeypatch, f"{ASKED_FOR_ITS_VERSION}\n{script}")
    with pytest.warns(RuntimeWarning, match="generated Python is used instead; this is said once"):
        route, reason = answered()
    assert (route, told in reason) == ("numpy", True), reason
    assert answered()[0] == "numpy"  # and no warning, which would be an error


def test_a_compiler_that_hangs_when_it_is_asked_for_its_version_is_waited_for_once(
    tmp_path, monkeypatch
):
    monkeypatch.setattr(compiler, "TIME_LIMIT_S", 1)
    its_own(tmp_path, monkeypatch, f"echo >> {tmp_path}/called; sleep 1000")
    with pytest.warns(RuntimeWarning, match="took more than 1 s"):
        assert answered()[0] == "numpy"
    assert "hung before" in answered()[1]
    assert (tmp_path / "called").read_text() == "\n"


def test_a_compiler_that_is_no_program_is_gone_without(tmp_path, monkeypatch):
    its_own(tmp_path, monkeypatch, "")
    (tmp_path / "cc").write_bytes(b"\x7fELF and no more")
    with pytest.warns(RuntimeWarning, match="can't be run"):
        assert answered()[0] == "numpy"


def test_without_a_compiler_python_answers_and_says_so_without_a_warning(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("CC", raising=False)
    route, reason = answered()
    assert (route, "no C compiler was found" in reason) == ("numpy", True)


@needs_compiler
def test_a_library_cut_anywhere_is_not_whole():
    answered()
    for path in stored("so"):
        content = path.read_bytes()
        assert compiler.is_whole(content)
        assert not any(compiler.is_whole(content[:k]) for k in range(0, len(content), 97))
        assert not compiler.is_whole(content[:-1])


def test_what_killed_builds_have_left_is_collected_and_what_is_under_way_is_not():
    old = libraries.folder() / f"{libraries.UNDER_WAY}1"
    old.mkdir()
    (old / "kernel.c").write_text("int")
    os.utime(old, (1, 1))
    new = libraries.folder() / f"{libraries.UNDER_WAY}2"
    new.mkdir()
    libraries.store("0" * 64, b"library")
    assert not old.exists() and new.exists() and libraries.find("0" * 64)


@needs_compiler
def test_a_library_is_unloaded_when_nobody_holds_its_answer():
    loaded = lambda: Path("/proc/self/maps").read_text().count("/native/")
    answered()
    gc.collect()
    before = loaded()
    for k in range(5):
        answer = db.prepare(lambda x, k=k: np.sum(np.sin(x) * (k + 2.5)), X, operator="gradient")
        assert answer.route == "native"
    del answer
    gc.collect()
    assert loaded() <= before + 10  # one library has a few lines; five would have over twenty


def its_own(folder, monkeypatch, script):
    """A compiler that is this script."""
    path = folder / "cc"
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    monkeypatch.setenv("CC", str(path))


@needs_compiler
def test_two_processes_that_build_at_once_both_answer(tmp_path):
    code = (
        "import numpy as np, diffbench as db; f = lambda x: np.sum(np.exp(np.sin(x)) * x); x = "
        "np.linspace(0.1, 1, 5);"
        "answer = db.prepare(f, x, operator='gradient'); print(answer.route, "
        "np.allclose(answer(x), db.gradient(f, x)))"
    )
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, cwd=tmp_path
        )
        for _ in range(2)
    ]
    assert [process.communicate()[0].split() for process in processes] == [["native", "True"]] * 2
    assert not [
        path for path in libraries.folder().iterdir() if path.suffix not in (".so", ".sha256")
    ]


def test_the_cache_keeps_below_its_size_and_what_was_used_last(monkeypatch):
    monkeypatch.setattr(libraries, "MOST_BYTES", 16_000)
    keys = [libraries.key_of(str(k)) for k in range(40)]
    for age, key in enumerate(keys):
        path = libraries.store(key, bytes(1000))
        os.utime(path, (age, age))  # the first ones are the oldest
    assert libraries.find(keys[39]) is not None and libraries.find(keys[0]) is None
    assert libraries.size() <= 16_000 + 16_000 // 16
    assert len(stored("so")) == len(stored("sha256"))
    there = len(stored("so"))
    assert libraries.clean() == there > 0 and not stored("so")


def test_a_library_that_is_found_counts_as_used():
    first, second = (libraries.key_of(name) for name in ("first", "second"))
    for key in (first, second):
        os.utime(libraries.store(key, bytes(1000)), (1, 1))
    libraries.find(first)
    assert libraries.clean(1000) == 1
    assert libraries.find(first) is not None and libraries.find(second) is None


def test_the_folder_is_where_the_system_keeps_caches(monkeypatch, tmp_path):
    monkeypatch.delenv("DIFFBENCH_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "system"))
    assert tmp_path in libraries.folder().parents

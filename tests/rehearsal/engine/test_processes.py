import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import psutil
import pytest

from rehearsal.engine import processes
from rehearsal.engine.processes import Child, Children
from tests.waiting import until


def python(text: str, **options) -> Child:
    return Child([sys.executable, "-c", text], directory="/", environment=dict(os.environ), **options)


def gone(pid: int) -> bool:
    return not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE


@pytest.mark.parametrize(("text", "code"), [("pass", 0), ("raise SystemExit(3)", 3), ("import os; os.abort()", -6)])
def test_the_exit_code_is_the_programs(text, code):
    assert python(text).wait() == code


def test_a_program_that_is_not_there_says_so():
    child = Child(["/nowhere/python"], directory="/", environment={}, captured=True)
    out, err = child.streams
    assert child.wait() == 1
    assert err.read() == b"cannot run /nowhere/python: No such file or directory\n"
    out.close()
    err.close()


def test_what_a_program_leaves_behind_goes_with_it(tmp_path):
    note = tmp_path / "pid"
    child = python(
        f"import pathlib, subprocess; p = subprocess.Popen(['sleep', '600']); pathlib.Path({str(note)!r}).write_text(str(p.pid))"
    )
    assert child.wait() == 0
    until(lambda: gone(int(note.read_text())))


def test_stopping_is_gentle_first(tmp_path):
    ready = tmp_path / "ready"
    child = python(
        f"import pathlib, signal, sys, time\nsignal.signal(signal.SIGINT, lambda *_: sys.exit(7))\n"
        f"pathlib.Path({str(ready)!r}).touch()\ntime.sleep(600)"
    )
    until(ready.exists)
    threading.Thread(target=child.stop, args=(signal.SIGINT,)).start()
    assert child.wait() == 7
    assert child.stopped


def test_who_does_not_listen_is_killed(monkeypatch):
    monkeypatch.setattr(processes, "_GRACE_SECONDS", 0.1)
    child = python("import time; time.sleep(600)")  # SIGINT is ignored from the start
    threading.Thread(target=child.stop, args=(signal.SIGINT,)).start()
    assert child.wait() == -signal.SIGKILL


def test_signals_after_the_end_are_harmless():
    children = Children()
    child = children.add(python("pass"))
    assert child.wait() == 0
    child.stop(signal.SIGINT)
    children.kill()
    children.remove(child)


def test_children_die_with_a_killed_parent(tmp_path):
    note = tmp_path / "pid"
    text = (
        "import os, pathlib, sys, time; from rehearsal.engine.processes import Child\n"
        "child = Child(['sleep', '600'], directory='/', environment=dict(os.environ))\n"
        f"pathlib.Path({str(note)!r}).write_text(str(child._process.pid)); time.sleep(600)"
    )
    with subprocess.Popen([sys.executable, "-c", text]) as parent:
        until(lambda: note.exists() and note.read_text())
        pid = int(note.read_text())
        until(lambda: psutil.Process(pid).name() == "sleep")
        parent.kill()
    until(lambda: gone(pid))


@pytest.mark.parametrize("descriptors", [True, False])
def test_the_death_of_the_parent_is_noticed(tmp_path, descriptors):
    note = tmp_path / "noticed"
    child = (
        "import os, pathlib, threading; from rehearsal.engine.processes import watch_parent\n"
        f"if not {descriptors}: os.__dict__.pop('pidfd_open', None)\n"
        f"noticed = threading.Event(); watch_parent(noticed.set); pathlib.Path({str(tmp_path / 'ready')!r}).touch()\n"
        f"noticed.wait(60) and pathlib.Path({str(note)!r}).touch()"
    )
    parent = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {child!r}])"
    with subprocess.Popen([sys.executable, "-c", parent]) as process:
        until((tmp_path / "ready").exists)
        assert not note.exists()
        process.kill()
    until(note.exists)


def test_the_guard_needs_nothing_installed():
    guard = Path(processes.__file__).with_name("guard.py")
    answer = subprocess.run(
        [sys.executable, "-I", "-S", guard, str(os.getpid()), "echo", "hello"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert answer.stdout == "hello\n"
    refused = subprocess.run(
        [sys.executable, "-I", "-S", guard, "1", "echo", "hello"], capture_output=True, check=False
    )
    assert refused.returncode == 1
    assert refused.stdout == b""

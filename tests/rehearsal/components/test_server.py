"""How the component plugins live as processes."""

import subprocess
import sys
import time

import psutil
import pytest


@pytest.mark.parametrize("package", ["awsx", "eks"])
def test_first_line_is_the_port_and_nothing_follows(package):
    command = [sys.executable, "-m", f"rehearsal.components.{package}", "127.0.0.1:1"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert int(process.stdout.readline()) > 0
        process.send_signal(2)
        rest, errors = process.communicate(timeout=60)
    assert (rest, errors, process.returncode) == ("", "", 0)


def test_a_plugin_without_an_engine_says_how_it_is_started():
    command = [sys.executable, "-m", "rehearsal.components.eks"]
    result = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert result.returncode == 2
    assert result.stdout == ""
    assert "the following arguments are required: engine" in result.stderr


@pytest.mark.parametrize("package", ["awsx", "eks"])
def test_a_plugin_ends_with_its_parent(package):
    start = (
        "import subprocess, sys, time;"
        f"child = subprocess.Popen([sys.executable, '-m', 'rehearsal.components.{package}', '127.0.0.1:1'],"
        " stdout=subprocess.PIPE);"
        "child.stdout.readline(); print(child.pid, flush=True); time.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", start], stdout=subprocess.PIPE, text=True) as parent:
        plugin = psutil.Process(int(parent.stdout.readline()))
        parent.kill()
        parent.wait()
    deadline = time.monotonic() + 60
    while plugin.is_running() and plugin.status() != psutil.STATUS_ZOMBIE and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not plugin.is_running() or plugin.status() == psutil.STATUS_ZOMBIE

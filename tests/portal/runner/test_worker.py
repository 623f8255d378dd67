"""The process of a run makes way for the portal's pages."""

import subprocess
import sys
from pathlib import Path

from tests.harness import ROOT

_SAY = """
import os, sys
from pathlib import Path
from portal.runner.worker import stand_back
stand_back(7, Path(sys.argv[1]))
print(os.nice(0))
"""


def _nice(file: Path) -> int:
    told = subprocess.run([sys.executable, "-c", _SAY, file], cwd=ROOT, capture_output=True, text=True, check=True)
    return int(told.stdout)


def test_its_session_stands_back_as_well_as_itself(tmp_path: Path) -> None:
    file = tmp_path / "autogroup"
    file.touch()
    assert _nice(file) >= 7
    assert file.read_text() == "7"


def test_where_sessions_are_not_weighed_the_nice_level_has_to_do(tmp_path: Path) -> None:
    assert _nice(tmp_path / "proc-without" / "autogroup") >= 7


_INTERRUPT_FIRST = """
import os, signal, subprocess, sys, time
from portal.runner.worker import Interruption
interrupted = Interruption()
os.kill(os.getpid(), signal.SIGTERM)
reading = subprocess.Popen([sys.argv[1], "-qf", "/dev/null", "stack", "export"])
time.sleep(0.5)
engine = subprocess.Popen([sys.argv[1], "-qf", "/dev/null", "up"])
print(interrupted.asked, engine.wait(), reading.poll())
reading.kill()
"""


def test_an_operation_that_starts_after_the_signal_is_interrupted_and_a_reading_is_not(tmp_path: Path) -> None:
    engine = tmp_path / "pulumi"
    engine.symlink_to("/usr/bin/tail")
    command = [sys.executable, "-c", _INTERRUPT_FIRST, engine]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.split() == ["True", "-2", "None"]

"""The runner says where it cannot write, and starts a run's process once."""

from pathlib import Path

import pytest

from portal.runner.automation import AutomationRunner
from portal.runner.connection import Connection
from portal.runner.protocol import Run, RunKind, RunnerError

PROGRAM = Path(__file__).parents[3]
RUN = Run(id="r-1", kind=RunKind.UP, stack="dev-search", platform="dev", config={})


def runner_in(folder: Path) -> AutomationRunner:
    return AutomationRunner(
        Connection(
            program_dir=PROGRAM, data_dir=folder, pulumi_root=None, environment={}, secrets_provider="passphrase"
        )
    )


def test_a_data_folder_that_cannot_be_written_is_named(tmp_path: Path):
    # Root may write everywhere but below a file.
    (tmp_path / "file").write_text("")
    runner = runner_in(tmp_path / "file")
    named = f"the data folder {tmp_path / 'file'} cannot be used: Not a directory"
    for fails in (
        lambda: runner.prepare(RUN),
        lambda: runner.start(RUN),
        lambda: runner.exports("dev"),
        lambda: runner.fingerprint(RUN),
    ):
        with pytest.raises(RunnerError, match=named):
            fails()


def test_of_a_run_that_was_written_down_it_is_known_that_no_process_took_it_up(tmp_path: Path):
    runner = runner_in(tmp_path)
    assert runner.began("r-1") is None
    runner.prepare(RUN)
    assert runner.began("r-1") is False
    runner.forget("r-1")
    assert runner.began("r-1") is None


def test_a_process_that_cannot_be_started_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    def refused(*_given: object, **_named: object) -> None:
        raise OSError(11, "Resource temporarily unavailable")

    monkeypatch.setattr("portal.runner.automation.subprocess.Popen", refused)
    with pytest.raises(RunnerError, match="a process cannot be started: Resource temporarily unavailable"):
        runner_in(tmp_path).start(RUN)

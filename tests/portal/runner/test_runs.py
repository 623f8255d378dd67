import json
import os
import subprocess
from pathlib import Path

import psutil
import pytest

from portal.runner.protocol import Outcome, Result, Run, RunKind
from portal.runner.run_processes import RUN_VARIABLE, is_of_run
from portal.runner.runs import RunFolder

RUN = Run(id="r-1", kind=RunKind.PREVIEW, stack="dev-search", platform="dev", config={})


def test_a_run_is_asked_for_once_and_claimed_once(tmp_path: Path):
    folder = RunFolder(path=tmp_path / "r-1")
    assert not folder.asked()
    folder.ask(RUN)
    assert folder.asked()
    with folder.claimed() as first:
        assert first
    with folder.claimed() as second:
        assert not second
    assert folder.request() == RUN
    assert folder.who()["pid"] == os.getpid()


def test_events_are_read_from_where_the_reader_was_and_a_cut_off_line_waits(tmp_path: Path):
    folder = RunFolder(path=tmp_path / "r-1")
    folder.ask(RUN)
    with folder.claimed():
        pass
    with folder.log() as sink:
        sink("note", {"text": "one \u2013 two"})
        sink("note", {"text": "three"})
    first = folder.progress(0)
    assert [event.data["text"] for event in first.events] == ["one \u2013 two", "three"]
    assert first.alive
    assert first.outcome is None
    with (folder.path / "events.jsonl").open("a") as stream:
        stream.write('{"at": 1.0, "kind": "note", ')
    assert folder.progress(first.offset).events == []
    with (folder.path / "events.jsonl").open("a") as stream:
        stream.write('"data": {"text": "four"}}\n')
    folder.finish(Outcome(result=Result.SUCCEEDED))
    last = folder.progress(first.offset)
    assert [event.data["text"] for event in last.events] == ["four"]
    assert last.outcome.result is Result.SUCCEEDED


def test_a_run_whose_process_is_another_now_is_dead(tmp_path: Path):
    folder = RunFolder(path=tmp_path / "r-1")
    folder.ask(RUN)
    with folder.claimed():
        pass
    about = folder.who() | {"started": 1.0}
    (folder.path / "process.json").write_text(json.dumps(about))
    assert not folder.alive()


@pytest.mark.parametrize("seconds", [-3600.0, 3600.0])
def test_a_run_goes_on_when_the_clock_is_set(tmp_path: Path, seconds: float):
    folder = RunFolder(path=tmp_path / "r-1")
    folder.ask(RUN)
    with subprocess.Popen(["sleep", "60"], env=os.environ | {RUN_VARIABLE: "r-1"}) as running:
        started = psutil.Process(running.pid).create_time() + seconds
        (folder.path / "process.json").write_text(json.dumps({"pid": running.pid, "started": started, "hostname": "h"}))
        assert folder.alive()
        assert not is_of_run(running.pid, "r-2")
        running.kill()
    assert not folder.alive()


def test_a_run_nobody_took_up_is_not_alive(tmp_path: Path):
    folder = RunFolder(path=tmp_path / "r-1")
    folder.ask(RUN)
    assert not folder.progress(0).alive
    assert folder.who() is None

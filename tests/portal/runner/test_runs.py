import json
import os
from pathlib import Path

from portal.runner.protocol import Outcome, Result, Run, RunKind
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


def test_a_run_nobody_took_up_is_not_alive(tmp_path: Path):
    folder = RunFolder(path=tmp_path / "r-1")
    folder.ask(RUN)
    assert not folder.progress(0).alive
    assert folder.who() is None

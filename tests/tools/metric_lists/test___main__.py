import pytest

from monitoring.metrics import FOLDER as LISTS
from tools.metric_lists import __main__ as command

TABLE = "DCGM_FI_DEV_GPU_UTIL, gauge, GPU utilization (in %).\n"


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setattr(command, "FOLDER", tmp_path)
    monkeypatch.setattr(command, "ROOT", tmp_path)
    (tmp_path / "counters.csv").write_text(TABLE)
    return tmp_path


def test_a_list_is_written_and_then_agrees(folder):
    arguments = ["dcgm", "4.8.2", str(folder / "counters.csv")]
    assert command.main(arguments) == 0
    assert "DCGM_FI_DEV_GPU_UTIL" in (folder / "dcgm.json").read_text()
    assert command.main(["--check", *arguments]) == 0


def test_a_list_that_is_behind_is_named(folder, capsys):
    (folder / "dcgm.json").write_text("{}")
    assert command.main(["--check", "dcgm", "4.8.2", str(folder / "counters.csv")]) == 1
    assert "dcgm.json: differs from its source: run this without --check" in capsys.readouterr().err


def test_a_source_that_is_not_there_is_one_line(folder, capsys):
    assert command.main(["dcgm", "4.8.2", str(folder / "none.csv")]) == 2
    assert "none.csv" in capsys.readouterr().err


def test_the_lists_are_where_rules_and_panels_read_them():
    assert command.FOLDER == LISTS

from pathlib import Path

import pytest

from guardrails import lint


def test_the_project_s_files_are_in_order() -> None:
    assert lint.problems() == []
    assert lint.main([]) == 0


def test_a_given_file_is_checked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "dev.json"
    file.write_text('{"iam-star-actoin": "mandatory"}')
    assert lint.main([str(file)]) == 1
    assert "unknown rule 'iam-star-actoin'" in capsys.readouterr().err


def test_a_former_name_is_no_fault(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "dev.json"
    file.write_text('{"node-public-subnet": {"undecided": "advise"}}')
    assert lint.main([str(file)]) == 0
    assert "undecided is deprecated" in capsys.readouterr().err

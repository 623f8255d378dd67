"""The check of the tests' tree."""

from pathlib import Path

import pytest
import yaml

from tools.checks import mirror


@pytest.mark.parametrize(
    ("test", "source"),
    [
        ("tests/planner/cost/test_live.py", "planner/cost/live.py"),
        ("tests/policies/test_report.py", "policies/guardrails/report.py"),
        ("tests/policies/rules/test_iam.py", "policies/guardrails/rules/iam.py"),
        ("tests/test_program.py", "program.py"),
    ],
)
def test_the_source_of_a_test(test, source):
    assert mirror.source_of(Path(test)) == Path(source)


@pytest.fixture
def checkout(tmp_path, monkeypatch):
    def with_files(*names, exceptions=None):
        for name in names:
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name).write_text("")
        (tmp_path / mirror.EXCEPTIONS).write_text(yaml.safe_dump(exceptions or {}))
        monkeypatch.setattr(mirror, "ROOT", tmp_path)
        monkeypatch.setattr(mirror, "listed", lambda: tuple(map(Path, names)))
        return list(mirror.complaints())

    return with_files


def test_a_test_without_source_is_reported(checkout):
    assert checkout("tests/a/test_b.py", "a/b.py", "tests/a/test_package.py", "a/package/c.py") == []
    (line,) = checkout("tests/a/test_d.py")
    assert line.startswith("tests/a/test_d.py: there is no a/d.py: move the test, or list it in")


def test_an_exception_needs_a_test(checkout):
    assert checkout("tests/whole/test_x.py", exceptions={"tests/whole/": "whole stacks"}) == []
    assert checkout("tests/a/test_e.py", exceptions={"tests/a/test_e.py": "x"}) == []
    (line,) = checkout("tests/conftest.py", exceptions={"tests/gone.py": "x"})
    assert "tests/gone.py: no such test" in line

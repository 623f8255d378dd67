from pathlib import Path

import pytest

from cli.console import UsageError
from cli.stack_settings import read_stack
from settings.issues import Issue, SettingsError
from tests.harness import ROOT


def refused(stack: str, project: Path = ROOT) -> str:
    with pytest.raises(UsageError) as caught:
        read_stack(stack, project, lambda path: path, purpose="the answer depends")
    return str(caught.value)


def test_a_name_or_a_path_is_the_file() -> None:
    path = ROOT / "Pulumi.dev.yaml"
    assert read_stack("dev", ROOT / "docs", lambda found: found, purpose="the answer depends") == path
    assert read_stack(str(path), Path(), lambda found: found, purpose="the answer depends") == path


def test_a_stack_that_does_not_exist_is_one_line() -> None:
    assert "there is no stack file Pulumi.none.yaml" in refused("none")
    assert "\n" not in refused("no\nne")


def test_a_name_that_no_file_can_have_is_refused() -> None:
    message = refused("a" * 5000)
    assert message.endswith("cannot be read: File name too long")
    assert len(message) < 500


def test_issues_follow_what_depends_on_them() -> None:
    def read(_: Path) -> None:
        raise SettingsError([Issue("region", "is missing")])

    with pytest.raises(
        UsageError, match="the settings of dev have issues that the answer depends on:\nllm-platform:reg"
    ):
        read_stack("dev", ROOT, read, purpose="the answer depends")

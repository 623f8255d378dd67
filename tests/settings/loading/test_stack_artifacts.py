from pathlib import Path
from typing import Any

import pytest
import yaml

from settings.issues import SettingsError
from settings.loading.stack_artifacts import read_artifacts
from tests.settings.bad_settings import PLATFORM, TEAM

IMAGES = "registry.example.com/mirror"


def file(folder: Path, stack: str, settings: dict[str, Any]) -> Path:
    """A stack file with these settings."""
    path = folder / f"Pulumi.{stack}.yaml"
    path.write_text(yaml.safe_dump({"config": {f"llm-platform:{key}": value for key, value in settings.items()}}))
    return path


def test_a_platform_has_its_own_mirrors(tmp_path: Path) -> None:
    mirrors = {"charts": {"mirror": "oci://registry.example.com/charts"}, "images": {"mirror": IMAGES}}
    read = read_artifacts(file(tmp_path, "dev", PLATFORM | mirrors))
    assert (read.charts, read.images) == ("oci://registry.example.com/charts", IMAGES)
    assert read.needs.platform
    assert set(read.needs.services) == {"small"}
    assert read.warnings == ()


def test_a_team_stack_has_its_platforms_image_mirror(tmp_path: Path) -> None:
    file(tmp_path, "dev", PLATFORM | {"images": {"mirror": IMAGES}})
    read = read_artifacts(file(tmp_path, "team-one", TEAM))
    assert (read.charts, read.images, read.needs.platform) == (None, IMAGES, False)


def test_a_team_stack_without_its_platforms_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsError) as caught:
        read_artifacts(file(tmp_path, "team-one", TEAM))
    assert "platform: its images.mirror is unknown" in str(caught.value)


def test_issues_of_mirrors_are_reported_and_others_are_not(tmp_path: Path) -> None:
    broken = PLATFORM | {"owner": "", "images": {"mirror": "https://registry.example.com"}}
    with pytest.raises(SettingsError) as caught:
        read_artifacts(file(tmp_path, "dev", broken))
    assert [one.path for one in caught.value.issues] == ["images.mirror"]

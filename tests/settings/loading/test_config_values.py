"""Which values of a Pulumi configuration count as not set."""

from pathlib import Path

import pytest

from settings.loading.config_values import from_text
from settings.loading.stack_file import read_settings


@pytest.mark.parametrize("key", ["gateway", "priorities"])
@pytest.mark.parametrize("text", ["", "null", "false"])
def test_a_gateway_that_is_not_set(text: str, key: str) -> None:
    assert from_text(key, text) is None


@pytest.mark.parametrize("key", ["gateway", "priorities"])
def test_an_empty_map_is_a_gateway_with_defaults(key: str) -> None:
    assert from_text(key, "{}") == {}


@pytest.mark.parametrize("key", ["network", "budget", "bucket", "services", "tags", "assume_role"])
def test_any_other_empty_map_is_not_set(key: str) -> None:
    assert from_text(key, "{}") is None


@pytest.mark.parametrize(("value", "there"), [("{}", True), ("{replicas: 3}", True), ("false", False), ("", False)])
def test_a_stack_file_means_the_same(value: str, there: bool, tmp_path: Path) -> None:  # noqa: FBT001  of parametrize
    file = tmp_path / "Pulumi.dev.yaml"
    file.write_text(f"config:\n  llm-platform:network: {{}}\n  llm-platform:gateway: {value}\n")
    given = read_settings(file)
    assert ("gateway" in given) == there
    assert "network" not in given

"""Stack files: aliases of YAML, and keys without a namespace."""

from pathlib import Path

import pytest

from settings.loading.stack_file import StackFileError, read_settings


def stack(folder: Path, text: str) -> Path:
    path = folder / "Pulumi.mine.yaml"
    path.write_text(text)
    return path


@pytest.mark.parametrize(
    "text",
    [
        "config:\n  llm-platform:tags: &a\n    x: *a\n",
        "config:\n  llm-platform:pools: &a [1, {b: *a}]\n",
        "config: &a\n  aws:region: *a\n",
    ],
)
def test_an_alias_inside_what_it_refers_to_is_one_line(tmp_path: Path, text: str) -> None:
    with pytest.raises(StackFileError, match=r"^Pulumi\.mine\.yaml: an alias .* is inside what it refers to"):
        read_settings(stack(tmp_path, text))


@pytest.mark.thorough
def test_what_is_nested_too_deeply_is_one_line(tmp_path: Path) -> None:
    deep = "[" * 3000 + "]" * 3000
    with pytest.raises(StackFileError, match=r"^Pulumi\.mine\.yaml: is nested too deeply"):
        read_settings(stack(tmp_path, f"config:\n  llm-platform:tags: {deep}\n"))


def test_an_alias_that_is_used_twice_is_read(tmp_path: Path) -> None:
    text = "config:\n  llm-platform:tags: &a {x: y}\n  llm-platform:network: {one: *a, two: *a}\n"
    assert read_settings(stack(tmp_path, text))["network"] == {"one": {"x": "y"}, "two": {"x": "y"}}


def test_a_key_without_a_namespace_is_the_projects(tmp_path: Path) -> None:
    settings = read_settings(stack(tmp_path, "config:\n  owner: ml\n  llm-platform:region: us-east-1\n"))
    assert (settings["owner"], settings["region"]) == ("ml", "us-east-1")


def test_a_key_with_and_without_its_namespace_is_one_line(tmp_path: Path) -> None:
    both = "config:\n  region: us-west-2\n  llm-platform:region: us-east-1\n"
    with pytest.raises(
        StackFileError, match=r"^Pulumi\.mine\.yaml: the key 'llm-platform:region' stands twice, once without"
    ):
        read_settings(stack(tmp_path, both))

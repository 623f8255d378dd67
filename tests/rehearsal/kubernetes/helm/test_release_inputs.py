from pathlib import Path
from typing import Any

import pytest

from rehearsal.kubernetes.helm.release_inputs import DEFAULT_TIMEOUT, refused, with_defaults, with_values
from rehearsal.plugins.provider import Resource
from rehearsal.plugins.wire import UNKNOWN, Asset

RELEASE = Resource(urn="urn:pulumi:dev::p::kubernetes:helm.sh/v3:Release::toy", type="", name="toy")


def text(content: str) -> Asset:
    return Asset(archive=False, fields={"text": content})


def test_name_namespace_and_timeout_are_filled_in() -> None:
    made = with_defaults(RELEASE, {}, {"chart": "x"}, "place")
    assert made["name"].startswith("toy-")
    assert (made["namespace"], made["timeout"]) == ("place", DEFAULT_TIMEOUT)
    assert with_defaults(RELEASE, {"name": "old"}, {"chart": "x"}, "place")["name"] == "old"
    given = {"chart": "x", "name": "n", "namespace": "s", "timeout": 5}
    assert with_defaults(RELEASE, {}, given, "place") == given
    assert "timeout" not in with_defaults(RELEASE, {}, {"chart": "x", "skipAwait": True}, "place")


def test_credentials_and_what_is_not_done_are_refused_unless_off() -> None:
    inputs = {"chart": "x", "verify": True, "lint": False, "repositoryOpts": {"repo": "r", "password": "p"}}
    assert [item.property for item in refused(inputs)] == ["verify", "repositoryOpts.password"]


def test_files_of_values_come_first_and_maps_are_merged(tmp_path: Path) -> None:
    file = tmp_path / "values.yaml"
    file.write_text("a: {x: 1, y: 1}\nb: 1\n")
    files = [Asset(archive=False, fields={"path": str(file)}), text("b: 2\nc: null\n")]
    made = with_values({"valueYamlFiles": files, "values": {"a": {"y": 2}, "d": None}})
    assert made == {"values": {"a": {"x": 1, "y": 2}, "b": 2, "c": None, "d": None}}


@pytest.mark.parametrize("unknown", [{"valueYamlFiles": [UNKNOWN], "values": {}}, {"values": UNKNOWN}])
def test_unknown_files_or_values_stay(unknown: dict[str, Any]) -> None:
    assert with_values(unknown) == unknown


@pytest.mark.parametrize(
    ("file", "reason"),
    [
        (text("- a"), "values are a map, not list"),
        (text("a: ["), "while parsing"),
        (Asset(archive=False, fields={"path": "/nowhere.yaml"}), "No such file"),
        (Asset(archive=True, fields={"path": "/"}), "must be a file or text asset"),
        (7, "must be a file or text asset"),
    ],
)
def test_a_wrong_file_of_values_is_one_line(file: Any, reason: str) -> None:
    with pytest.raises(ValueError, match=rf"^valueYamlFiles\[0\]: .*{reason}") as caught:
        with_values({"valueYamlFiles": [file]})
    assert "\n" not in str(caught.value)

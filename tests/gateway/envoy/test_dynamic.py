import json

import pytest

from gateway.envoy.bootstrap import CLUSTERS_FILE
from gateway.envoy.dynamic import DynamicFiles, put

QWEN = ["10.0.0.1:8000"]


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_each_service_has_a_cluster_and_a_file_of_endpoints(tmp_path):
    files = DynamicFiles(tmp_path)
    assert files.update({"dev/qwen": QWEN, "team-a/none": []})
    assert names(tmp_path) == [CLUSTERS_FILE, "endpoints-dev%2Fqwen.json", "endpoints-team-a%2Fnone.json"]
    found = json.loads((tmp_path / CLUSTERS_FILE).read_text())["resources"]
    assert [cluster["name"] for cluster in found] == ["dev/qwen", "team-a/none"]
    (assignment,) = json.loads((tmp_path / "endpoints-team-a%2Fnone.json").read_text())["resources"]
    assert assignment["endpoints"] == []


def test_only_what_differs_is_written(tmp_path):
    files = DynamicFiles(tmp_path)
    files.update({"dev/qwen": QWEN})
    for path in tmp_path.iterdir():
        path.unlink()
    assert not files.update({"dev/qwen": QWEN})
    assert names(tmp_path) == []
    assert files.update({"dev/qwen": ["10.0.0.2:8000"]})
    assert names(tmp_path) == ["endpoints-dev%2Fqwen.json"]


def test_a_service_that_went_leaves_nothing(tmp_path):
    files = DynamicFiles(tmp_path)
    files.update({"dev/qwen": QWEN})
    assert files.update({})
    assert names(tmp_path) == [CLUSTERS_FILE]
    assert json.loads((tmp_path / CLUSTERS_FILE).read_text()) == {"resources": []}


def test_a_new_writer_removes_what_an_earlier_one_left(tmp_path):
    DynamicFiles(tmp_path).update({"dev/qwen": QWEN, "team-a/old": QWEN})
    (tmp_path / "envoy.json").touch()
    DynamicFiles(tmp_path).update({"dev/qwen": QWEN})
    assert names(tmp_path) == [CLUSTERS_FILE, "endpoints-dev%2Fqwen.json", "envoy.json"]


@pytest.mark.parametrize("place", ["10.0.0.1", ":8000", "10.0.0.1:", "10.0.0.1:0", "10.0.0.1:99999", "a:b"])
def test_a_place_that_is_none_is_a_mistake(tmp_path, place):
    with pytest.raises(ValueError, match="not HOST:PORT"):
        DynamicFiles(tmp_path).update({"dev/qwen": [place]})
    assert names(tmp_path) == []


def test_a_file_is_renamed_into_its_place(tmp_path):
    put(tmp_path / "a.json", {"a": 1})
    inode = (tmp_path / "a.json").stat().st_ino
    put(tmp_path / "a.json", {"a": 2})
    assert (tmp_path / "a.json").stat().st_ino != inode
    assert names(tmp_path) == ["a.json"]

import json

from gateway.config import read
from gateway.envoy.__main__ import main
from tests.gateway.test_config import DOCUMENT


def write(tmp_path, **changes):
    path = tmp_path / "gateway.json"
    path.write_text(json.dumps({**DOCUMENT, "folder": str(tmp_path / "run"), **changes}))
    return ["--config", str(path)]


def test_writes_what_envoy_starts_with(tmp_path):
    assert main(write(tmp_path)) == 0
    folder = tmp_path / "run"
    assert sorted(path.name for path in folder.iterdir()) == ["dynamic", "envoy.json", "gateway.json"]
    assert json.loads((folder / "dynamic" / "clusters.json").read_text()) == {"resources": []}
    found = json.loads((folder / "envoy.json").read_text())
    assert found["admin"]["address"]["socket_address"] == {"address": "127.0.0.1", "port_value": 9901}


def test_keeps_clusters_that_are_there(tmp_path):
    arguments = write(tmp_path)
    main(arguments)
    (tmp_path / "run" / "dynamic" / "clusters.json").write_text('{"resources": [{}]}')
    assert main(arguments) == 0
    assert (tmp_path / "run" / "dynamic" / "clusters.json").read_text() == '{"resources": [{}]}'


def test_the_policys_configuration_is_a_copy_that_a_change_of_the_configmap_leaves(tmp_path):
    arguments = write(tmp_path)
    main(arguments)
    before = read(tmp_path / "run" / "gateway.json")
    write(tmp_path, unknown_to_this_version=1, hold_seconds=1)
    assert read(tmp_path / "run" / "gateway.json") == before


def test_a_configuration_in_the_folder_itself_stays(tmp_path):
    folder = tmp_path / "run"
    folder.mkdir()
    arguments = write(folder, folder=str(folder))
    assert main(arguments) == 0
    assert read(folder / "gateway.json").folder == folder


def test_each_mistake_is_a_line(tmp_path, capsys):
    arguments = write(tmp_path, listen=0, hold_seconds=900)
    assert main(arguments) == 1
    path = arguments[1]
    assert capsys.readouterr().err.splitlines() == [
        f"error: {path}: hold_seconds: has to be a whole number from 0 to 300, not 900",
        f"error: {path}: listen: has to be a whole number from 1 to 65535, not 0",
    ]


def test_a_folder_that_cannot_be_written_is_one_line(tmp_path, capsys):
    assert main(write(tmp_path, folder="/proc/self/nothing")) == 1
    assert capsys.readouterr().err.startswith("error: /proc/self/nothing: cannot be written: ")

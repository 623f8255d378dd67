"""The world's copy of a stack file differs from the original in three things, and in nothing else."""

import pytest
import yaml

from rehearsal.workspace import stackfile
from rehearsal.world import WorldError

ANY = {"urn": "urn:pulumi:dev::platform::aws:s3/bucket:Bucket::b", "type": "aws:s3/bucket:Bucket", "custom": True}


@pytest.fixture(autouse=True)
def privileged(monkeypatch):
    monkeypatch.setattr(stackfile, "can_bind_http", lambda _world: True)


def write(world, tmp_path, document, stack="dev"):
    source = tmp_path / "given.yaml"
    source.write_text(yaml.safe_dump(document))
    needs = stackfile.write_copy(world, stack, source)
    return needs, yaml.safe_load(stackfile.copy_of(world, stack).read_text())


def test_the_empty_list_of_networks_admits_loopback(world, tmp_path, settings):
    needs, copy = write(world, tmp_path, settings())
    expected = settings()
    expected["config"]["platform:cluster"]["api_access"]["public_cidrs"] = ["127.0.0.1/32"]
    assert copy == expected
    assert not needs


def test_a_list_of_networks_stays(world, tmp_path, settings):
    document = settings()
    document["config"]["platform:cluster"]["api_access"]["public_cidrs"] = ["203.0.113.7/32"]
    assert write(world, tmp_path, document)[1] == document


def test_private_access_stays(world, tmp_path, settings):
    document = settings()
    document["config"]["platform:cluster"]["api_access"] = {"private": True}
    assert write(world, tmp_path, document)[1] == document


@pytest.mark.parametrize(
    ("model", "weights", "needs"),
    [
        ("meta-llama/Meta-Llama-3-8B-Instruct", {"source": "hub"}, True),
        ("meta-llama/Meta-Llama-3-8B-Instruct", {"source": "hub", "gated": False}, False),
        ("Qwen/Qwen3-8B", {"source": "hub", "gated": True}, True),
        ("meta-llama/Meta-Llama-3-8B-Instruct", {"source": "bucket", "prefix": "weights/x"}, False),
        ("meta-llama/Meta-Llama-3-8B-Instruct", {"source": "bucket", "prefix": "weights/x", "mirror": True}, True),
    ],
)
def test_a_token_is_asked_for_only_by_gated_downloads(world, tmp_path, settings, model, weights, needs):
    document = settings()
    document["config"]["platform:services"] = {"one": {"model": model, "weights": weights}}
    assert write(world, tmp_path, document)[0] is needs


def test_the_owners_encryption_and_token_are_left_behind(world, tmp_path, settings):
    document = settings() | {"encryptionsalt": "v1:theirs", "secretsprovider": "awskms://alias/x"}
    document["config"]["platform:hf_api_token"] = {"secure": "v1:theirs"}
    needs, copy = write(world, tmp_path, document)
    assert needs
    assert "theirs" not in yaml.safe_dump(copy)
    assert "secretsprovider" not in copy


def test_the_worlds_own_token_is_kept_when_the_copy_is_written_again(world, tmp_path, settings):
    document = settings()
    document["config"]["platform:services"]["small"]["weights"]["gated"] = True
    write(world, tmp_path, document)
    path = stackfile.copy_of(world, "dev")
    held = yaml.safe_load(path.read_text())
    held["encryptionsalt"] = "v1:ours"
    held["config"]["platform:hf_api_token"] = {"secure": "v1:ours"}
    path.write_text(yaml.safe_dump(held))
    needs, copy = write(world, tmp_path, document)
    assert not needs
    assert copy["config"]["platform:hf_api_token"] == {"secure": "v1:ours"}


def test_a_lost_salt_comes_back_from_the_state(world, tmp_path, settings, backend):
    backend("dev", [ANY], salt="v1:from-state")
    assert write(world, tmp_path, settings())[1]["encryptionsalt"] == "v1:from-state"


def test_endpoints_move_only_where_port_80_is_forbidden(world, tmp_path, settings, monkeypatch):
    monkeypatch.setattr(stackfile, "can_bind_http", lambda _world: False)
    document = settings()
    document["config"]["platform:services"]["other"] = {"endpoint": {"port": 443}}
    services = write(world, tmp_path, document)[1]["config"]["platform:services"]
    assert services["small"]["endpoint"] == {"port": 8080}
    assert services["other"]["endpoint"] == {"port": 443}


def test_a_second_platform_stack_is_refused_with_the_cure(world, tmp_path, settings, backend):
    write(world, tmp_path, settings(), stack="dev")
    backend("dev", [ANY])
    with pytest.raises(WorldError, match=r"already holds the platform stack 'dev'.*--world prod"):
        write(world, tmp_path, settings(), stack="prod")


def test_a_team_stack_stands_beside_the_platform(world, tmp_path, settings, backend):
    write(world, tmp_path, settings(), stack="dev")
    backend("dev", [ANY])
    team = {"config": {"platform:platform": "dev", "platform:services": {}}}
    assert write(world, tmp_path, team, stack="team-a") == (False, team)


def test_a_destroyed_platform_stack_makes_room(world, tmp_path, settings, backend):
    write(world, tmp_path, settings(), stack="dev")
    backend("dev", [])
    write(world, tmp_path, settings(), stack="prod")


def test_the_source_is_given_or_the_checkouts_or_the_last_copy(world, checkout, tmp_path, settings):
    assert stackfile.source_of(world, "dev", None) == checkout / "Pulumi.dev.yaml"
    given = tmp_path / "mine.yaml"
    given.write_text(yaml.safe_dump(settings()))
    assert stackfile.source_of(world, "dev", given) == given
    stackfile.write_copy(world, "team-a", given)
    assert stackfile.source_of(world, "team-a", None) == stackfile.copy_of(world, "team-a")
    with pytest.raises(WorldError, match=r"no stack 'prod'.*there are: dev.*--stack-file"):
        stackfile.source_of(world, "prod", None)


@pytest.mark.parametrize(
    "config",
    [
        {"platform:cluster": "private"},
        {"platform:cluster": {"api_access": "private"}},
        {"platform:cluster": {"api_access": ["203.0.113.7/32"]}},
        {"platform:services": ["small"]},
        {"platform:services": {"small": "Qwen/Qwen3-8B"}},
        {"platform:services": {"small": {"weights": "hub", "endpoint": "internal"}}},
        {"platform:services": {"small": {"weights": None, "model": 7}}},
    ],
    ids=str,
)
def test_settings_of_a_wrong_shape_are_left_for_the_program_to_refuse(world, tmp_path, config, monkeypatch):
    monkeypatch.setattr(stackfile, "can_bind_http", lambda _world: False)
    needs, copy = write(world, tmp_path, {"config": config})
    assert not needs
    assert copy["config"].keys() == config.keys()


@pytest.mark.parametrize("content", [b"", b"text", b"- a", b"config: [a]", b"config: text", b"\xff\xfe\x00", b"a: ["])
def test_a_file_that_is_no_stack_file_is_one_line(world, tmp_path, content):
    source = tmp_path / "given.yaml"
    source.write_bytes(content)
    with pytest.raises(WorldError, match=r"given\.yaml: (a stack file is|not YAML|cannot be read)") as told:
        stackfile.write_copy(world, "dev", source)
    with pytest.raises(WorldError):
        stackfile.platform_of(source)
    assert "\n" not in str(told.value)


def test_an_empty_config_is_a_stack_file(world, tmp_path):
    assert write(world, tmp_path, {"config": None}) == (False, {"config": {}})


@pytest.mark.parametrize("name", ["", "a/b", "../dev", "a b", "x" * 101])
def test_a_name_no_stack_can_have_is_refused_before_a_world_starts(world, tmp_path, name):
    with pytest.raises(WorldError, match="is no name of a stack"):
        stackfile.source_of(world, name, tmp_path)


def test_the_teams_on_a_platform_are_those_with_resources_that_name_it(world, tmp_path, settings, backend):
    write(world, tmp_path, settings(), stack="dev")
    for name, platform in (("team-a", "dev"), ("team-b", "organization/platform/dev"), ("team-c", "prod")):
        write(world, tmp_path, {"config": {"platform:platform": platform}}, stack=name)
        backend(name, [ANY])
    write(world, tmp_path, {"config": {"platform:platform": "dev"}}, stack="gone")
    backend("gone", [])
    backend("dev", [ANY])
    assert stackfile.teams_on(world, "dev") == ["team-a", "team-b"]

"""The sandbox's copy of a stack file differs from the original in eight things, and in nothing else."""

import dataclasses

import pytest
import yaml

from rehearsal.sandbox import SandboxError
from rehearsal.stacks import stack_file

ANY = {"urn": "urn:pulumi:dev::platform::aws:s3/bucket:Bucket::b", "type": "aws:s3/bucket:Bucket", "custom": True}


@pytest.fixture(autouse=True)
def privileged(monkeypatch):
    monkeypatch.setattr(stack_file, "can_bind_http", lambda _sandbox: True)


@pytest.fixture
def sandbox(sandbox):
    """One with network namespaces, where nothing of a stack is left out."""
    made = dataclasses.replace(sandbox, network="namespaces")
    made.save()
    return made


def write(sandbox, tmp_path, document, stack="dev"):
    source = tmp_path / "given.yaml"
    source.write_text(yaml.safe_dump(document))
    needs = stack_file.write_copy(sandbox, stack, source)
    return needs, yaml.safe_load(stack_file.copy_of(sandbox, stack).read_text())


def with_charts(sandbox, document):
    """The document as it is in the copy, whose charts come from the sandbox's own repository."""
    config = document["config"] | {"platform:charts": {"mirror": f"http://127.0.0.1:{sandbox.ports.nodes}/charts"}}
    return document | {"config": config}


@pytest.mark.parametrize("given", [None, {}, {"mirror": "oci://registry.example.com/charts"}])
def test_charts_come_from_the_sandboxes_own_repository(sandbox, tmp_path, settings, given):
    document = settings()
    if given is not None:
        document["config"]["platform:charts"] = given
    copy = write(sandbox, tmp_path, document)[1]
    assert copy["config"]["platform:charts"] == {"mirror": f"http://127.0.0.1:{sandbox.ports.nodes}/charts"}


def test_images_are_known_by_their_own_registries(sandbox, tmp_path, settings):
    document = settings()
    document["config"]["platform:images"] = {"mirror": "registry.example.com/mirror"}
    images = {
        "a": ("registry.example.com/mirror/vllm/vllm-openai:v0.31.0", "docker.io/vllm/vllm-openai:v0.31.0"),
        "b": ("registry.example.com/mirror/ours:v1", "registry.example.com/mirror/ours:v1"),
        "c": ("vllm/vllm-openai:v0.31.0", "vllm/vllm-openai:v0.31.0"),
    }
    document["config"]["platform:services"] = {name: {"image": given} for name, (given, _) in images.items()}
    copy = write(sandbox, tmp_path, document)[1]["config"]
    assert "platform:images" not in copy
    assert {name: service["image"] for name, service in copy["platform:services"].items()} == {
        name: own for name, (_, own) in images.items()
    }


def test_caches_of_images_stay_as_they_are_written(sandbox, tmp_path, settings):
    document = settings()
    document["config"]["platform:images"] = {"pull_through": {"ecr_public": True}}
    copy = write(sandbox, tmp_path, document)[1]["config"]
    assert copy["platform:images"] == {"pull_through": {"ecr_public": True}}


def test_the_empty_list_of_networks_admits_loopback(sandbox, tmp_path, settings):
    needs, copy = write(sandbox, tmp_path, settings())
    expected = settings()
    expected["config"]["platform:cluster"]["api_access"]["public_cidrs"] = ["127.0.0.1/32"]
    assert copy == with_charts(sandbox, expected)
    assert not needs


def test_a_list_of_networks_stays(sandbox, tmp_path, settings):
    document = settings()
    document["config"]["platform:cluster"]["api_access"]["public_cidrs"] = ["203.0.113.7/32"]
    assert write(sandbox, tmp_path, document)[1] == with_charts(sandbox, document)


def test_private_access_stays(sandbox, tmp_path, settings):
    document = settings()
    document["config"]["platform:cluster"]["api_access"] = {"private": True}
    assert write(sandbox, tmp_path, document)[1] == with_charts(sandbox, document)


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
def test_a_token_is_asked_for_only_by_gated_downloads(sandbox, tmp_path, settings, model, weights, needs):
    document = settings()
    document["config"]["platform:services"] = {"one": {"model": model, "weights": weights}}
    assert write(sandbox, tmp_path, document)[0] is needs


def test_the_owners_encryption_and_token_are_left_behind(sandbox, tmp_path, settings):
    document = settings() | {"encryptionsalt": "v1:theirs", "secretsprovider": "awskms://alias/x"}
    document["config"]["platform:hf_api_token"] = {"secure": "v1:theirs"}
    needs, copy = write(sandbox, tmp_path, document)
    assert needs
    assert "theirs" not in yaml.safe_dump(copy)
    assert "secretsprovider" not in copy


def test_the_sandboxes_own_token_is_kept_when_the_copy_is_written_again(sandbox, tmp_path, settings):
    document = settings()
    document["config"]["platform:services"]["small"]["weights"]["gated"] = True
    write(sandbox, tmp_path, document)
    path = stack_file.copy_of(sandbox, "dev")
    held = yaml.safe_load(path.read_text())
    held["encryptionsalt"] = "v1:ours"
    held["config"]["platform:hf_api_token"] = {"secure": "v1:ours"}
    path.write_text(yaml.safe_dump(held))
    needs, copy = write(sandbox, tmp_path, document)
    assert not needs
    assert copy["config"]["platform:hf_api_token"] == {"secure": "v1:ours"}


def test_a_lost_salt_comes_back_from_the_state(sandbox, tmp_path, settings, backend):
    backend("dev", [ANY], salt="v1:from-state")
    assert write(sandbox, tmp_path, settings())[1]["encryptionsalt"] == "v1:from-state"


def test_endpoints_move_only_where_port_80_is_forbidden(sandbox, tmp_path, settings, monkeypatch):
    monkeypatch.setattr(stack_file, "can_bind_http", lambda _sandbox: False)
    document = settings()
    document["config"]["platform:services"]["other"] = {"endpoint": {"port": 443}}
    services = write(sandbox, tmp_path, document)[1]["config"]["platform:services"]
    assert services["small"]["endpoint"] == {"port": 8080}
    assert services["other"]["endpoint"] == {"port": 443}


def test_a_second_platform_stack_is_refused_with_the_cure(sandbox, tmp_path, settings, backend):
    write(sandbox, tmp_path, settings(), stack="dev")
    backend("dev", [ANY])
    with pytest.raises(SandboxError, match=r"already holds the platform stack 'dev'.*--sandbox prod"):
        write(sandbox, tmp_path, settings(), stack="prod")


def test_a_team_stack_stands_beside_the_platform(sandbox, tmp_path, settings, backend):
    write(sandbox, tmp_path, settings(), stack="dev")
    backend("dev", [ANY])
    team = {"config": {"platform:platform": "dev", "platform:services": {}}}
    assert write(sandbox, tmp_path, team, stack="team-a") == (False, team)


def test_a_destroyed_platform_stack_makes_room(sandbox, tmp_path, settings, backend):
    write(sandbox, tmp_path, settings(), stack="dev")
    backend("dev", [])
    write(sandbox, tmp_path, settings(), stack="prod")


def test_the_source_is_given_or_the_checkouts_or_the_last_copy(sandbox, checkout, tmp_path, settings):
    assert stack_file.source_of(sandbox, "dev", None) == checkout / "Pulumi.dev.yaml"
    given = tmp_path / "mine.yaml"
    given.write_text(yaml.safe_dump(settings()))
    assert stack_file.source_of(sandbox, "dev", given) == given
    stack_file.write_copy(sandbox, "team-a", given)
    assert stack_file.source_of(sandbox, "team-a", None) == stack_file.copy_of(sandbox, "team-a")
    # A destroy is of what was deployed, whatever file that was made from.
    assert stack_file.source_of(sandbox, "dev", None, deployed=True) == checkout / "Pulumi.dev.yaml"
    stack_file.copy_of(sandbox, "dev").write_text("config: {}\n")
    assert stack_file.source_of(sandbox, "dev", None, deployed=True) == stack_file.copy_of(sandbox, "dev")
    assert stack_file.source_of(sandbox, "dev", None) == checkout / "Pulumi.dev.yaml"
    with pytest.raises(SandboxError, match=r"no stack 'prod'.*there are: dev.*--stack-file"):
        stack_file.source_of(sandbox, "prod", None)


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
def test_settings_of_a_wrong_shape_are_left_for_the_program_to_refuse(sandbox, tmp_path, config, monkeypatch):
    monkeypatch.setattr(stack_file, "can_bind_http", lambda _sandbox: False)
    needs, copy = write(sandbox, tmp_path, {"config": config})
    assert not needs
    assert copy["config"].keys() - {"platform:charts"} == config.keys()


@pytest.mark.parametrize(
    "content", [b"", b"text", b"- a", b"config: [a]", b"config: text", b"\xff\xfe\x00", b"a: [", b"a: !!int x"]
)
def test_a_file_that_is_no_stack_file_is_one_line(sandbox, tmp_path, content):
    source = tmp_path / "given.yaml"
    source.write_bytes(content)
    with pytest.raises(
        SandboxError,
        match=r"given\.yaml: (a stack file is|line 1: is not YAML|line 1: the value is not|cannot be read)",
    ) as raised:
        stack_file.write_copy(sandbox, "dev", source)
    with pytest.raises(SandboxError):
        stack_file.platform_of(source)
    assert "\n" not in str(raised.value)


def test_an_empty_config_is_a_stack_file(sandbox, tmp_path):
    assert write(sandbox, tmp_path, {"config": None}) == (False, {"config": {}})


@pytest.mark.parametrize("name", ["", "a/b", "../dev", "a b", "x" * 101])
def test_a_name_no_stack_can_have_is_refused_before_a_sandbox_starts(sandbox, tmp_path, name):
    with pytest.raises(SandboxError, match="is not a stack name"):
        stack_file.source_of(sandbox, name, tmp_path)


def test_the_teams_on_a_platform_are_those_with_resources_that_name_it(sandbox, tmp_path, settings, backend):
    write(sandbox, tmp_path, settings(), stack="dev")
    for name, platform in (("team-a", "dev"), ("team-b", "organization/platform/dev"), ("team-c", "prod")):
        write(sandbox, tmp_path, {"config": {"platform:platform": platform}}, stack=name)
        backend(name, [ANY])
    write(sandbox, tmp_path, {"config": {"platform:platform": "dev"}}, stack="gone")
    backend("gone", [])
    backend("dev", [ANY])
    assert stack_file.teams_on(sandbox, "dev") == ["team-a", "team-b"]


@pytest.mark.parametrize(
    ("network", "may_bind", "why"),
    [("namespaces", True, ""), ("loopback", True, "share this machine's"), ("namespaces", False, "listens on port 80")],
)
def test_a_gateway_needs_ports_of_its_own(sandbox, tmp_path, settings, monkeypatch, network, may_bind, why):
    monkeypatch.setattr(stack_file, "can_bind_http", lambda _: may_bind)
    sandbox = dataclasses.replace(sandbox, network=network)
    sandbox.save()
    document = settings()
    document["config"]["platform:gateway"] = {"replicas": 2}
    assert ("platform:gateway" in write(sandbox, tmp_path, document)[1]["config"]) is not bool(why)
    assert why in stack_file.no_gateway(sandbox)


@pytest.mark.parametrize("network", ["namespaces", "loopback"])
def test_monitoring_needs_addresses_that_can_be_dialed(sandbox, tmp_path, settings, network):
    sandbox = dataclasses.replace(sandbox, network=network)
    sandbox.save()
    for given in ({}, {"platform:monitoring": {"size": "small"}}):
        document = settings()
        document["config"] |= given
        copied = write(sandbox, tmp_path, document)[1]["config"].get("platform:monitoring", {})
        assert (copied == {"size": "none"}) is bool(stack_file.no_monitoring(sandbox)) is (network == "loopback")


@pytest.mark.parametrize("network", ["namespaces", "loopback"])
def test_autoscaling_needs_monitoring(sandbox, tmp_path, settings, network):
    sandbox = dataclasses.replace(sandbox, network=network)
    sandbox.save()
    document = settings()
    document["config"]["platform:cluster"]["keda"] = True
    service = next(iter(document["config"]["platform:services"].values()))
    service["autoscale"] = {"min": 1, "max": 2}
    copied = write(sandbox, tmp_path, document)[1]["config"]
    left = [*copied["platform:cluster"], *next(iter(copied["platform:services"].values()))]
    assert ({"keda", "autoscale"} <= set(left)) is (network == "namespaces")
    assert stack_file.has_keda(tmp_path / "given.yaml")


def test_grafana_is_left_out_and_the_rest_of_monitoring_stays(sandbox, tmp_path, settings):
    document = settings()
    document["config"]["platform:monitoring"] = {"size": "large", "grafana": {"oidc": {"client_id": "grafana"}}}
    assert write(sandbox, tmp_path, document)[1]["config"]["platform:monitoring"] == {"size": "large"}
    assert stack_file.has_grafana(tmp_path / "given.yaml")
    document["config"]["platform:monitoring"].pop("grafana")
    write(sandbox, tmp_path, document)
    assert not stack_file.has_grafana(tmp_path / "given.yaml")

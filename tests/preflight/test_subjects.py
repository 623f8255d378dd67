"""A stack as a preflight needs it."""

from pathlib import Path

import pytest
import yaml

from preflight.subject import DomainPlan
from preflight.subjects import of_file, of_settings
from settings.issues import SettingsError
from settings.loading.parse import parse
from settings.loading.stack_file import StackFileError
from tests.harness import ROOT, stack_config
from tests.settings.bad_settings import PLATFORM
from tests.settings.models.pools.karpenter_pools import GPU
from tests.settings.reading import changed


def file(folder: Path, **changes: object) -> Path:
    (folder / "Pulumi.yaml").write_text("name: other\n")
    config = {**stack_config("dev"), **{f"llm-platform:{key}": value for key, value in changes.items()}}
    path = folder / "Pulumi.mine.yaml"
    path.write_text(yaml.safe_dump({"config": config}))
    return path


def test_the_committed_stack_is_read_though_pulumi_refuses_it_yet() -> None:
    found = of_file(ROOT / "Pulumi.dev.yaml")
    assert (found.stack, found.project, found.region) == ("dev", "llm-platform", "us-east-1")
    assert found.cluster
    assert found.cluster.name == "llm-dev"
    assert found.cluster.admins == ("arn:aws:iam::123456789012:role/platform-admin",)
    assert found.pools["g5-gpu-karpenter"].spot
    assert found.pools["system"].zones == ("a", "b")


def test_file_and_settings_agree() -> None:
    parsed = parse({key.partition(":")[2]: value for key, value in stack_config("prod").items()}, stack="prod")
    assert of_settings(parsed, project="llm-platform") == of_file(ROOT / "Pulumi.prod.yaml")


def test_a_pool_keeps_its_own_zones_and_what_it_runs() -> None:
    raw = changed(PLATFORM, "pools.g5.zones", ["b"])
    parsed = parse(raw, stack="dev")
    plan = of_settings(parsed, project="p").pools["g5"]
    assert plan.zones == ("b",)
    assert plan.desired == parsed.plan.facts.pools["g5"].desired
    assert plan.update_strategy == "minimal"


def test_a_pool_s_update_strategy_is_the_settings() -> None:
    parsed = parse(changed(PLATFORM, "pools.g5.update_strategy", "default"), stack="dev")
    plans = of_settings(parsed, project="p").pools
    assert (plans["g5"].update_strategy, plans["system"].update_strategy) == ("default", "default")


def test_a_team_stack_has_no_cluster_of_its_own() -> None:
    platform = parse(PLATFORM, stack="dev").plan.facts
    team = parse({"owner": "team", "platform": "dev"}, stack="team", platform=lambda _: platform)
    found = of_settings(team, project="p")
    assert (found.cluster, found.zones, dict(found.pools)) == (None, (), {})
    with pytest.raises(StackFileError, match="is a team stack, whose nodes are its platform's: name dev"):
        of_file(ROOT / "Pulumi.team-example.yaml")


def test_mistakes_that_matter_are_told(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"pools\.g5"):
        of_file(file(tmp_path, pools={"g5": {"kind": "gpu", "instance_types": ["g5.nope"], "max": 1}}))
    assert of_file(file(tmp_path, owner=1)).project == "other"
    (tmp_path / "Pulumi.yaml").unlink()
    assert of_file(tmp_path / "Pulumi.mine.yaml", ROOT / "docs").project == "llm-platform"
    with pytest.raises(StackFileError, match=r"no Pulumi\.yaml"):
        of_file(tmp_path / "Pulumi.mine.yaml")
    (tmp_path / "Pulumi.yaml").write_text("name\n")
    with pytest.raises(StackFileError, match="has no project name"):
        of_file(tmp_path / "Pulumi.mine.yaml")


@pytest.mark.parametrize(
    ("key", "value", "path"),
    [
        ("account", 12345, "account"),
        ("permissions_boundary", "junk", "permissions_boundary"),
        ("cluster", "text", "cluster"),
        ("owner", "a*b", "owner"),
        ("tags", {"owner": "me"}, "tags.owner"),
        ("assume_role", {"role_arn": "arn:aws:iam::999988887777:role/x"}, "assume_role.role_arn"),
        ("unknown", 1, "unknown"),
    ],
)
def test_what_the_program_will_refuse_is_kept(tmp_path: Path, key: str, value: object, path: str) -> None:
    found = of_file(file(tmp_path, **{key: value}))
    assert path in [one.path for one in found.problems]


def test_a_file_without_mistakes_has_no_problems() -> None:
    assert of_file(ROOT / "Pulumi.prod.yaml").problems == ()


def test_domain_chat_and_nat_gateways_are_the_settings(tmp_path: Path) -> None:
    zone, secret = "Z0123456789ABCDEFGHIJ", "arn:aws:secretsmanager:us-east-1:123456789012:secret:chat-AbCdEf"
    monitoring = {"size": "small", "notify": {"chat_webhook_secret_arn": secret}}
    gateway = {"domain": "llm.example.com", "zone_id": zone}
    stack = file(tmp_path, gateway=gateway, monitoring=monitoring, network={"nat": "per_zone"})
    found = of_file(stack)
    assert found.domain == DomainPlan(name="llm.example.com", zone_id=zone)
    assert (found.chat, found.nat_gateways) == (True, 2)
    without = of_file(file(tmp_path, monitoring={**monitoring, "size": "none"}))
    assert (without.domain, without.chat, without.nat_gateways) == (None, False, 1)


def test_auditors_of_response_logs_are_the_settings() -> None:
    auditors = ["arn:aws:iam::123456789012:role/auditor"]
    raw = changed(PLATFORM, "gateway", {"response_logs": {"consent": "DPO DP-12", "auditors": auditors}})
    assert of_settings(parse(raw, stack="dev"), project="p").auditors == tuple(auditors)
    assert of_settings(parse(PLATFORM, stack="dev"), project="p").auditors == ()


@pytest.mark.parametrize("key", ["owner", "cluster"])
def test_what_is_encrypted_is_not_called_a_mistake(tmp_path: Path, key: str) -> None:
    secret = {"secure": "v1:x:y"}
    value = secret if key == "owner" else {"api_access": {"public_cidrs": [secret]}, "admins": secret}
    good = {"cluster": {"api_access": {"private": True}, "admins": ["arn:aws:iam::123456789012:role/x"]}}
    assert of_file(file(tmp_path, **{**good, key: value})).problems == ()
    assert [one.path for one in of_file(file(tmp_path, **{**good, key: value, "unknown": 1})).problems] == ["unknown"]


def test_a_pool_of_karpenter_has_its_limits_and_what_services_need() -> None:
    service = {**PLATFORM["services"]["small"], "pool": "burst", "replicas": 2}
    raw = {**changed(PLATFORM, "pools.burst", GPU), "services": {"small": service}}
    plan = of_settings(parse(raw, stack="dev"), project="p").pools["burst"]
    assert plan.karpenter
    assert plan.capacity_types == ("on_demand",)
    # Two g5.xlarge; at the limit of 4 GPUs g5.12xlarge, with most vCPUs for each, and one more.
    assert (plan.karpenter.start_vcpus, plan.karpenter.most_vcpus) == (2 * 4, 48 + 48)
    assert plan.update_strategy == "minimal"

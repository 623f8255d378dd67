"""Settings that are right: what follows from them, what is warned of, how Pulumi.yaml declares them."""

import copy
import json
from typing import Any

import pytest
import yaml

from components.platform_exports import read_platform_facts
from settings.loading.config_values import from_text
from settings.loading.parse import Parsed, parse
from settings.models.stack import PlatformSettings, TeamSettings
from tests.harness import ROOT
from tests.settings.bad_settings import PLATFORM, TEAM
from tests.settings.reading import GOOD_FACTS, changed, run


def platform(key: str | None = None, value: object = None) -> Parsed:
    """Good settings, with another value at one key."""
    return parse(changed(PLATFORM, key, value) if key else copy.deepcopy(PLATFORM), stack="dev")


def warned(key: str, value: object) -> list[str]:
    """What is warned of beside the gap of the one small service."""
    lines = [str(line) for line in platform(key, value).warnings]
    return [line for line in lines if "one replica and no spare" not in line]


@pytest.mark.parametrize(
    "type_", ["g4dn.xlarge", "g5.xlarge", "g6.xlarge", "g6e.xlarge", "p4d.24xlarge", "p5.48xlarge"]
)
def test_every_gpu_family_is_accepted(type_: str) -> None:
    pools = platform("pools.g5.instance_types", [type_]).plan.facts.pools
    assert pools["g5"].gpus_per_node == (8 if type_.startswith("p") else 1)


@pytest.mark.parametrize("type_", ["m5.xlarge", "m6i.2xlarge", "m7i.xlarge", "c5.xlarge", "c6i.4xlarge", "r5.large"])
def test_cpu_families_are_accepted(type_: str) -> None:
    pool = {"kind": "cpu", "instance_types": [type_], "max": 3}
    assert platform("pools.batch", pool).plan.facts.pools["batch"].gpus_per_node == 0


def test_a_volta_pool_takes_an_older_image_with_warnings() -> None:
    service = {**PLATFORM["services"]["small"], "pool": "p3", "image": "vllm/vllm-openai:v0.8.5", "dtype": "float16"}
    lines = warned("services.small", service)
    assert any(line.startswith("llm-platform:pools.p3.instance_types: p3.2xlarge has the V100") for line in lines)
    assert not any("args were checked" in line for line in lines)


@pytest.mark.parametrize(
    ("key", "value", "line"),
    [
        ("pools.g5.instance_types", ["p5.48xlarge"], "make an On-Demand Capacity Reservation"),
        ("pools.g5.capacity", "spot", "name several, such as [g5.2xlarge, g5.4xlarge, g5.8xlarge]"),
        ("services.small.quantization", "fp8", "the A10G does not compute in FP8"),
        ("services.small.pool", "g4", "the T4 has no bfloat16"),
        ("services.small.path_allow_list", False, "answers /invocations, /tokenize and /metrics without any key"),
        ("pools.system.max", 40, "hold 502 addresses"),
        (
            "services.small.endpoint",
            {"scheme": "internet-facing", "source_ranges": ["0.0.0.0/0"]},
            "0.0.0.0/0 is every address",
        ),
    ],
)
def test_what_has_a_price_is_warned_of(key: str, value: object, line: str) -> None:
    assert any(line in told for told in warned(key, value)), warned(key, value)


def test_a_spare_gpu_or_a_second_replica_closes_the_gap() -> None:
    assert any("one replica and no spare GPU" in str(line) for line in platform().warnings)
    assert not any("one replica" in str(line) for line in platform("pools.g5.min", 2).warnings)
    assert not any("one replica" in str(line) for line in platform("services.small.replicas", 2).warnings)


def test_nodes_stand_only_in_zones_a_pool_names() -> None:
    settings = changed(PLATFORM, "network.zones", ["a", "b", "c"])
    for pool in settings["pools"].values():
        pool["zones"] = ["a", "c"]
    assert parse(settings, stack="dev").plan.node_zones == ("a", "c")
    assert platform().plan.node_zones == ("a", "b")


def test_load_balancers_stand_in_control_or_public_subnets() -> None:
    assert platform().plan.facts.load_balancer_cidrs == {
        "internal": ("10.0.0.0/26", "10.0.0.64/26"),
        "internet-facing": ("10.0.1.0/24", "10.0.3.0/24"),
    }


def test_a_gated_model_needs_no_token_when_its_weights_are_in_the_bucket() -> None:
    weights = {"source": "bucket", "prefix": "weights/llama", "size_gib": 7}
    service = {**PLATFORM["services"]["small"], "model": "meta-llama/Llama-3.2-3B", "weights": weights}
    assert platform("services.small", service).settings.services["small"].needs_hub_token is False


def test_a_team_stack_takes_nothing_as_spare() -> None:
    facts = copy.deepcopy(GOOD_FACTS)
    facts["pools"]["g5"]["spare_gpus"] = 5  # type: ignore[index]
    stacks: dict[str, Any] = {"organization/llm-platform/dev": {"platform": facts}}
    seen: list[Parsed] = []
    from tests.harness import deploy

    deploy(
        lambda: seen.append(parse(TEAM, stack="team-one", platform=read_platform_facts)),
        stack="team-one",
        stacks=stacks,
    )
    assert isinstance(seen[0].settings, TeamSettings)
    assert seen[0].plan.facts.pools["g5"].spare_gpus == 0
    assert seen[0].settings.namespace == "team-one"


def test_a_stack_whose_name_is_no_namespace_is_told_so() -> None:
    deployment = run(TEAM | {"namespace": "Team_One"}, team=True)
    assert "llm-platform:namespace: 'Team_One' is not a DNS label" in str(deployment.error)


def test_pulumi_yaml_declares_every_setting_with_type_and_description() -> None:
    declared = yaml.safe_load((ROOT / "Pulumi.yaml").read_text())["config"]
    own = {key: value for key, value in declared.items() if ":" not in key}
    assert set(own) == set(PlatformSettings.model_fields) | set(TeamSettings.model_fields)
    for key, declaration in own.items():
        # Pulumi demands a map as default of an object, and the empty one is a gateway, or the classes of priorities.
        assert {"type", "description"} - ({"type"} if key in {"gateway", "priorities"} else set()) <= set(
            declaration
        ), key
        assert ("default" in declaration) == (key != "owner"), key
        default = declaration.get("default")
        assert from_text(key, default if isinstance(default, str) else json.dumps(default)) is None, key
    assert declared["pulumi:disable-default-providers"]["value"] == ["aws", "kubernetes"]

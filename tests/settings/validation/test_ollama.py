"""Issues and warnings of services of kind ollama."""

from typing import Any

import pytest
import yaml

from settings.issues import SettingsError
from settings.loading.parse import Parsed, parse
from settings.validation.ollama import ollama_fit_line
from tests.harness import PROJECT, ROOT

LLAMA = {"kind": "ollama", "model": "llama3.1:8b", "pool": "cpu"}


def example(**changes: Any) -> Parsed:
    """The CPU example with a reachable API and other settings of its service."""
    document = yaml.safe_load((ROOT / "Pulumi.cpu-example.yaml").read_text())["config"]
    raw = {key.removeprefix(f"{PROJECT}:"): value for key, value in document.items()}
    raw["cluster"]["api_access"] = {"public_cidrs": ["203.0.113.7/32"]}
    raw["services"]["llama"] |= changes.pop("service", {})
    return parse(raw | changes, stack="cpu-example")


def issues(**changes: Any) -> str:
    with pytest.raises(SettingsError) as error:
        example(**changes)
    return str(error.value)


def test_the_example_has_no_issue_and_no_warning() -> None:
    parsed = example()
    assert [str(one) for one in parsed.warnings if "llama" in str(one) or "pools.cpu" in str(one)] == []
    assert parsed.plan.pool("cpu").desired == 2


@pytest.mark.parametrize(
    ("service", "message"),
    [
        ({"memory_gib": 9}, "services.llama.memory_gib: is 9, but llama3.1:8b takes about 9.6 GiB"),
        ({"parallel": 16}, "KV cache of 16 x 8192 tokens 16.0"),
        ({"context_length": 200_000}, "was trained for 131072 tokens"),
        ({"model": "smollm2:1.7b"}, "services.llama.size_gib: is missing"),
        (
            {"model": "x:70b", "size_gib": 70.0},
            "services.llama.volume_gib: is 60, and the model alone is 70.0 GiB: set 77",
        ),
        ({"additional_pools": ["gone"]}, "unknown pool 'gone': choose from cpu, cpu-spot"),
        ({"additional_pools": ["system"]}, "'system' is of kind system: choose a pool of kind cpu"),
        ({"cpu": 20, "cpu_limit": 20}, "of a node of cpu"),
        ({"cpu": 20, "cpu_limit": 20}, "services.llama.additional_pools[0]: a replica requests 20 vCPUs"),
        ({"replicas": 9}, "pools.cpu.max"),
    ],
)
def test_what_is_refused(service: dict[str, Any], message: str) -> None:
    assert message in issues(service=service)


def test_a_gpu_model_of_the_hub_is_no_model_of_ollama() -> None:
    assert "with its tag" in issues(service={"model": "meta-llama/Llama-3.1-8B-Instruct"})


def test_a_further_pool_that_runs_no_node_is_refused() -> None:
    """Its nodes follow the services whose pool it is, and no autoscaler adds one for a pod that waits."""
    cpu = {"kind": "cpu", "instance_types": ["c6a.4xlarge"], "min": 2, "max": 3}
    pools = {"system": {"kind": "system", "instance_types": ["m5.xlarge"], "max": 4}, "cpu": cpu}
    further = {**LLAMA, "additional_pools": ["cpu-spot"]}
    empty = {**pools, "cpu-spot": {**cpu, "min": 0, "capacity": "spot"}}
    found = issues(pools=empty, services={"llama": further})
    assert "services.llama.additional_pools[0]: cpu-spot runs no node" in found
    assert "set pools.cpu-spot.min to 1 or more, or omit it here" in found
    # A service of its own gives it nodes.
    example(pools=empty, services={"llama": further, "other": {**LLAMA, "pool": "cpu-spot", "replicas": 1}})


@pytest.mark.parametrize(
    ("service", "message"),
    [
        ({"replicas": 1}, "services.llama.replicas: one replica"),
        (
            {"model": "smollm2:1.7b", "size_gib": 1.7},
            "services.llama.model: smollm2:1.7b is not in the planner's table",
        ),
        ({"image": "ollama/ollama:0.30.0"}, "services.llama.image: is not ollama/ollama:0.32.15"),
        ({"cpu_limit": 32}, "services.llama.cpu_limit: is 32, and a node of cpu has 16 vCPUs"),
        ({"parallel": 8, "context_length": 2048}, "services.llama.parallel: 8 answers of 64 tokens at once can take"),
    ],
)
def test_what_is_warned_of(service: dict[str, Any], message: str) -> None:
    warnings = [str(one) for one in example(service=service).warnings]
    assert any(message in one for one in warnings), warnings


def test_fewer_nodes_than_zones_leave_a_volume_behind() -> None:
    cpu = {"kind": "cpu", "instance_types": ["c6a.4xlarge"], "min": 2, "max": 3}
    pools = {"system": {"kind": "system", "instance_types": ["m5.xlarge"], "max": 4}, "cpu": cpu}
    warnings = [str(one) for one in example(pools=pools, services={"llama": LLAMA}).warnings]
    assert any("pools.cpu.zones: are 3 for 2 nodes" in one for one in warnings), warnings


def test_the_preview_reports_memory_and_speed() -> None:
    parsed = example()
    line = ollama_fit_line("llama", parsed.settings.services["llama"], parsed.plan)  # type: ignore[arg-type]
    assert line is not None
    assert "takes about 9.6 of 12 GiB" in line
    assert "bounds one answer to 3.5 to 10.4 tokens a second" in line


def test_a_team_has_no_more_replicas_than_the_platform_runs_nodes() -> None:
    facts = example().plan.facts
    raw = {"owner": "search", "platform": "cpu-example", "services": {"llama": {**LLAMA, "replicas": 3}}}
    with pytest.raises(SettingsError, match=r"services\.llama\.replicas: is 3.*cpu run 2: set fewer"):
        parse(raw, stack="search", platform=lambda _: facts)
    more = {**LLAMA, "replicas": 3, "additional_pools": ["cpu-spot"]}
    assert parse(raw | {"services": {"llama": more}}, stack="search", platform=lambda _: facts).settings.services

"""What a record holds of a service of the committed stacks."""

from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from benchmark.record import PREFIX
from planner.cost import BillableStack, list_prices
from settings.derived.benchmark import BenchmarkFacts, benchmark_facts
from settings.derived.bucket_prefixes import BENCHMARKS
from settings.loading.stack_file import read_partial
from settings.models.services.autoscale import AutoscaleSettings
from tests.components.builders import service_settings

ROOT = Path(__file__).parents[3]


def facts(stack: str, name: str, **changes: Any) -> BenchmarkFacts:
    partial, _ = read_partial(ROOT / f"Pulumi.{stack}.yaml")
    assert partial.billable is not None
    service = partial.values["services"][name].model_copy(update=changes)
    return benchmark_facts(name, service, partial.billable, list_prices())


def test_a_service_with_gpus() -> None:
    found = facts("dev", "llama-3-8b")
    assert found.subject["gpu"] == "A10G"
    assert (found.subject["gpus"], found.subject["replicas"]) == (1, 1)
    assert found.subject["instance_type"] == "g5.xlarge"
    assert found.subject["image"].startswith("vllm/vllm-openai:")
    assert found.usd_per_hour == pytest.approx(1.006)
    assert "2026-07-20" in found.price_source


def test_only_settings_that_change_the_answer_count() -> None:
    before = facts("dev", "llama-3-8b").subject["settings"]
    assert facts("dev", "llama-3-8b", startup_seconds=7200, benchmark=True).subject["settings"] == before
    assert facts("dev", "llama-3-8b", max_model_len=4096).subject["settings"] != before
    assert "replicas" not in before
    assert "image" not in before


def test_with_autoscaling_the_fewest_replicas_count() -> None:
    scaled = AutoscaleSettings(min=2, max=4, queue_per_replica=10)
    found = facts("dev", "llama-3-8b", autoscale=scaled)
    assert found.subject["replicas"] == 2
    assert "autoscale" not in found.subject["settings"]


def test_a_service_that_can_have_no_pod_is_not_measured() -> None:
    with pytest.raises(ValidationError, match=r"benchmark is true and autoscale\.min is 0"):
        service_settings(benchmark=True, autoscale={"min": 0, "max": 2, "queue_per_replica": 10})


def test_a_service_on_cpus() -> None:
    partial, _ = read_partial(ROOT / "Pulumi.cpu-example.yaml")
    (name,) = partial.values["services"]
    found = facts("cpu-example", name)
    assert (found.subject["gpu"], found.subject["gpus"]) == (None, 0)
    assert found.usd_per_hour is not None


def test_a_stack_whose_platform_is_unknown() -> None:
    stack = BillableStack(stack="team", region=None, zones=0)
    found = benchmark_facts("chat", service_settings(), stack, list_prices())
    assert (found.usd_per_hour, found.price_source, found.subject["gpu"]) == (None, "", None)
    assert found.subject["gpus"] == 1


def test_the_prefix_is_that_of_the_records() -> None:
    assert BENCHMARKS == PREFIX

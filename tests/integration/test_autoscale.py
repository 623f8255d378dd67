"""From load to nodes and back without a person: real KEDA, Prometheus, HPA controller and Karpenter, engines that take the time of public
figures times one factor. The tests go on from one another, in this order.
"""

import itertools
import os
import re
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from gateway.store import keys, tenants
from gateway.store.table import Table
from load import Plan, Report, Running, Target
from monitoring.dashboards import queries
from rehearsal.aws.client import AwsClient
from rehearsal.bench import consistency
from rehearsal.commands.load_report import write
from rehearsal.commands.load_samples import Sample, Sampler, Watched
from rehearsal.controllers.programs import PROGRAMS
from rehearsal.images import timing
from rehearsal.kubernetes.waiting.readiness import is_true
from rehearsal.monitoring.open_stack import open_stack
from rehearsal.monitoring.prometheus import Prometheus
from settings.derived.autoscaling import names
from settings.derived.autoscaling.status import scaling
from tests.integration.conftest import WITHOUT_GUARDRAILS
from tests.integration.waiting import soon

SERVICE, POOL, NAMESPACE = "llama-3-8b", "g5-gpu-karpenter", "llm"
MOST = 3
SLOTS = 8
TOKENS = 2000
"""An answer of 2,000 tokens takes 1.6 s of this machine's clock, so that a replica with 8 slots has ended 5 of them a second."""
SATURATING = 12.0
"""Requests a second that two replicas cannot do and three can."""
LIMITS = {"requests_per_second": 1000, "tokens_per_minute": 100_000_000, "concurrent_requests": 2000}
"""Of the tenant: the gateway's defaults, 10 requests a second and 100,000 tokens a minute, admit 50 such answers a minute, which one
replica does without a queue.
"""
FEW_AT_ONCE = LIMITS | {"concurrent_requests": 100}
"""Of the tenant whose spike is shed: 100 requests wait for three replicas some seconds each."""
PATIENCE = 540.0
"""Within so long anything here happens on a busy machine."""
DAY_SECONDS = 86_400
SHED = {httpx.codes.TOO_MANY_REQUESTS, httpx.codes.SERVICE_UNAVAILABLE}
pytestmark = pytest.mark.timeout(3600)


@pytest.fixture(scope="module", autouse=True)
def _keda() -> None:
    if PROGRAMS["keda"].module.built() is None:
        pytest.skip("KEDA takes 20 CPU minutes to build: .venv/bin/python -m rehearsal.controllers keda")


@pytest.fixture(scope="module", autouse=True)
def _public_figures() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(timing.ENGINES, timing.PUBLIC_FIGURES)
        yield


@pytest.fixture(scope="module")
def dev(stack):
    made = stack("dev")
    made.config["pools"][POOL] |= {
        "limits": {"gpus": MOST + 1},
        "instance_types": ["g5.xlarge", "g5.2xlarge"],
        "consolidation": {"policy": "WhenEmpty", "after_seconds": 2},
    }
    made.config["gateway"] = {"replicas": 2, "hold_seconds": 300}
    made.config["monitoring"] = {"size": "small"}
    made.config["services"][SERVICE] |= {
        "args": {"max-num-seqs": SLOTS},
        "autoscale": {"min": 0, "max": MOST, "queue_per_replica": 2},
    }
    return made


@pytest.fixture(scope="module")
def target(dev) -> Target:
    """The gateway with the key of a tenant."""
    if not dev.sandbox_exists():
        dev.run("up", WITHOUT_GUARDRAILS).check()
    outputs = dev.outputs()
    return _target(outputs, AwsClient(dev.rehearsal.sandbox), dev.config["region"], "load", LIMITS)


@pytest.fixture
def limited(dev, target) -> Target:
    """The gateway with the key of a tenant that may have fewer requests at once than its spike."""
    return _target(dev.outputs(), AwsClient(dev.rehearsal.sandbox), dev.config["region"], "spike", FEW_AT_ONCE)


def _target(outputs, aws: AwsClient, region: str, tenant: str, limits, model: str = SERVICE) -> Target:
    table = Table(outputs["gateway_table"], aws.client("dynamodb", region))
    tenants.save(table, tenant, limits, version=0)
    key, _ = keys.create(table, tenant, "first", created_by="test", now=int(time.time()))
    return Target(url=outputs["gateway_url"].removesuffix("/v1"), model=model, key=key)


@pytest.fixture
def prometheus(dev) -> Iterator[Prometheus]:
    with open_stack(dev.rehearsal.sandbox, dev.name) as monitoring:
        yield monitoring.prometheus


def load(target: Target, **more) -> Running:
    settings = {"max_tokens": TOKENS, "body": {"ignore_eos": True}, "stream_share": 0.0, "timeout": 300.0} | more
    return Running(Plan(targets=[target], **settings))


def replicas(kube, service: str = SERVICE) -> tuple[int, int]:
    """Replicas that the Deployment shall have, and those that are ready."""
    found = kube.get("apps/v1", "Deployment", service, NAMESPACE)
    return found["spec"]["replicas"], found.get("status", {}).get("readyReplicas", 0)


def nodes(kube) -> int:
    return sum(
        node["metadata"]["labels"].get("llm-platform/pool") == POOL and is_true(node, "Ready")
        for node in kube.list("v1", "Node")
    )


def why(kube) -> str:
    """The sentence about the service's replicas."""
    hpa = kube.get("autoscaling/v2", "HorizontalPodAutoscaler", f"keda-hpa-{SERVICE}", NAMESPACE)
    return scaling(kube.get(names.API_VERSION, names.KIND, SERVICE, NAMESPACE), hpa).reason


def all_answered(report: Report) -> None:
    assert report.lost == [], "\n".join([*report.lines(), *map(str, report.lost[:10])])


def test_up_makes_keda_from_nothing(dev):
    assert set(dev.run("up").check().changes) == {"create"}
    assert consistency.differences(dev.rehearsal.sandbox) == []


def test_the_metrics_of_keda_are_available(kube):
    [metrics] = [
        one for one in kube.list("apiregistration.k8s.io/v1", "APIService") if "external" in one["metadata"]["name"]
    ]
    assert is_true(metrics, "Available")


def test_without_requests_there_is_no_replica_and_no_node(kube):
    soon(lambda: replicas(kube) == (0, 0), "KEDA scales to zero", PATIENCE)
    soon(lambda: nodes(kube) == 0, "Karpenter removes the empty node", PATIENCE)


def test_the_first_request_starts_a_replica_and_is_answered(kube, target):
    with load(target, concurrency=1, requests=1, max_tokens=32) as running:
        report = running.report()
    all_answered(report)
    soon(lambda: replicas(kube)[1] >= 1, "its Deployment says that the replica is ready")
    assert nodes(kube) >= 1


def test_load_makes_three_replicas_on_three_nodes_and_they_go_again(kube, target, prometheus):
    with load(target, rps=SATURATING, seconds=600) as running:
        soon(lambda: replicas(kube) == (MOST, MOST), "three replicas are ready", PATIENCE)
        assert nodes(kube) == MOST
        # A replica that is too busy to answer its probes, or its scrapes, has no metrics for a while.
        soon(lambda: re.match(f"{MOST} replicas: (queue|saturation) is ", why(kube)), "a metric decides", PATIENCE)
        # But for errors, of which there are none.
        shown = [query.expr for query in queries(rate="6s") if query.dashboard == "autoscaling"]
        assert {expr for expr in shown if "errors_total" not in expr and not prometheus.query(expr)} == set()
    # Requests that wait are answered before fewer replicas are there; what is under way in one that goes is too.
    all_answered(running.report())
    soon(lambda: replicas(kube)[0] <= 1, "two replicas go", PATIENCE)
    soon(lambda: nodes(kube) <= 1, "their nodes go", PATIENCE)


@pytest.fixture
def sampler(kube, prometheus) -> Sampler:
    return Sampler(Watched(client=kube, prometheus=prometheus, service=SERVICE))


def reported(name: str, report: Report, samples: list[Sample]) -> None:
    """Print the run's figures, and keep a page about it where ``LLM_SOAK_REPORTS`` says."""
    print("\n".join(report.lines()))
    if folder := os.environ.get("LLM_SOAK_REPORTS"):
        write(Path(folder) / name, name, report, samples, scale=timing.time_scale())


def reversals(samples: list[Sample]) -> int:
    """How often the wanted replicas changed their direction."""
    numbers = [one.wanted for one in samples]
    moves = [after - before for before, after in itertools.pairwise(numbers) if after != before]
    return sum(before * after < 0 for before, after in itertools.pairwise(moves))


@pytest.mark.soak_only("minutes")
def test_a_spike_beyond_the_most_replicas_is_shed_and_over_afterwards(kube, limited, sampler):
    with sampler, load(limited, rps=4, seconds=120, shape="spike", timeout=60.0) as running:
        report = running.report()
    reported("spike", report, sampler.samples)
    assert {answer.status for answer in report.lost} <= SHED
    assert report.lost, "the spike is more than three replicas and the tenant's limit take"
    assert all(answer.retry_after for answer in report.lost)
    with load(limited, rps=2, seconds=10) as running:
        all_answered(running.report())


@pytest.mark.soak_only("half an hour")
def test_a_day_turns_round_once_and_loses_no_request(kube, target, sampler):
    # A replica that a test before left would go in the night, and be a turn more.
    soon(lambda: replicas(kube)[0] <= 1, "what was before is over", PATIENCE)
    seconds = DAY_SECONDS * timing.time_scale()
    with sampler, load(target, rps=SATURATING, seconds=seconds, shape="day") as running:
        report = running.report()
    reported("day", report, sampler.samples)
    all_answered(report)
    assert reversals(sampler.samples) <= 1
    assert max(one.ready for one in sampler.samples) == MOST


@pytest.mark.soak_only("minutes")
def test_without_prometheus_replicas_stay(kube, target):
    with load(target, rps=SATURATING, seconds=600) as running:
        soon(lambda: replicas(kube)[1] >= 2, "two replicas are ready", PATIENCE)
        kube.patch("apps/v1", "Deployment", "prometheus", "llm-monitoring", {"spec": {"replicas": 0}})
        before = replicas(kube)[0]
        end = time.monotonic() + 60
        while time.monotonic() < end:
            assert replicas(kube)[0] >= before
            time.sleep(1)
        kube.patch("apps/v1", "Deployment", "prometheus", "llm-monitoring", {"spec": {"replicas": 1}})
    all_answered(running.report())
    soon(lambda: replicas(kube)[0] <= 1, "with Prometheus back they go", PATIENCE)


@pytest.mark.soak_only("minutes")
def test_the_last_node_goes_to_the_service_of_higher_priority(dev, kube, target):
    """Two services want five GPUs while there are four, as where EC2 has no fifth: a replica of the low one makes room, and loses no request."""
    low, pool = "batch", dev.config["pools"][POOL]
    pool["limits"] = {"gpus": MOST + 2}
    dev.config["priorities"] = {}
    chat = dev.config["services"][SERVICE]
    dev.config["services"][low] = chat | {"priority": "low", "autoscale": chat["autoscale"] | {"max": 2}}
    dev.run("up", WITHOUT_GUARDRAILS).check()
    limit = {"spec": {"limits": {"nvidia.com/gpu": str(MOST + 1)}}}
    kube.patch("karpenter.sh/v1", "NodePool", POOL, None, limit)
    other = _target(dev.outputs(), AwsClient(dev.rehearsal.sandbox), dev.config["region"], low, LIMITS, low)
    with load(other, concurrency=3 * SLOTS, seconds=900) as of_low:
        soon(lambda: replicas(kube, low) == (2, 2), "two replicas of low priority are ready", PATIENCE)
        with load(target, rps=SATURATING, seconds=600) as running:
            soon(lambda: replicas(kube) == (MOST, MOST), "three replicas are ready on four nodes", PATIENCE)
            soon(lambda: replicas(kube, low) == (2, 1), "one of low priority waits for a node", PATIENCE)
            assert nodes(kube) == MOST + 1
        all_answered(running.report())
        soon(
            lambda: replicas(kube, low) == (2, 2),
            "it has a node again when the load of the other one is over",
            PATIENCE,
        )
    all_answered(of_low.report())


def test_destroy_leaves_nothing(dev, rehearsal):
    dev.run("destroy").check()
    assert consistency.differences(rehearsal.sandbox) == []

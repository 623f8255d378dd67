"""A platform that watches itself: real Prometheus and Alertmanager with the program's configuration, in a sandbox where minutes
pass in seconds. The tests go on from one another, in this order.
"""

import json
import time
from collections.abc import Iterator

import pytest

from monitoring.dashboards import queries
from monitoring.rules.gpus import APPLICATION_XIDS
from rehearsal.bench import consistency
from rehearsal.chaos.alerting.cli import opened
from rehearsal.chaos.alerting.requests import sent
from rehearsal.chaos.alerting.run import Trial, run
from rehearsal.chaos.alerting.scenarios import Subject
from rehearsal.chaos.alerting.watch import FIRING
from tests.integration.conftest import WITHOUT_GUARDRAILS, on_node_groups
from tests.integration.engine_pods import pods
from tests.integration.waiting import soon

SERVICE = "llama-3-8b"
PROMPT = "planted-prompt-7c1f"
HEALTHY_SECONDS = 60.0
HEALTHY_HOUR = 3600.0
DATA_SECONDS = 120.0
"""Within this time each query has data; a scrape that a busy machine ends early leaves a short rate without any."""
WITHOUT_DATA = (
    # Nothing failed, no key ends, no tenant has a budget yet, no request is held back until an engine is ready, no node is Karpenter's,
    # no service is autoscaled, no engine is Ollama, no GPU has reported a fault of the hardware, and no engine started within the last
    # hour, which is 72 s here.
    'code=~"5.."',
    "llm_gateway_key_expires_timestamp_seconds",
    "llm_gateway_held_requests",
    "llm_gateway_budget_used_ratio",
    "karpenter_",
    "controller_runtime_",
    "keda_",
    'setting="parallel"',
    "gpu:xid_hardware",
    "container_start_time_seconds",
    "llm:engine_start_seconds",
    "llm:engine_first_token_seconds",
)
"""Parts of the queries that have no data in this sandbox; promtool's cases cover them."""
MESSAGE_SECONDS = 60.0
"""An alert arrives within this time of its firing."""


@pytest.fixture(scope="module")
def dev(stack):
    made = on_node_groups(stack("dev"))
    made.config["pools"]["g5"] |= {"min": 1, "max": 1}
    made.config["gateway"] = {"replicas": 2}
    made.config["monitoring"] = {"size": "small"}
    # An hour without a request is 72 s here; what the budget of a cent pays for is a few tokens.
    made.config["services"][SERVICE] |= {
        "alerts": {"idle_hours": 1},
        "price": {"input_usd": 1000, "output_usd": 1000},
    }
    return made


@pytest.fixture(scope="module")
def stage(dev):
    # A soak chooses its own test alone.
    if not dev.sandbox_exists():
        dev.run("up", WITHOUT_GUARDRAILS).check()
    with opened(dev.rehearsal.name, dev.name) as found:
        yield found


@pytest.fixture
def prometheus(stage):
    return stage[1].prometheus


@pytest.fixture
def load(stage) -> Iterator[str]:
    """A few requests a second, with a prompt that must not appear anywhere; their key must not either."""
    with sent(stage[0], SERVICE, rps=5, prompt=PROMPT) as key:
        yield key


def firing(prometheus) -> list[str]:
    return [alert.name for alert in prometheus.alerts() if alert.state == FIRING]


def test_up_from_nothing(dev):
    assert set(dev.run("up").check().changes) == {"create"}
    assert consistency.differences(dev.rehearsal.sandbox) == []


def test_every_target_is_up(prometheus):
    wanted = {"engines", "gateway", "envoy", "kubelet", "dcgm", "prometheus", "alertmanager"}
    soon(lambda: {target.job for target in prometheus.targets() if target.up} == wanted, "every job has targets")
    # One that was found last has not been read yet.
    soon(lambda: all(target.up for target in prometheus.targets()), "every target is up")


def fired_within(prometheus, seconds: float) -> set[str]:
    until, seen = time.monotonic() + seconds, set()
    while time.monotonic() < until:
        seen |= set(firing(prometheus))
        time.sleep(1)
    return seen


def test_no_alert_fires_in_a_healthy_minute(prometheus, load):
    soon(lambda: not firing(prometheus), "what fired before the first request is over", 240)
    assert fired_within(prometheus, HEALTHY_SECONDS) == set()


def test_every_query_of_rules_and_panels_has_data(prometheus, load):
    rules = prometheus.rules()
    assert {rule.name: rule.error for rule in rules if rule.error} == {}
    records = [rule.query for rule in rules if rule.records]
    panels = [query.expr for query in queries(rate="6s")]
    assert len(records) > 10
    explained = {expr for expr in (*records, *panels) if any(part in expr for part in WITHOUT_DATA)}
    left = {*records, *panels} - explained
    until = time.monotonic() + DATA_SECONDS
    while left and time.monotonic() < until:
        left = {expr for expr in left if not prometheus.query(expr)}
        time.sleep(1)
    assert left == set()


def test_the_start_of_an_engine_is_measured(prometheus, kube, load):
    """Of one that starts while Prometheus is there: with a first `up` here, engines answer before it."""
    began, before = time.time(), {pod["metadata"]["name"] for pod in pods(kube, SERVICE, "llm")}
    for name in before:
        kube.delete("v1", "Pod", name, "llm")

    def measured():
        starts = prometheus.query("max_over_time(llm:engine_start_seconds[1h])")
        return [start.points[-1][1] for start in starts if start.labels["pod"] not in before]

    [seconds, *_] = soon(measured, "a start is measured", DATA_SECONDS)
    assert 0 < seconds < time.time() - began


@pytest.mark.parametrize(
    "name",
    [
        "xid",
        "queue-flood",
        "vanished-series",
        pytest.param("idle-service", marks=pytest.mark.soak_only("72 s")),
        "gateway-budget",
        pytest.param("replica-killed", marks=pytest.mark.soak_only("56 s")),
    ],
)
def test_a_fault_fires_its_alert_and_no_other(stage, name):
    staged, monitoring = stage
    with sent(staged, SERVICE, rps=5):
        # The gateway reads a spent budget again every 30 seconds.
        soon(lambda: not firing(monitoring.prometheus), "the fault before is over", 240)
    subject = Subject() if name == "xid" else Subject(service=SERVICE)
    trial = Trial(name=name, subject=subject, application_xids=frozenset(APPLICATION_XIDS), limit=120)
    lines: list[str] = []
    outcome = run(trial, staged, monitoring, lines.append)
    assert outcome.problems == [], "\n".join(lines)
    [alert] = outcome.fired.keys() & outcome.arrived.keys()
    assert outcome.arrived[alert] - outcome.fired[alert] < MESSAGE_SECONDS


@pytest.mark.soak_only("an hour")
@pytest.mark.timeout(2 * HEALTHY_HOUR)
def test_no_alert_fires_in_a_healthy_hour(prometheus, load):
    assert fired_within(prometheus, HEALTHY_HOUR) == set()


def test_no_secret_and_no_prompt_is_in_metrics_messages_or_logs(dev, stage, load):
    _, monitoring = stage
    outputs = dev.outputs()
    planted = [PROMPT, load, outputs[f"{SERVICE}_api_key"], outputs["monitoring_scrape_token"]]
    emitted = {
        "labels": json.dumps([dict(one.labels) for one in monitoring.prometheus.query('{__name__=~".+"}')]),
        "messages": "".join(message.text for message in monitoring.inbox.messages()),
    }
    for log in dev.rehearsal.sandbox.nodes.glob("*/*.log"):
        emitted[str(log)] = log.read_text(errors="replace")
    assert len(emitted) > 5
    assert emitted["messages"]
    found = {(where, text) for where, content in emitted.items() for text in planted if text in content}
    assert found == set()

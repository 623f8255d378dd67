"""Autoscaled services beside the rest of a stack."""

from typing import Any

import pytest

from planner.cost.text import service_line
from settings.derived.deployed import Deployed
from settings.derived.platform_facts import PlatformFacts
from settings.loading.parse import parse, read
from tests.settings.bad_settings import PLATFORM, TEAM

SMALL = {**PLATFORM["services"]["small"]}
AUTOSCALE = {"min": 1, "max": 2}
OLLAMA = {"kind": "ollama", "model": "llama3.1:8b", "pool": "cpu", "autoscale": AUTOSCALE}
CPU = {"kind": "cpu", "instance_types": ["m5.4xlarge"], "max": 4}


def stack(
    autoscale: dict[str, Any] | None = None, endpoint: dict[str, Any] | None = None, **more: Any
) -> dict[str, Any]:
    service = {**SMALL, "autoscale": autoscale or AUTOSCALE, **({"endpoint": endpoint} if endpoint else {})}
    return {**PLATFORM, "services": {"small": service}, **more}


def issues_of(
    raw: dict[str, Any], deployed: Deployed | None = None, platform: PlatformFacts | None = None
) -> list[str]:
    found = read(raw, stack="dev" if platform is None else "one", deployed=deployed, platform=lambda _: platform)
    return [str(issue).removeprefix("llm-platform:") for issue in found.issues]


def platform(**changes: Any) -> PlatformFacts:
    facts = parse({**PLATFORM, "services": {}, **changes}, stack="dev").plan.facts
    pools = {name: pool.model_copy(update={"team_gpus": 2}) for name, pool in facts.pools.items()}
    return facts.model_copy(update={"pools": pools})


def test_one_to_two_replicas_need_nothing_but_monitoring():
    assert issues_of(stack()) == []
    (line,) = issues_of(stack(monitoring={"size": "none"}))
    assert line.startswith("services.small.autoscale: reads the metrics of Prometheus, and monitoring has size none")


def test_a_list_that_is_too_long_says_how_long_it_can_be():
    office = {"start": "0 8 * * 1-5", "end": "0 19 * * 1-5", "replicas": 2}
    (line,) = issues_of(stack({"min": 1, "max": 2, "schedule": [office] * 11}))
    assert line == "services.small.autoscale.schedule: has 11 items: 10 at most"


def test_no_request_would_wake_a_service_without_a_gateway_or_beside_it():
    zero = {"min": 0, "max": 2}
    (line,) = issues_of(stack(zero))
    assert line.startswith("services.small.autoscale.min: is 0, and nothing in front would hold the request")
    assert line.endswith(": set gateway, or min: 1")
    assert issues_of(stack(zero, gateway={})) == []
    team = {**TEAM, "services": {"small": {**SMALL, "autoscale": zero}}}
    (line,) = issues_of(team, platform=platform(cluster={**PLATFORM["cluster"], "keda": True}))
    assert line.endswith(": set gateway on the platform stack, or min: 1")
    (line,) = issues_of(stack(zero, {"own": True}, gateway={}))
    assert "set endpoint.own: false" in line


@pytest.mark.parametrize(
    ("team_gpus", "deployed", "keda", "refused"),
    [
        (1, True, None, True),
        (0, True, None, False),  # without GPUs for them there are few team stacks
        (1, False, None, False),
        (1, True, True, False),
        (1, True, False, False),
    ],
)
def test_keda_does_not_go_unsaid_where_team_stacks_may_use_it(
    team_gpus: int, *, keda: bool | None, deployed: bool, refused: bool
) -> None:
    pools = {**PLATFORM["pools"], "g5": {**PLATFORM["pools"]["g5"], "team_gpus": team_gpus, "max": 6}}
    cluster = {**PLATFORM["cluster"], **({} if keda is None else {"keda": keda})}
    raw = {**PLATFORM, "services": {}, "pools": pools, "cluster": cluster}
    found = issues_of(raw, Deployed(exists=True, keda=deployed))
    if refused:
        (line,) = found
        assert line.startswith(
            "cluster.keda: is not set, so KEDA goes with this update, and pool g5 keeps GPUs for team"
        )
    else:
        assert found == []


@pytest.mark.parametrize(
    ("deployed", "keda", "goes"), [(True, False, True), (True, True, False), (False, False, False)]
)
def test_a_plan_says_whether_keda_goes(*, deployed: bool, keda: bool, goes: bool) -> None:
    raw = {**PLATFORM, "services": {}, "cluster": {**PLATFORM["cluster"], "keda": keda}}
    assert parse(raw, stack="dev", deployed=Deployed(exists=True, keda=deployed)).plan.keda_goes is goes


def warnings_of(autoscale, **more):
    found = parse(stack(autoscale, **more), stack="dev").warnings
    return [str(one) for one in found if ".autoscale" in str(one)]


def test_a_last_replica_that_may_end_before_it_serves_is_warned_of():
    zero = {"min": 0, "max": 2}
    assert any(
        "to_zero_after: is 60, and a replica takes about" in line
        for line in warnings_of(zero | {"to_zero_after": 60}, gateway={})
    )
    found = parse(stack(zero, gateway={}), stack="dev").plan.autoscaling["small"]
    for enough in ({}, {"to_zero_after": found.start.slow}):
        assert not any("to_zero_after" in line for line in warnings_of(zero | enough, gateway={}))


def test_most_replicas_count_against_the_pool():
    (line,) = issues_of(stack({"min": 1, "max": 3}))
    assert line.startswith("pools.g5.max: is 2, but services request small 3 x 1 = 3 GPUs")


def test_most_replicas_count_against_the_budget_of_a_team():
    theirs = platform(cluster={**PLATFORM["cluster"], "keda": True})
    service = {**SMALL, "autoscale": AUTOSCALE}
    team = {**TEAM, "services": {"small": service}, "budget": {"usd_per_month": 1200}}
    (line,) = issues_of(team, platform=theirs)
    assert line.startswith("budget.usd_per_month: is 1200, but at its largest the stack costs")
    assert issues_of({**team, "services": {"small": {**SMALL, "replicas": 1}}}, platform=theirs) == []


def test_keda_is_the_platforms():
    team = {**TEAM, "services": {"small": {**SMALL, "autoscale": AUTOSCALE}}}
    (line,) = issues_of(team, platform=platform())
    assert line.startswith(
        "services.small.autoscale: needs KEDA, which the platform stack dev does not have: set cluster.keda"
    )
    assert issues_of(team, platform=platform(cluster={**PLATFORM["cluster"], "keda": True})) == []
    (line,) = issues_of(stack(cluster={**PLATFORM["cluster"], "keda": False}))
    assert line.startswith("services.small.autoscale: needs KEDA, and cluster.keda is false")


def test_ollama_is_measured_by_the_gateway():
    raw = {**PLATFORM, "pools": {**PLATFORM["pools"], "cpu": CPU}, "services": {"chat": OLLAMA}}
    (line,) = issues_of(raw)
    assert line.startswith("services.chat.autoscale: needs the gateway, which measures requests")
    assert issues_of({**raw, "gateway": {}}) == []


def test_kedas_namespace_is_its_own():
    refused = ["namespace: 'keda' is the namespace of KEDA: choose another"]
    assert issues_of(stack(namespace="keda")) == refused
    # Without an autoscaled service, where the platform has KEDA all the same; a team's namespace is called like its stack.
    keda = {**PLATFORM["cluster"], "keda": True}
    assert issues_of({**PLATFORM, "namespace": "keda", "cluster": keda}) == refused
    assert issues_of({**TEAM, "namespace": "keda"}, platform=platform(cluster=keda)) == refused
    assert issues_of({**PLATFORM, "namespace": "keda"}) == []
    assert issues_of({**TEAM, "namespace": "keda"}, platform=platform()) == []


def test_a_cluster_with_a_mistake_is_one_issue():
    (line,) = issues_of(stack(cluster={**PLATFORM["cluster"], "keda": "maybe"}))
    assert line.startswith("cluster.keda: ")


def test_only_vllm_has_a_saturation():
    saturated = AUTOSCALE | {"saturation_ratio": 0.7}
    assert issues_of(stack(saturated)) == []
    pools = {**PLATFORM["pools"], "cpu": CPU}
    chat = OLLAMA | {"autoscale": saturated}
    (line,) = issues_of({**PLATFORM, "pools": pools, "services": {"chat": chat}, "gateway": {}})
    assert line.startswith("services.chat.autoscale.saturation_ratio: is a share of what vLLM's metrics count")
    (line,) = issues_of(stack(AUTOSCALE | {"saturation_ratio": 1.1}))
    assert line.startswith("services.small.autoscale.saturation_ratio: ")


@pytest.mark.parametrize(
    ("before", "autoscale", "after", "handed_back"),
    [
        ({}, False, {}, False),
        ({}, True, {"small": "on"}, False),
        ({"small": "on"}, True, {"small": "on"}, False),
        ({"small": "on"}, False, {"small": "off"}, True),
        ({"small": "off"}, False, {"small": "off"}, False),
        ({"small": "off"}, True, {"small": "on"}, False),
        ({"gone": "on"}, False, {}, False),
    ],
)
def test_who_scaled_a_service_is_remembered(before, autoscale, after, handed_back):
    service = {**SMALL, "autoscale": AUTOSCALE} if autoscale else SMALL
    plan = parse(
        {**PLATFORM, "services": {"small": service}}, stack="dev", deployed=Deployed(exists=True, autoscaled=before)
    ).plan
    assert plan.autoscaled == after
    assert plan.handed_back == ({"small"} if handed_back else set())
    assert (plan.facts.keda is not None) is (autoscale or handed_back)


@pytest.mark.parametrize("keda", [True, False])
def test_a_service_of_a_team_is_handed_back_by_the_keda_there_is(keda):
    theirs = platform(cluster={**PLATFORM["cluster"], "keda": keda})
    deployed = Deployed(exists=True, autoscaled={"small": "on"})
    team = {**TEAM, "services": {"small": SMALL}}
    plan = parse(team, stack="one", platform=lambda _: theirs, deployed=deployed).plan
    assert plan.handed_back == ({"small"} if keda else set())
    assert plan.autoscaled == {"small": "off"}


@pytest.mark.parametrize(
    ("start", "end", "zone", "key", "message"),
    [
        (
            "30 2 * * *",
            "0 3 * * *",
            "Europe/Berlin",
            "start",
            "keeps these replicas from the end before to the next one",
        ),
        ("0 8 * * *", "30 2 * * *", "Europe/Berlin", "end", "does not have these replicas from the start before"),
        ("30 2 * * 1-5", "0 3 * * 1-5", "Europe/Berlin", None, ""),  # clocks change on Sundays
        ("30 2 * * *", "0 3 * * *", "UTC", None, ""),
        ("10 2 * * *", "50 2 * * *", "Europe/Berlin", None, ""),  # both are skipped
    ],
)
def test_times_that_clocks_skip_are_warned_of(start, end, zone, key, message):
    schedule = [{"start": start, "end": end, "timezone": zone, "replicas": 2}]
    found = [line for line in warnings_of({"max": 2, "schedule": schedule}) if "put forward" in line]
    assert len(found) == (key is not None)
    for line in found:
        assert f"services.small.autoscale.schedule[0].{key}: " in line
        assert message in line


def test_a_hold_shorter_than_a_start_is_warned_of():
    zero = {"min": 0, "max": 2}
    (line,) = [line for line in warnings_of(zero, gateway={"hold_seconds": 30}) if "autoscale.min: is 0" in line]
    assert "services.small.autoscale.min: is 0, a replica takes about" in line
    assert "raise gateway.hold_seconds, or set min: 1" in line
    (line,) = [line for line in warnings_of(zero, gateway={"hold_seconds": 300}) if "autoscale.min: is 0" in line]
    assert "raise gateway.hold_seconds" not in line


def test_its_cost_is_a_range_from_the_fewest_replicas_to_the_most():
    (scaled,) = parse(stack({"min": 1, "max": 2}), stack="dev").plan.cost.services
    (fixed,) = parse({**PLATFORM, "services": {"small": SMALL}}, stack="dev").plan.cost.services
    assert scaled.least_usd_per_hour == pytest.approx(fixed.usd_per_hour)
    assert scaled.usd_per_hour > scaled.least_usd_per_hour
    assert f"{scaled.least_usd_per_hour:,.2f} to " in service_line(scaled, "priced")
    assert "least_usd_per_hour" not in fixed.as_dict()


def test_on_a_node_group_fewer_replicas_save_nothing_and_the_preview_says_so():
    (line,) = [line for line in warnings_of(AUTOSCALE) if "node group" in line]
    assert "services.small.autoscale: has 1 to 2 pods, and pool g5 is a node group" in line
    assert parse(stack(AUTOSCALE), stack="dev").plan.pool("g5").desired == 2
    pools = PLATFORM["pools"] | {
        "g5": {"kind": "gpu", "provisioner": "karpenter", "instance_types": ["g5.xlarge"], "limits": {"gpus": 2}}
    }
    assert not any("node group" in line for line in warnings_of(AUTOSCALE, pools=pools))

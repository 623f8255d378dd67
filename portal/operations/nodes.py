"""Nodes of the platforms for administrators, and which node each pod of a service is on or waits for, for its team."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Self

from pydantic import BaseModel, ConfigDict

from planner.coldstart.pieces import ColdStart
from planner.cost import PriceTable, list_prices
from portal.clusters.objects import Claim, Node, Pod
from portal.clusters.snapshot import Snapshot
from portal.clusters.timeline import Stage, timeline
from portal.db.states import ServiceStatus
from portal.db.work import Service, Stack
from portal.errors import ForbiddenError
from portal.operations.context import Context
from portal.operations.gateway_access import model_name
from settings.derived.autoscaling.status import scaling

SPOT = "spot"
INSTANCE_LABEL = "app.kubernetes.io/instance"
"""Label of a service's pods, with its name (components/serving)."""
NAME_LABEL = "app.kubernetes.io/name"
_JOBS = frozenset({"benchmark", "compile-cache", "weights-mirror"})
"""What the label of names has of pods that run beside a service and take no requests."""


class _View(BaseModel):
    model_config = ConfigDict(use_attribute_docstrings=True)


class NodeView(_View):
    """One node."""

    name: str
    pool: str
    """Empty for a node of no pool."""
    instance_type: str
    zone: str
    capacity_type: str
    """on-demand, spot or reserved."""
    gpus: int
    gpus_used: int
    usd_hour: float | None
    """US dollars an hour at list prices, spot at the discount that the planner assumes; none where it is not known."""
    state: str
    """ready, starting, draining or not-ready."""
    created_at: datetime

    @classmethod
    def of(cls, node: Node, prices: PriceTable) -> Self:
        """Build the view of a node."""
        price = prices.nodes.get(node.instance_type)
        share = 1 - prices.spot_discount if node.capacity_type == SPOT else 1.0
        return cls(
            name=node.name,
            pool=node.pool,
            instance_type=node.instance_type,
            zone=node.zone,
            capacity_type=node.capacity_type,
            gpus=node.gpus,
            gpus_used=node.gpus_used,
            usd_hour=price.usd * share if price else None,
            state=node.state,
            created_at=node.created_at,
        )


class ClaimView(_View):
    """A node that Karpenter launches."""

    name: str
    pool: str
    instance_type: str
    """Empty before EC2 launched it, as are zone, capacity type and node."""
    zone: str
    capacity_type: str
    node: str
    reason: str
    """What it waits for."""
    created_at: datetime


class RefusalView(_View):
    """A launch that EC2 refused in the last quarter of an hour."""

    pool: str
    reason: str
    at: datetime


class ClusterView(_View):
    """Nodes of one platform."""

    platform: str
    problem: str | None
    """Why its cluster cannot be read now; none where it can."""
    read_at: datetime | None
    """When it was read; none where it never was."""
    nodes: list[NodeView]
    pending: list[ClaimView]
    """NodeClaims whose nodes are not ready."""
    refusals: list[RefusalView]
    usd_hour: float
    """US dollars an hour of all nodes whose price is known."""
    spot_discount: float
    """Share of the on-demand price that spot is assumed to save."""


class PredictedView(_View):
    """What the planner predicts, in seconds."""

    low: float
    """What was seen at best."""
    expected: float
    high: float
    """The slow end of what was seen."""


class StageView(_View):
    """A stage of a pod's cold start, measured."""

    stage: str
    """node_launch, node_ready, image_pull, engine, which is everything from the container's start until it answers, or
    first_token, from then until Prometheus found a generated token, with the wait for a first request in it."""
    seconds: float | None
    """How long it took; none while it lasts."""
    predicted: PredictedView | None = None
    """Of a start on the instance type of the pod's node; none where the planner predicts none, as of the first token."""


class PodView(_View):
    """One pod of a service."""

    name: str
    ready: bool
    node: NodeView | None
    """The node it is on; none while it waits for one."""
    waits: list[str]
    """What it waits for, from the scheduler to EC2; empty for one that is ready."""
    created_at: datetime
    timeline: list[StageView] = []
    """What its cold start took so far, stage by stage."""


class ScalingView(_View):
    """What decides on the number of replicas of a service that KEDA scales."""

    current: int | None
    """Replicas that there are, ready or not; none where nothing says."""
    desired: int | None
    """Replicas that the HPA wants; none where there is no HPA."""
    reason: str
    """Why, in one sentence with both numbers."""
    changed_at: datetime | None
    """When the number was last changed; none where it never was."""


class ServicePodsView(_View):
    """Pods of a service."""

    problem: str | None
    """Why the cluster cannot be read now; none where it can."""
    read_at: datetime | None
    pods: list[PodView]
    scaling: ScalingView | None = None
    """The last decision on its replicas; none where their number is fixed."""


def clusters(context: Context) -> list[ClusterView]:
    """Nodes of every platform.

    Raises:
        ForbiddenError: the actor administers no team.
    """
    if not context.actor.administers:
        raise ForbiddenError("nodes are for administrators")
    return [_cluster(context, name) for name in context.settings.platforms]


def pods(context: Context, service_id: str) -> ServicePodsView:
    """Pods of a service, and what they wait for.

    Raises:
        PortalError: it is not the actor's.
    """
    service, stack = context.service(service_id)
    if service.status == ServiceStatus.GONE:
        return ServicePodsView(problem=None, read_at=None, pods=[])
    cached = context.clusters.get(stack.platform)
    snapshot = cached.value
    if snapshot is None:
        return ServicePodsView(problem=cached.problem, read_at=None, pods=[])
    mine = [
        one
        for one in snapshot.pods
        if (one.namespace, one.labels.get(INSTANCE_LABEL)) == (stack.name, service.name)
        and one.labels.get(NAME_LABEL) not in _JOBS
    ]
    starts = _Starts(
        first_tokens=_first_tokens(context, stack, service, mine), predicted=_predicted(context, stack, service)
    )
    prices = list_prices()
    return ServicePodsView(
        problem=cached.problem,
        read_at=snapshot.read_at,
        pods=[_pod(one, snapshot, prices, starts) for one in sorted(mine, key=lambda one: (one.created_at, one.name))],
        scaling=_scaling(snapshot, stack.name, service.name) if (service.spec or {}).get("autoscale") else None,
    )


@dataclass(frozen=True, kw_only=True)
class _Starts:
    """What is known of the starts of a service's pods beside the cluster's objects."""

    first_tokens: Mapping[str, float]
    """Seconds from the container's start to the first token, by pod."""
    predicted: Mapping[str, ColdStart]
    """By instance type."""


def _first_tokens(context: Context, stack: Stack, service: Service, pods: Sequence[Pod]) -> Mapping[str, float]:
    if not any(pod.ready_at for pod in pods):
        return {}
    found = context.metrics.first_tokens(stack.platform, model_name(stack.name, service.name)).value
    return found.seconds if found else {}


def _predicted(context: Context, stack: Stack, service: Service) -> Mapping[str, ColdStart]:
    # The live part of a page waits for no platform that Pulumi has to read first.
    if service.spec is None or not context.platforms.is_known(stack.platform):
        return {}
    return context.planner.starts(service.spec, context.platforms.facts(stack.platform))


def _scaling(snapshot: Snapshot, namespace: str, name: str) -> ScalingView:
    if snapshot.scaled_problem:
        return ScalingView(
            current=None,
            desired=None,
            reason=f"The last decision of the autoscaler is not known: {snapshot.scaled_problem}.",
            changed_at=None,
        )
    found = snapshot.scaled.get((namespace, name)) or scaling(None, None)
    return ScalingView.model_validate(found, from_attributes=True)


def _cluster(context: Context, name: str) -> ClusterView:
    cached, prices = context.clusters.get(name), list_prices()
    snapshot = cached.value or Snapshot()
    nodes = [NodeView.of(one, prices) for one in snapshot.nodes]
    return ClusterView(
        platform=name,
        problem=cached.problem,
        read_at=cached.value.read_at if cached.value else None,
        nodes=nodes,
        pending=[ClaimView.model_validate(one, from_attributes=True) for one in snapshot.claims],
        refusals=[RefusalView.model_validate(one, from_attributes=True) for one in snapshot.refusals],
        usd_hour=round(sum(one.usd_hour or 0 for one in nodes), 4),
        spot_discount=prices.spot_discount,
    )


def _pod(pod: Pod, snapshot: Snapshot, prices: PriceTable, starts: _Starts) -> PodView:
    node = snapshot.node(pod.node) if pod.node else None
    stages = timeline(
        pod,
        snapshot.launches.get(pod.node),
        first_token=starts.first_tokens.get(pod.name),
        predicted=starts.predicted.get(node.instance_type) if node else None,
    )
    return PodView(
        name=pod.name,
        ready=pod.ready,
        node=NodeView.of(node, prices) if node else None,
        waits=[] if pod.ready else list(_waits(pod, node, snapshot)),
        created_at=pod.created_at,
        timeline=[_stage(one) for one in stages],
    )


def _stage(stage: Stage) -> StageView:
    predicted = stage.predicted
    return StageView(
        stage=stage.name,
        seconds=stage.seconds,
        predicted=PredictedView.model_validate(predicted, from_attributes=True) if predicted else None,
    )


def _waits(pod: Pod, node: Node | None, snapshot: Snapshot) -> list[str]:
    """What a pod waits for: its node and its container, or the scheduler, Karpenter's choice, and what EC2 refused."""
    if pod.node:
        found = [f"node {pod.node} is {node.state if node else 'gone'}"] if not node or node.state != "ready" else []
        return [*found, pod.reason] if pod.reason else found
    found = [f"no node has room: {pod.reason}"] if pod.reason else ["the scheduler has not looked at it yet"]
    chosen = snapshot.nominations.get((pod.namespace, pod.name), "")
    claim = snapshot.claim(chosen) or next((one for one in snapshot.claims if pod.pool and one.pool == pod.pool), None)
    target = snapshot.node(chosen)
    if claim:
        found.append(_launching(claim))
    elif target:
        found.append(f"it will be on node {target.name}, which is {target.state}")
    refused = next((one for one in snapshot.refusals if one.pool == pod.pool), None)
    if refused:
        found.append(f"pool {refused.pool}, {refused.at:%H:%M} UTC: {refused.reason}")
    return found


def _launching(claim: Claim) -> str:
    what = ", ".join(part for part in (claim.instance_type, claim.zone, claim.capacity_type) if part)
    return f"Karpenter launches {claim.name} in pool {claim.pool}{f' ({what})' if what else ''}: {claim.reason}"

"""Rules on cost: budgets of GPUs, and tags that say who pays."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

from pulumi_policy import EnforcementLevel

from guardrails.analysis.interfaces import LAUNCH_TEMPLATE, SPOT_INSTANCE
from guardrails.analysis.machine_types import GROUPS, machine_group
from guardrails.analysis.membership import Members
from guardrails.analysis.node_classes import NODE_CLASSES
from guardrails.analysis.node_pool_types import Gpus, choice, gpus, is_gpu, may_have_gpus
from guardrails.analysis.node_roles import NODE_GROUP, NODE_POOLS
from guardrails.analysis.pod_gpus import replica_gpus
from guardrails.analysis.pool_growth import most_gpus
from guardrails.analysis.pool_limits import NVIDIA
from guardrails.analysis.requirements import Requirements
from guardrails.analysis.scalers import (
    HPAS,
    SCALED_JOB,
    SCALED_OBJECT,
    WORKLOADS,
    as_target,
    most_replicas,
    scales,
    target,
)
from guardrails.engine.graph import Graph
from guardrails.engine.rule import Finding, Findings, Rule, Stack, Subject, Unknown, guard, requested_properties
from guardrails.engine.values import UNKNOWN, Properties, Value, as_list, get_path, require
from planner.catalog.instances import UnknownInstanceTypeError, instance_type

TAGGED: Final = frozenset({
    "aws:ec2/vpc:Vpc", "aws:ec2/subnet:Subnet", "aws:ec2/natGateway:NatGateway", "aws:ec2/instance:Instance",
    LAUNCH_TEMPLATE, NODE_GROUP, "aws:eks/cluster:Cluster", "aws:s3/bucket:Bucket", "aws:s3/bucketV2:BucketV2",
    "aws:kms/key:Key", "aws:efs/fileSystem:FileSystem", "aws:ecr/repository:Repository",
})  # fmt: skip
_DEFAULT_JOBS: Final = 100
"""``maxReplicaCount`` of a ScaledJob that names none."""


def _budget(subject: Subject) -> Findings:
    if subject.type in NODE_POOLS:
        yield from _pool(subject)
        return
    if subject.type == NODE_GROUP:
        types, most = subject.props.get("instanceTypes"), get_path(subject.props, "scalingConfig", "maxSize")
    else:
        types, most = subject.props.get("instanceType"), 1.0
    yield from _of_types(as_list(types), most, subject.config)


def _of_types(types: Sequence[Value], most: Value, config: Mapping[str, Value]) -> Findings:
    gpus = 0
    for name in types:
        if name is UNKNOWN:
            yield Unknown("an instance type is unknown")
            continue
        try:
            gpus = max(gpus, instance_type(str(name)).gpus)
        except UnknownInstanceTypeError:
            if may_have_gpus(str(name)):
                yield Unknown(f"instance type {name} is not in the table of planner/data")
            continue
        if gpus and config["instance_types"] and name not in config["instance_types"]:
            yield Finding("a GPU instance type is not on the list")
    most = require(most, of=" of the largest size")
    if gpus and isinstance(most, int | float) and gpus * most > config["gpus"]:
        yield Finding(f"may grow to {gpus * most:.0f} GPUs, the budget is {config['gpus']:.0f}")


def _by_template(stack: Stack) -> Findings:
    """Judge groups of machines whose types a launch template has, or overrides of it."""
    if not any(stack.of(*GROUPS)):
        return
    members = Members(Graph(stack), NODE_CLASSES)
    for subject in stack.of(*GROUPS):
        if subject.type == NODE_GROUP and requested_properties(subject).get("instanceTypes") is not None:
            continue  # judged alone
        group = machine_group(subject, members)
        if group.types:
            found = guard(_of_types(group.types, group.most, stack.config))
            yield from (replace(one, urn=subject.urn) for one in found)


def _of_stack(stack: Stack) -> Findings:
    yield from _by_template(stack)
    yield from _scaled(stack)


def _scaled(stack: Stack) -> Findings:
    workloads = list(stack.of(*WORKLOADS))
    for scaler in stack.of(SCALED_OBJECT, *HPAS):
        if scales(scaler):
            yield from guard(_most_pods(scaler, workloads, stack.config["gpus"]), scaler.urn)
    for jobs in stack.of(SCALED_JOB):
        if scales(jobs):
            yield from guard(_most_jobs(jobs, stack.config["gpus"]), jobs.urn)


def _most_jobs(jobs: Subject, budget: float) -> Findings:
    if not (gpus := replica_gpus(jobs)):
        return
    most, pods = most_replicas(jobs), jobs.value("spec", "jobTargetRef", "parallelism")
    most = most if isinstance(most, int | float) else _DEFAULT_JOBS
    pods = pods if isinstance(pods, int | float) else 1
    if gpus * pods * most > budget:
        yield Finding(
            f"may grow to {most:.0f} Jobs of {gpus * pods:.0f} GPUs each, {gpus * pods * most:.0f} GPUs; the budget is {budget:.0f}",
            jobs.urn,
        )


def _most_pods(scaler: Subject, workloads: list[Subject], budget: float) -> Findings:
    scaled = target(scaler)
    for workload in workloads:
        if as_target(workload) != scaled or not (gpus := replica_gpus(workload)):
            continue
        most = most_replicas(scaler)
        if isinstance(most, int | float) and gpus * most > budget:
            yield Finding(
                f"may grow to {most:.0f} replicas of {scaled} with {gpus} GPUs each, {gpus * most:.0f} GPUs; the budget is {budget:.0f}",
                scaler.urn,
            )


def _pool(subject: Subject) -> Findings:
    requirements = Requirements(subject)
    if gpus(requirements) is Gpus.NONE:
        return
    taken = choice(requirements)
    listed = subject.config["instance_types"]
    if listed and (not taken.complete or any(is_gpu(name) and name not in listed for name in taken.names)):
        yield Finding("a GPU instance type is not on the list")
    most = most_gpus(subject, taken)
    if most is None:
        yield Finding(f"spec.limits names no {NVIDIA}: it may grow without end")
    elif most > subject.config["gpus"]:
        yield Finding(f"may grow to {most:.0f} GPUs, the budget is {subject.config['gpus']:.0f}")


def _tags(subject: Subject) -> Findings:
    known: dict[str, Value] = {}
    unknown = False
    for value in (subject.props.get("tags"), subject.props.get("tagsAll"), _default_tags(subject.provider)):
        unknown = unknown or value is UNKNOWN
        if isinstance(value, dict):
            known |= value
    missing = [tag for tag in subject.config["tags"] if tag not in known]
    if missing and unknown:
        yield Unknown("tags are unknown")
    elif missing:
        yield Finding(f"tags that are missing: {', '.join(missing)}")


def _default_tags(provider: Properties) -> Value:
    """The provider's default tags; its settings may come as JSON text."""
    value = provider.get("defaultTags")
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except json.JSONDecodeError:
            return UNKNOWN
    return get_path(value, "tags")


RULES: Final = (
    Rule(
        id="gpu-budget",
        family="cost",
        level=EnforcementLevel.MANDATORY,
        blocks="a pool, or what scales a workload, that may grow above the stack's GPU budget",
        why="A GPU costs as much an hour as a small server a week, and an autoscaler never asks.",
        fix="lower the largest size or maxReplicaCount, take another instance type, or raise the budget in the stack's policy settings",
        benchmarks="",
        types=frozenset({NODE_GROUP, LAUNCH_TEMPLATE, "aws:ec2/instance:Instance", SPOT_INSTANCE, *NODE_POOLS}),
        judge=_budget,
        judge_stack=_of_stack,
        settings={
            "gpus": {
                "type": "number",
                "minimum": 0,
                "default": 16,
                "description": "Most GPUs that one pool, or the pods of one ScaledObject, ScaledJob or HorizontalPodAutoscaler, may grow to.",
            },
            "instance_types": {
                "type": "array",
                "items": {"type": "string"},
                "default": [],
                "description": "GPU instance types that may be used; empty for every one.",
            },
        },
    ),
    Rule(
        id="required-tags",
        family="cost",
        level=EnforcementLevel.ADVISORY,
        blocks="a resource without the tags that say whose it is",
        why="A resource without an owner is charged to no team, and no team answers for it.",
        fix="set them as default tags of the AWS provider",
        benchmarks="kyverno require-labels",
        types=TAGGED,
        judge=_tags,
        settings={
            "tags": {
                "type": "array",
                "items": {"type": "string"},
                "default": ["owner"],
                "description": "Tags that each resource must have, by itself or from the provider.",
            }
        },
    ),
)

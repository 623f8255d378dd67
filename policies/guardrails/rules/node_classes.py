"""Rules on node classes and launch templates: which image nodes have, and who reaches their metadata."""

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from pulumi_policy import EnforcementLevel

from guardrails.analysis.interfaces import INSTANCE, LAUNCH_TEMPLATE, SPOT_INSTANCE
from guardrails.analysis.membership import LAUNCH_CONFIGURATION, Members
from guardrails.analysis.node_classes import EC2_NODE_CLASSES, NODE_CLASSES, is_beta, is_patch
from guardrails.engine.graph import Graph
from guardrails.engine.rule import Finding, Findings, Rule, Stack, Subject, Unknown, guard, requested_properties
from guardrails.engine.values import UNKNOWN, Properties, Value, as_list, require
from planner import quantities

TERMS: Final = "spec.amiSelectorTerms"
_MOVING_PARAMETER: Final = re.compile(r"/(recommended|latest)(/|$)", re.IGNORECASE)
_WILDCARD: Final = re.compile(r"[*?]")
_MACHINES: Final = frozenset({LAUNCH_TEMPLATE, INSTANCE, SPOT_INSTANCE, LAUNCH_CONFIGURATION})
_BETA_HOPS: Final = 2
"""Default of v1beta1 (karpenter.sh, "v1 Migration", metadataOptions); that of v1 is 1."""


def _pinned(subject: Subject) -> Findings:
    terms = as_list(subject.value("spec", "amiSelectorTerms"))
    if not terms and not is_patch(subject):
        newest = " and so takes the newest of its family" if is_beta(subject) else ""
        yield Finding(f"has no {TERMS}{newest}")
    for index, term in enumerate(terms):
        where = f"{TERMS}[{index}]"
        if isinstance(term, dict):
            yield from guard(_pinned_term(where, term))
        elif term is UNKNOWN:
            yield Unknown(f"{where} is unknown")


def _pinned_term(where: str, term: Properties) -> Findings:
    def part(key: str) -> Value:
        return require(term, key, of=f" of {where}")

    if part("id"):
        return
    if alias := part("alias"):
        version = str(alias).rpartition("@")[2].strip().lower() if "@" in str(alias) else ""
        if version in {"", "latest"}:
            yield Finding(f"{where}.alias is {alias}: each new AMI of AWS replaces every node")
    elif parameter := part("ssmParameter"):
        if _MOVING_PARAMETER.search(str(parameter)):
            yield Finding(f"{where}.ssmParameter is one that AWS moves to each new AMI")
    elif name := part("name"):
        if _WILDCARD.search(str(name)):
            yield Finding(f"{where}.name has a wildcard: the newest AMI that matches replaces every node")
    elif tags := part("tags"):
        owner = part("owner")
        if owner in {None, "", "amazon", "aws-marketplace"}:
            yield Finding(f"{where} selects by tags without an owner of yours")
        elif any(isinstance(value, str) and _WILDCARD.search(value) for value in _values(tags)):
            yield Finding(f"{where}.tags has a wildcard: the newest AMI that matches replaces every node")
    else:
        yield Finding(f"{where} names no AMI")


def _values(tags: Value) -> list[Value]:
    """The values of tags."""
    return list(tags.values()) if isinstance(tags, dict) else []


def _hops(subject: Subject) -> Findings:
    if subject.type not in EC2_NODE_CLASSES:
        return  # whether it is a node, the whole stack shows
    path = ("spec", "metadataOptions")
    if subject.value(*path, "httpEndpoint") == "disabled":
        return
    given = subject.value(*path, "httpPutResponseHopLimit")
    if given is None and is_beta(subject) and not is_patch(subject):
        yield Finding(f"{'.'.join(path)}.httpPutResponseHopLimit is not given, which is {_BETA_HOPS} in v1beta1")
        return
    yield from _too_far(path, given)


def _too_far(path: Sequence[str], given: Value) -> Findings:
    hops = quantities.parse(given)
    if hops is not None and hops > 1:
        yield Finding(f"{'.'.join(path)}.httpPutResponseHopLimit is {float(hops):g}: a pod reaches the node's role")


def _hops_of_machines(stack: Stack) -> Findings:
    """Judge launch templates and instances that are nodes; for a container of another machine two hops are what AWS advises."""
    machines = [one for one in stack.of(*_MACHINES) if requested_properties(one).get("metadataOptions") is not None]
    if not machines:
        return
    members = Members(Graph(stack), NODE_CLASSES)
    for machine in machines:
        yield from members.weigh(machine, guard(_hops_of(machine), machine.urn))


def _hops_of(machine: Subject) -> Findings:
    options = requested_properties(machine)["metadataOptions"]
    if require({"metadataOptions": options}, "metadataOptions", "httpEndpoint") == "disabled":
        return
    given = require({"metadataOptions": options}, "metadataOptions", "httpPutResponseHopLimit")
    yield from (replace(one, urn=machine.urn) for one in _too_far(("metadataOptions",), given))


RULES: Final = (
    Rule(
        id="nodeclass-ami-pinned",
        family="node-pools",
        level=EnforcementLevel.MANDATORY,
        blocks="a node class whose AMI is not pinned",
        why="Each new AMI makes every node differ from its class at once, and Karpenter replaces them all, untested.",
        fix="set amiSelectorTerms to one dated alias, such as al2023@v20260120, or to an id",
        benchmarks="EKS best practices guide (Karpenter)",
        types=EC2_NODE_CLASSES,
        judge=_pinned,
    ),
    Rule(
        id="node-imds-hops",
        family="nodes",
        level=EnforcementLevel.MANDATORY,
        blocks="instance metadata that a pod can reach",
        why="With two hops a pod in its own network namespace gets the node's role, whatever its own rights are.",
        fix="set metadataOptions.httpPutResponseHopLimit to 1",
        benchmarks="CKV_AWS_341, EKS best practices guide (IAM)",
        types=EC2_NODE_CLASSES | _MACHINES,
        judge=_hops,
        judge_stack=_hops_of_machines,
    ),
)

"""Rules on Kubernetes roles and on who gets them: wildcards, rights over rights, clients without a name."""

from collections.abc import Iterator
from typing import Final

from pulumi_policy import EnforcementLevel

from guardrails.analysis.rbac_types import BINDINGS, ROLES
from guardrails.engine.rule import Finding, Findings, Rule, Subject, Unknown, guard
from guardrails.engine.values import Value, as_list, known_items, require

_OVER_RIGHTS: Final = frozenset({"bind", "escalate", "impersonate"})
_NAMELESS: Final = frozenset({"system:anonymous", "system:unauthenticated"})
_FOR_EVERY_CLIENT: Final = frozenset({"system:public-info-viewer"})
"""What Kubernetes itself gives to clients without a name: the version and whether the API server is well."""
_METRICS: Final = frozenset({"custom.metrics.k8s.io", "external.metrics.k8s.io"})
"""API groups whose resources are names of metrics, one for each series: values alone are read there, and HPAs read all."""
_READ: Final = frozenset({"get", "list", "watch"})


def _wildcards(subject: Subject) -> Findings:
    for index, rule in enumerate(as_list(subject.value("rules"))):
        if not isinstance(rule, dict):
            yield Unknown(f"rules[{index}] is unknown")
            continue
        where = f"rules[{index}]"
        yield from guard(_wildcard(rule, "verbs", where))
        yield from guard(_wildcard_resources(rule, where))


def _wildcard_resources(rule: Value, where: str) -> Findings:
    for finding in _wildcard(rule, "resources", where):
        if not _reads_metrics(rule, where):
            yield finding


def _reads_metrics(rule: Value, where: str) -> bool:
    """Whether a rule permits no more than reading the metrics of an adapter, such as KEDA's.

    Raises:
        UnknownPropertyError: what is known of its API groups and verbs does not decide it.
    """
    if not as_list(require(rule, "apiGroups", of=f" of {where}")):
        return False
    parts = (("apiGroups", _METRICS), ("verbs", _READ))
    return all(one in permitted for key, permitted in parts for one in _items(rule, key, where))


def _wildcard(rule: Value, key: str, where: str) -> Findings:
    if any(str(item).startswith("*") for item in _items(rule, key, where)):
        yield Finding(f"{where}.{key} has *")


def _items(rule: Value, key: str, where: str) -> Iterator[Value]:
    return known_items(require(rule, key, of=f" of {where}"), f"{where}.{key}")


def _over_rights(subject: Subject) -> Findings:
    for index, rule in enumerate(as_list(subject.value("rules"))):
        yield from guard(_verbs(rule, f"rules[{index}]"))


def _verbs(rule: Value, where: str) -> Findings:
    verbs = {str(item) for item in known_items(require(rule, "verbs", of=f" of {where}"), f"{where}.verbs")}
    found = sorted(verbs & _OVER_RIGHTS)
    if found and not as_list(require(rule, "resourceNames", of=f" of {where}")):
        yield Finding(f"{where}.verbs has {', '.join(found)}, without resourceNames")


def _nameless(subject: Subject) -> Findings:
    for index, who in enumerate(as_list(subject.value("subjects"))):
        yield from guard(_nameless_one(subject, f"subjects[{index}]", who))


def _nameless_one(subject: Subject, where: str, who: Value) -> Findings:
    name = require(who, "name", of=f" of {where}")
    if name in _NAMELESS and subject.value("roleRef", "name") not in _FOR_EVERY_CLIENT:
        yield Finding(f"{where} is {name}: every client that reaches the API server, without credentials")


RULES: Final = (
    Rule(
        id="rbac-wildcard",
        family="rbac",
        level=EnforcementLevel.MANDATORY,
        blocks="a Kubernetes role with * in verbs or resources",
        why="It takes in secrets, and what is installed tomorrow. Of custom and external metrics a role may read all, as HPAs do.",
        fix="name the verbs and resources",
        benchmarks="CIS 4.1.3, CKV_K8S_49, trivy KSV-0046, kyverno restrict-wildcard-verbs",
        types=ROLES,
        judge=_wildcards,
    ),
    Rule(
        id="rbac-over-rights",
        family="rbac",
        level=EnforcementLevel.ADVISORY,
        blocks="a Kubernetes role that may bind, escalate or impersonate",
        why="Who may give rights that it does not have, or act as another user, has every right.",
        fix="omit the verbs, or name the roles and users in resourceNames",
        benchmarks="CIS 4.1.8, Kubernetes documentation (RBAC good practices)",
        types=ROLES,
        judge=_over_rights,
    ),
    Rule(
        id="rbac-anonymous",
        family="rbac",
        level=EnforcementLevel.MANDATORY,
        blocks="a Kubernetes role for clients without credentials",
        why="With a public endpoint that is the whole internet, otherwise each pod and machine of the network.",
        fix="bind the role to a ServiceAccount, a user or a group; remove system:anonymous and system:unauthenticated",
        benchmarks="EKS best practices guide (IAM, anonymous access)",
        types=BINDINGS,
        judge=_nameless,
    ),
)

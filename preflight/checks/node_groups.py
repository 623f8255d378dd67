"""Node groups that failed: EKS never repairs one whose creation failed, and the next update changes nothing about it.

Pulumi keeps a resource whose creation failed after AWS gave it an id, and updates it next time; with nothing to
change that update is empty and succeeds (pulumi-terraform-bridge, pkg/tfbridge/provider.go). So it must be replaced.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from preflight.checks.cluster import running
from preflight.cloud import Cloud
from preflight.finding import Finding, error, warning
from preflight.subject import Subject
from settings.loading.policy_config import guardrails
from settings.models.pools import POOL_LABEL

_FAILED = frozenset({"CREATE_FAILED", "DELETE_FAILED", "DEGRADED"})


def check(subject: Subject, cloud: Cloud) -> Iterator[Finding]:
    """Name each failed group of the cluster, why it failed, and the command."""
    found = running(subject, cloud)
    if found is None:
        return
    cluster = found["name"]
    for name in cloud.pages("eks", "list_nodegroups", "nodegroups", clusterName=cluster):
        group = cloud.ask("eks", "describe_nodegroup", clusterName=cluster, nodegroupName=name)["nodegroup"]
        if group.get("status") in _FAILED:
            yield _finding(subject, group)


def _finding(subject: Subject, group: Mapping[str, Any]) -> Finding:
    name, status = group["nodegroupName"], group["status"]
    pool = (group.get("labels") or {}).get(POOL_LABEL)
    where = f"pools.{pool}" if pool in subject.pools else f"node group {name}"
    says = f"node group {name} is {status}{_issues(group)}"
    if pool is None or pool not in subject.pools:
        delete = f"aws eks delete-nodegroup --region {subject.region} --cluster-name {group['clusterName']} --nodegroup-name {name}"
        return error(where, f"{says}; no pool of the settings has it: `{delete}`")
    # Not `make up`, to which the $ of the URN would be a variable.
    guards = " ".join(guardrails(Path(), subject.stack, None))
    replace = f"`pulumi up -s {subject.stack} {guards} --replace '{subject.node_group_urn(pool)}'`"
    if status == "DEGRADED":
        return warning(where, f"{says}; EKS tries again once the cause is gone; if it stays, replace it: {replace}")
    return error(where, f"{says}; remove the cause, then {replace}")


def _issues(group: Mapping[str, Any]) -> str:
    issues = (group.get("health") or {}).get("issues") or []
    texts = [" ".join(f"{issue.get('code', '')}: {issue.get('message', '')}".split()) for issue in issues]
    return f" ({'; '.join(texts)})" if texts else ""

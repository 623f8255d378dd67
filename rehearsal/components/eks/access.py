"""Access entries: which IAM principals may do what in the cluster."""

from collections.abc import Mapping
from typing import Any

import pulumi

from rehearsal.components.child import Child, aws


def create(
    name: str, cluster: Child, entries: Mapping[str, Mapping[str, Any]], *, parent: pulumi.Resource
) -> list[Child]:
    """One access entry a principal, with its policies below it."""
    return [_entry(f"{name}-{key}", cluster, entry, parent=parent) for key, entry in entries.items()]


def _entry(name: str, cluster: Child, entry: Mapping[str, Any], *, parent: pulumi.Resource) -> Child:
    made = aws(
        "aws:eks/accessEntry:AccessEntry",
        name,
        {
            "clusterName": cluster.output("name"),
            "principalArn": entry["principalArn"],
            "kubernetesGroups": entry.get("kubernetesGroups"),
            "tags": entry.get("tags"),
            "type": entry.get("type"),
            "userName": entry.get("username"),
        },
        parent=parent,
        depends_on=[cluster],
    )
    for key, policy in (entry.get("accessPolicies") or {}).items():
        aws(
            "aws:eks/accessPolicyAssociation:AccessPolicyAssociation",
            f"{name}-{key}",
            {
                "clusterName": cluster.output("name"),
                "principalArn": entry["principalArn"],
                "policyArn": policy["policyArn"],
                "accessScope": policy["accessScope"],
            },
            parent=made,
            depends_on=[made],
        )
    return made

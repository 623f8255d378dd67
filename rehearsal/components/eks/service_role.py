"""``eks:index:ServiceRole``: an IAM role that a service assumes, with managed policies attached."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi

from rehearsal.components.child import Child, Component, aws, aws_invoke, compact


@dataclass(frozen=True, kw_only=True)
class ManagedPolicy:
    """A managed policy; ``id`` names the attachment and stays the same in every partition."""

    id: str
    arn: pulumi.Input[str]


def aws_policy(name: str, *, parent: pulumi.Resource) -> ManagedPolicy:
    """A policy that AWS manages, in the partition the provider works in."""
    found = aws_invoke("aws:index/getPartition:getPartition", {}, parent=parent)
    return ManagedPolicy(
        id=f"arn:aws:iam::aws:policy/{name}",
        arn=found.apply(lambda result: f"arn:{result['partition']}:iam::aws:policy/{name}"),
    )


class ServiceRole(Component):
    """The component; `resources` are there when the role can be used."""

    def __init__(
        self,
        name: str,
        *,
        service: str,
        description: str,
        policies: Sequence[ManagedPolicy],
        actions: Sequence[str],
        tags: pulumi.Input[Mapping[str, Any] | None],
        parent: pulumi.Resource,
    ) -> None:
        inputs = {
            "service": service,
            "description": description,
            "managedPolicyArns": [{"id": policy.id, "arn": policy.arn} for policy in policies],
            "assumeRoleActions": list(actions),
            "tags": tags,
        }
        super().__init__("eks:index:ServiceRole", name, compact(inputs), pulumi.ResourceOptions(parent=parent))
        self.role = aws(
            "aws:iam/role:Role",
            f"{name}-role",
            {"description": description, "assumeRolePolicy": _trust(service, actions), "tags": tags},
            parent=self,
            outputs=["arn", "name"],
        )
        self._attachments = [
            aws(
                "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
                f"{name}-{_short_hash(policy.id)}",
                {"policyArn": policy.arn, "role": self.role.id},
                parent=self,
            )
            for policy in policies
        ]
        attached = pulumi.Output.all(*[attachment.id for attachment in self._attachments])
        self.register_outputs({"directRole": self.role, "resolvedRole": attached.apply(lambda _: self.role)})

    @property
    def resources(self) -> list[Child]:
        """The role and its attachments."""
        return [self.role, *self._attachments]


def _trust(service: str, actions: Sequence[str]) -> str:
    statement = {"Action": list(actions), "Effect": "Allow", "Principal": {"Service": [service]}}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]}, separators=(",", ":"))


def _short_hash(text: str) -> str:
    return hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()[:8]

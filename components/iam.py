"""IAM policy documents as data: one statement an intent, a written reason for every wildcard, never JSON text."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

import pulumi

Conditions: TypeAlias = Mapping[str, Mapping[str, str | Sequence[str]]]

_SID = re.compile(r"[A-Za-z0-9]+")
_ACTION = re.compile(r"[a-z0-9-]+:[A-Za-z0-9]+")
_POLICY_VERSION = "2012-10-17"


class PolicyError(ValueError):
    """A statement is not allowed or not valid; the message has the fix."""


@dataclass(frozen=True, kw_only=True)
class Statement:
    """One intent of a policy."""

    sid: str
    """Name of the intent, letters and digits only, such as ``ReadWeights``."""
    actions: Sequence[str]
    """Actions by their full names."""
    resources: Sequence[pulumi.Input[str]] = ()
    """ARNs; empty in a trust policy only."""
    principals: Mapping[str, pulumi.Input[str]] = field(default_factory=dict)
    """Kind of principal (Service, AWS, Federated) to the principal; in a trust or resource policy only."""
    conditions: pulumi.Input[Conditions] = field(default_factory=dict)
    """Operator to key to value."""
    effect: Literal["Allow", "Deny"] = "Allow"
    """Allow, or Deny."""
    because: str | None = None
    """Why a resource must be a wildcard; required then, and kept for readers of the code."""

    def __post_init__(self) -> None:
        """Refuse what no statement may say."""
        if not _SID.fullmatch(self.sid):
            raise PolicyError(f"statement {self.sid!r}: sid takes letters and digits only")
        if not self.actions:
            raise PolicyError(f"statement {self.sid}: has no actions")
        if self.effect == "Allow":
            for action in self.actions:
                self._check_action(action)
        if not self.resources and not self.principals:
            raise PolicyError(f"statement {self.sid}: names neither resources nor principals")
        for resource in self.resources:
            if isinstance(resource, str):
                self._checked(resource)

    def _check_action(self, action: str) -> None:
        if "*" in action or "?" in action:
            raise PolicyError(f"statement {self.sid}: action {action!r} is a wildcard: name each action")
        if not _ACTION.fullmatch(action):
            raise PolicyError(f"statement {self.sid}: {action!r} is not an action: write it like s3:GetObject")

    def _checked(self, resource: str) -> str:
        """The resource; a wildcard broader than "everything below a named path" needs a reason."""
        if self.effect == "Allow" and not self.because and _is_wildcard(resource):
            raise PolicyError(
                f'statement {self.sid}: resource {resource!r} is a wildcard: name it, or say because="..."'
            )
        return resource

    def _render(
        self, resources: Sequence[str], principals: Mapping[str, str], conditions: Conditions
    ) -> dict[str, object]:
        rendered: dict[str, object] = {"Sid": self.sid, "Effect": self.effect}
        if principals:
            everybody = dict(principals) == {"*": "*"}
            rendered["Principal"] = "*" if everybody else dict(principals)
        rendered["Action"] = list(self.actions)
        if resources:
            rendered["Resource"] = [self._checked(resource) for resource in resources]
        if conditions:
            rendered["Condition"] = {operator: dict(keys) for operator, keys in conditions.items()}
        return rendered

    def to_output(self) -> "pulumi.Output[dict[str, object]]":
        """The statement as IAM spells it, once its resources are known."""
        parts = pulumi.Output.all(
            resources=list(self.resources), principals=dict(self.principals), conditions=self.conditions
        )
        return parts.apply(lambda known: self._render(known["resources"], known["principals"], known["conditions"]))


@dataclass(frozen=True)
class PolicyDocument:
    """A policy: its statements, each sid once."""

    statements: Sequence[Statement]
    """In the order they are written."""

    def __post_init__(self) -> None:
        """Refuse two statements of one name."""
        sids = [statement.sid for statement in self.statements]
        for sid in sids:
            if sids.count(sid) > 1:
                raise PolicyError(f"sid {sid!r} names {sids.count(sid)} statements: one intent, one statement")
        if not sids:
            raise PolicyError("a policy without statements grants nothing: omit it")

    @property
    def json(self) -> pulumi.Output[str]:
        """The document as resources take it."""
        statements = pulumi.Output.all(*(statement.to_output() for statement in self.statements))
        return statements.apply(lambda known: json.dumps({"Version": _POLICY_VERSION, "Statement": list(known)}))


def tls_only(actions: str, resources: Sequence[pulumi.Input[str]]) -> Statement:
    """Refuse everybody what is not encrypted, in the policy of a resource.

    Args:
        actions: All actions of the resource's service, such as ``s3:*``.
        resources: ARNs of the resource.
    """
    return Statement(
        sid="RefusePlainHttp",
        effect="Deny",
        actions=[actions],
        principals={"*": "*"},
        resources=resources,
        conditions={"Bool": {"aws:SecureTransport": "false"}},
    )


def trust_service(service: str, *, conditions: pulumi.Input[Conditions] | None = None) -> PolicyDocument:
    """Who may assume a role: an AWS service, such as ``eks.amazonaws.com``."""
    return PolicyDocument(
        [
            Statement(
                sid="TrustService",
                actions=["sts:AssumeRole"],
                principals={"Service": service},
                conditions=conditions or {},
            )
        ]
    )


def trust_service_account(
    *,
    provider_arn: pulumi.Input[str],
    issuer: pulumi.Input[str],
    namespace: pulumi.Input[str],
    name: pulumi.Input[str],
) -> PolicyDocument:
    """Who may assume a role: one Kubernetes service account, through the cluster's OIDC provider (IRSA).

    Args:
        provider_arn: ARN of the IAM OIDC provider.
        issuer: the cluster's issuer, with or without ``https://``.
        namespace: namespace of the service account.
        name: name of the service account.
    """
    conditions = pulumi.Output.all(issuer=issuer, namespace=namespace, name=name).apply(
        lambda known: _only(known["issuer"], f"system:serviceaccount:{known['namespace']}:{known['name']}")
    )
    return PolicyDocument(
        [
            Statement(
                sid="TrustServiceAccount",
                actions=["sts:AssumeRoleWithWebIdentity"],
                principals={"Federated": provider_arn},
                conditions=conditions,
            )
        ]
    )


def _only(issuer: str, subject: str) -> Conditions:
    host = issuer.removeprefix("https://")
    return {"StringEquals": {f"{host}:sub": subject, f"{host}:aud": "sts.amazonaws.com"}}


def _is_wildcard(resource: str) -> bool:
    """Whether more is meant than everything below one named path, such as ``bucket/weights/*``."""
    named = resource.removesuffix("/*")
    last_field = named.rsplit(":", 1)[-1]
    return "*" in named or "?" in named or not last_field

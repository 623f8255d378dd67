"""A statement of the operator's policy, where it holds, and the conditions on the tag ``project``."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from settings.models.base import NAMESPACE

Conditions = Mapping[str, Mapping[str, str | Sequence[str]]]
TAG = "aws:ResourceTag/project"
NEW_TAG = "aws:RequestTag/project"
OWN: Conditions = {"StringEquals": {TAG: NAMESPACE}}
NEW: Conditions = {"StringEquals": {NEW_TAG: NAMESPACE}}


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where and for what a policy holds; the defaults are the placeholders of the committed file."""

    account: str = "ACCOUNT"
    region: str = "REGION"
    partition: str = "aws"
    services: tuple[str, ...] = ("SERVICE",)
    """Services of the stack: their roles begin with their names."""
    zones: tuple[str, ...] = ("ZONE",)
    """Hosted zones of Route 53 in which the domains of gateways have their records."""
    gateway: bool = True
    """Whether any of the stacks has a gateway."""
    monitoring: bool = True
    """Whether any of the stacks has monitoring."""
    image_prefixes: tuple[str, ...] = ("llm-*",)
    """Prefixes of repositories that cache images; none where no stack has pull-through caches."""
    volume_keys: tuple[str, ...] = ("arn:aws:kms:REGION:ACCOUNT:key/KEY",)
    """ARNs of the keys of volumes; none where no stack names one."""
    boundary: str | None = None
    """ARN of the permissions boundary that every role must have; None where the stack has none."""

    def arn(self, service: str, resource: str, *, region: str | None = None) -> str:
        """An ARN of the account."""
        return f"arn:{self.partition}:{service}:{self.region if region is None else region}:{self.account}:{resource}"

    @property
    def roles(self) -> list[str]:
        """Roles that the platform makes: its components' and its services'."""
        return [self.arn("iam", f"role/{name}-*", region="") for name in ("llm", *self.services)]


@dataclass(frozen=True, kw_only=True)
class Allowed:
    """One statement of an IAM policy that allows actions, with the reason for each wildcard."""

    sid: str
    actions: Sequence[str]
    resources: Sequence[str]
    because: str
    """Why the resources are no narrower."""
    conditions: Conditions = field(default_factory=dict)

    def as_json(self) -> dict[str, object]:
        """The statement as IAM spells it."""
        body: dict[str, object] = {
            "Sid": self.sid,
            "Effect": "Allow",
            "Action": sorted(self.actions),
            "Resource": list(self.resources),
        }
        return body | ({"Condition": dict(self.conditions)} if self.conditions else {})


def actions_of(service: str, names: str) -> list[str]:
    """The full names of actions of one service, given with spaces between them."""
    return [f"{service}:{name}" for name in names.split()]

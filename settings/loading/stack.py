"""A stack's settings: one frozen tree, read once, every mistake told at once and before any resource."""

import json
from collections.abc import Callable, Mapping
from datetime import date
from typing import Annotated, Any

from pydantic import AfterValidator, Field, PrivateAttr

from settings import clock
from settings.derived.address_plan import layout
from settings.derived.capacity import node_zones, pool_facts
from settings.derived.deployed import Deployed
from settings.derived.platform_facts import PlatformFacts, PlatformNotReadyError
from settings.issues import NAMESPACE, Issue, SettingsError
from settings.loading.partial import read_partial_settings
from settings.models.account import AssumeRole, account_advice
from settings.models.base import (
    AccountId,
    Name,
    PolicyArn,
    PoolName,
    Region,
    ServiceName,
    SettingsModel,
    TagKey,
    TagValue,
    Text,
)
from settings.models.bucket import BucketSettings
from settings.models.budget import BudgetSettings
from settings.models.cluster import ClusterSettings
from settings.models.network import NetworkSettings
from settings.models.pools import Pool, PoolFacts
from settings.models.services.base import ServiceSettings
from settings.validation.bucket_prefixes import shared_prefixes
from settings.validation.drain_warnings import drain_advice
from settings.validation.lifecycle_warnings import destroy_advice, range_advice, release_advice
from settings.validation.option_review import reviewed_option
from settings.validation.partial import PartialSettings
from settings.validation.stack import check
from settings.validation.version_support import support_advice
from settings.validation.warnings import address_advice, advice, room_advice

TOKEN = "hf_api_token"  # noqa: S105  the key's name, not a token
_TEXTS = frozenset({"owner", "cost_center", "account", "region", "permissions_boundary", "namespace", "platform"})
_NOT_SET = frozenset({"", "null", "{}", "[]", "false"})
"""What Pulumi.yaml gives as default to optional keys; each is the default here too."""


def _secret(value: object) -> object:
    if isinstance(value, str):
        raise ValueError(  # noqa: TRY004  pydantic reports ValueError
            f"is stored in plain text: revoke it, then set another with `pulumi config set --secret {NAMESPACE}:{TOKEN}`"
        )
    return value


class Settings(SettingsModel):
    """What platform stacks and team stacks have in common."""

    owner: TagValue
    """Team that answers for the stack; a tag of what the program makes, load balancers included, and a label."""
    cost_center: TagValue | None = None
    """Where its cost is booked; a tag."""
    tags: dict[TagKey, TagValue] = Field(default_factory=dict)
    """Further AWS tags, NAME: VALUE."""
    account: AccountId | None = None
    """AWS account, 12 digits: with credentials of another one nothing is read or changed; a team stack has the platform's."""
    assume_role: AssumeRole | None = None
    """Role to call AWS and the cluster with, in place of the credentials as they are; a team stack has the platform's and
    takes no other."""
    permissions_boundary: PolicyArn | None = None
    """ARN of the IAM policy that bounds every role of the stack."""
    budget: BudgetSettings | None = None
    """Most the stack may cost; what may cost more is refused."""
    namespace: Name
    """Kubernetes namespace of the services; default llm, on a team stack the stack's name."""
    services: dict[ServiceName, ServiceSettings] = Field(default_factory=dict)
    """Services by name."""
    hf_api_token: Annotated[object, AfterValidator(_secret)] = None
    """Secret: Hugging Face token, for models whose licence must be accepted on the Hub."""


class PlatformSettings(Settings):
    """A stack with network, cluster, pools and bucket, and maybe services."""

    region: Region
    """AWS region, such as us-east-1."""
    protect: bool = False
    """Pulumi refuses to delete the bucket and its key."""
    network: NetworkSettings = NetworkSettings()
    """VPC and subnets."""
    cluster: ClusterSettings
    """EKS cluster: at least api_access and admins."""
    pools: dict[PoolName, Pool]
    """Node pools by name: one of kind system, any of kind cpu and gpu."""
    bucket: BucketSettings = BucketSettings()
    """Bucket of model weights."""
    team_options: tuple[Annotated[Text, AfterValidator(reviewed_option)], ...] = ()
    """Options of `vllm serve` that team stacks may set although they run code, open files or send data out."""

    def advice(self) -> list[Issue]:
        """What is allowed but has a price; one warning each."""
        pools = self.facts.pools
        return [
            *account_advice(self.account, self.cluster.admins),
            *advice(self.services, pools),
            *room_advice(self.services, pools),
            *address_advice(self.network, pools),
            *support_advice(self.cluster, clock.today()),
            *drain_advice(self.services, pools, forced=self.cluster.force_update_version),
            *release_advice(self.cluster, self.pools),
            *destroy_advice(self.cluster, protect=self.protect),
        ]

    @property
    def node_zones(self) -> tuple[str, ...]:
        """Letters of the zones in which any pool stands."""
        return node_zones(self.network, self.pools)

    @property
    def facts(self) -> PlatformFacts:
        """What services, here and on team stacks, must know of the platform."""
        return platform_facts(dict(self), pool_facts(self.pools, self.services))


class TeamSettings(Settings):
    """A stack of services only, on the cluster of a platform stack."""

    platform: Annotated[Text, Field(min_length=1)]
    """Platform stack, such as dev; or organization/project/stack."""
    region: Region | None = None
    """The platform's region; it may be left out."""
    _facts: PlatformFacts = PrivateAttr()

    @property
    def facts(self) -> PlatformFacts:
        """What services must know of the platform."""
        return self._facts

    def advice(self) -> list[Issue]:
        """What is allowed but has a price; one warning each."""
        pools = self._facts.pools
        return [
            *advice(self.services, pools),
            *drain_advice(self.services, pools),
            *range_advice(self.services, self._facts),
        ]


def platform_facts(values: Mapping[str, Any], pools: Mapping[str, PoolFacts]) -> PlatformFacts:
    """What a platform stack exports of itself.

    Args:
        values: its validated top-level settings by key, at least region and network; others may be missing in a file
            with mistakes, and count as not set.
        pools: facts of its pools.
    """
    network: NetworkSettings = values["network"]
    plan = layout(network)
    return PlatformFacts(
        region=values["region"],
        account=values.get("account"),
        assume_role=values.get("assume_role"),
        zones=network.zones,
        namespace=values.get("namespace", ""),
        load_balancer_cidrs={
            "internal": tuple(plan.control.values()),
            "internet-facing": tuple(plan.public.values()),
        },
        pools=dict(pools),
        shared_prefixes=shared_prefixes(values.get("bucket", BucketSettings()), values.get("services", {})),
        team_options=values.get("team_options", ()),
        network_cidr=network.cidr,
    )


def new_partial_settings(
    raw: Mapping[str, object], *, stack: str, foreign: Mapping[str, object] | None = None
) -> PartialSettings:
    """Settings that are still to be read, with the namespace that a stack has unless it names one."""
    team = "platform" in raw
    return PartialSettings(
        stack=stack, team=team, raw={"namespace": stack if team else "llm"} | dict(raw), foreign=foreign or {}
    )


def read_platform(partial: PartialSettings) -> None:
    """Read a platform stack's settings, and what follows of them for its services."""
    read_partial_settings(PlatformSettings, partial)
    partial.facts = pool_facts(partial.pools, partial.services)
    partial.zones = partial.network.zones if partial.network else ()


def parse(
    raw: Mapping[str, object],
    *,
    stack: str,
    platform: Callable[[str], PlatformFacts] | None = None,
    foreign: Mapping[str, object] | None = None,
    today: date | None = None,
    deployed: Deployed | None = None,
) -> PlatformSettings | TeamSettings:
    """Settings from plain data, as they stand in a stack file below ``llm-platform:``.

    Args:
        raw: the settings by key.
        stack: name of the stack.
        platform: reads what a platform stack exports; needed for a team stack. It raises PlatformNotReadyError.
        foreign: what stands there below other namespaces, by full key.
        today: the day it is; None: nothing is refused for its date.
        deployed: the platform stack's own last update; None if it is not known whether there was one.

    Raises:
        SettingsError: they have mistakes.
    """
    partial = new_partial_settings(raw, stack=stack, foreign=foreign)
    partial.today, partial.deployed = today, deployed
    return _parse_team(partial, platform) if partial.team else _parse_platform(partial)


def _parse_platform(partial: PartialSettings) -> PlatformSettings:
    read_platform(partial)
    check(partial)
    if partial.issues:
        raise SettingsError(partial.issues)
    return PlatformSettings.model_construct(**partial.values)


def _parse_team(partial: PartialSettings, platform: Callable[[str], PlatformFacts] | None) -> TeamSettings:
    read_partial_settings(TeamSettings, partial)
    facts = _read_facts(partial, platform)
    if facts:
        partial.use_platform(facts)
    check(partial)
    if facts is None or partial.issues:
        raise SettingsError(partial.issues)
    settings = TeamSettings.model_construct(**partial.values)
    # What calls AWS is the stack's own where it is set.
    caller = {"account": partial.account, "assume_role": partial.assume_role}
    settings._facts = facts.model_copy(update=caller)  # noqa: SLF001  its own class's
    return settings


def _read_facts(partial: PartialSettings, platform: Callable[[str], PlatformFacts] | None) -> PlatformFacts | None:
    if partial.values.get("platform") == partial.stack:
        partial.add_issue("names this stack itself: name the platform stack, such as dev", "platform")
    elif "platform" in partial.values:
        if platform is None:
            raise TypeError("a team stack's settings need a reader of its platform's facts")
        try:
            return platform(partial.values["platform"])
        except PlatformNotReadyError as error:
            partial.add_issue(str(error), "platform")
    return None


def from_text(key: str, text: str) -> object:
    """What a top-level setting is when Pulumi hands it over as ``text``; None if it is not set."""
    if text in _NOT_SET:
        return None
    return text if key in _TEXTS else _from_json(text)


def foreign_value(value: object) -> object:
    """A value below another namespace: Pulumi hands lists and maps over as JSON text, a stack file has them as they are."""
    return _from_json(value) if isinstance(value, str) else value


def _from_json(text: str) -> object:
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        return text

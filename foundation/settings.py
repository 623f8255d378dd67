"""A stack's settings: one frozen tree, read once, every mistake told at once and before any resource."""

import json
from collections.abc import Mapping
from datetime import date
from typing import Annotated

import pulumi
from pulumi.runtime import config as runtime_config
from pydantic import AfterValidator, Field, PrivateAttr

from foundation import clock
from foundation.account_settings import AssumeRole, account_advice
from foundation.advice import address_advice, advice, room_advice
from foundation.bucket_prefixes import shared_prefixes
from foundation.bucket_settings import BucketSettings
from foundation.budget_settings import BudgetSettings
from foundation.capacity import node_zones, pool_facts
from foundation.checks import check
from foundation.cluster_settings import ClusterSettings
from foundation.deployed import Deployed, read_deployed
from foundation.draft import Draft, read_draft
from foundation.drain_advice import drain_advice
from foundation.lifecycle_advice import destroy_advice, range_advice, release_advice
from foundation.network import layout
from foundation.network_settings import NetworkSettings
from foundation.option_review import reviewed_option
from foundation.platform_facts import PlatformFacts, PlatformNotReadyError, read_platform_facts
from foundation.pool_settings import Pool
from foundation.problems import NAMESPACE, Problem, SettingsError
from foundation.service_settings import ServiceSettings
from foundation.spec import AccountId, Name, PolicyArn, PoolName, Region, ServiceName, Spec, TagKey, TagValue, Text
from foundation.version_support import support_advice

TOKEN = "hf_api_token"  # noqa: S105  the key's name, not a token
_TEXTS = frozenset({"owner", "cost_center", "account", "region", "permissions_boundary", "namespace", "platform"})
_NOT_SET = frozenset({"", "null", "{}", "[]", "false"})
"""What Pulumi.yaml gives as default to optional keys; each is the default here too."""
_IN_PLAIN_TEXT = "in plain text"


def _secret(value: object) -> object:
    if value is None or isinstance(value, pulumi.Output):
        return value
    raise ValueError(
        f"is stored in plain text: revoke it, then set another with `pulumi config set --secret {NAMESPACE}:{TOKEN}`"
    )


class Settings(Spec):
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
    """Role to call AWS and the cluster with, in place of the credentials as they are; a team stack has the platform's."""
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

    @property
    def hub_token(self) -> pulumi.Output[str] | None:
        """The Hugging Face token, if one is set."""
        return self.hf_api_token if isinstance(self.hf_api_token, pulumi.Output) else None

    @staticmethod
    def load() -> "PlatformSettings | TeamSettings":
        """The settings of the stack that is being deployed.

        Raises:
            pulumi.RunError: they have mistakes; one line each.
        """
        try:
            settings = parse(
                _read_config(),
                stack=pulumi.get_stack(),
                foreign=_read_foreign(),
                today=clock.today(),
                deployed=read_deployed(pulumi.get_stack()),
            )
        except SettingsError as error:
            count = len(error.problems)
            title = f"{count} mistake{'s' if count > 1 else ''} in the settings of stack {pulumi.get_stack()}:"
            raise pulumi.RunError(f"{title}\n{error}") from None
        for line in settings.advice():
            pulumi.log.warn(str(line))
        return settings


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

    def advice(self) -> list[Problem]:
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
        plan = layout(self.network)
        return PlatformFacts(
            region=self.region,
            account=self.account,
            assume_role=self.assume_role,
            zones=self.network.zones,
            namespace=self.namespace,
            load_balancer_cidrs={
                "internal": tuple(plan.control.values()),
                "internet-facing": tuple(plan.public.values()),
            },
            pools=pool_facts(self.pools, self.services),
            shared_prefixes=shared_prefixes(self.bucket, self.services),
            team_options=self.team_options,
            network_cidr=self.network.cidr,
        )


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

    def advice(self) -> list[Problem]:
        """What is allowed but has a price; one warning each."""
        pools = self._facts.pools
        return [
            *advice(self.services, pools),
            *drain_advice(self.services, pools),
            *range_advice(self.services, self._facts),
        ]


def parse(
    raw: Mapping[str, object],
    *,
    stack: str,
    foreign: Mapping[str, object] | None = None,
    today: date | None = None,
    deployed: Deployed | None = None,
) -> PlatformSettings | TeamSettings:
    """Settings from plain data, as they stand in a stack file below ``llm-platform:``.

    Args:
        raw: the settings by key.
        stack: name of the stack.
        foreign: what stands there below other namespaces, by full key.
        today: the day it is; None: nothing is refused for its date.
        deployed: the platform stack's own last update; None if it is not known whether there was one.

    Raises:
        SettingsError: they have mistakes.
    """
    draft = Draft(
        stack=stack,
        team="platform" in raw,
        raw={"namespace": stack if "platform" in raw else "llm"} | dict(raw),
        foreign=foreign or {},
        today=today,
        deployed=deployed,
    )
    return _parse_team(draft) if draft.team else _parse_platform(draft)


def _parse_platform(draft: Draft) -> PlatformSettings:
    read_draft(PlatformSettings, draft)
    draft.facts = pool_facts(draft.pools, draft.services)
    draft.zones = draft.network.zones if draft.network else ()
    check(draft)
    if draft.problems:
        raise SettingsError(draft.problems)
    return PlatformSettings.model_construct(**draft.values)


def _parse_team(draft: Draft) -> TeamSettings:
    read_draft(TeamSettings, draft)
    facts = _read_facts(draft)
    if facts:
        draft.facts, draft.zones, draft.platform = facts.pools, facts.zones, facts
    check(draft)
    if facts is None or draft.problems:
        raise SettingsError(draft.problems)
    settings = TeamSettings.model_construct(**draft.values)
    # What calls AWS is the stack's own where it is set.
    caller = {"account": draft.account, "assume_role": draft.assume_role}
    settings._facts = facts.model_copy(update=caller)  # noqa: SLF001  its own class's
    return settings


def _read_facts(draft: Draft) -> PlatformFacts | None:
    if draft.values.get("platform") == draft.stack:
        draft.problem("names this stack itself: name the platform stack, such as dev", "platform")
    elif "platform" in draft.values:
        try:
            return read_platform_facts(draft.values["platform"])
        except PlatformNotReadyError as error:
            draft.problem(str(error), "platform")
    return None


def _read_config() -> dict[str, object]:
    """Everything below the namespace: text as it is, other values as the YAML they were."""
    config = pulumi.Config(NAMESPACE)
    raw: dict[str, object] = {}
    for full_key in runtime_config.CONFIG.get():
        namespace, _, key = full_key.partition(":")
        if namespace != NAMESPACE:
            continue
        if key == TOKEN:
            secret = runtime_config.is_config_secret(full_key)
            if secret or runtime_config.CONFIG.get()[full_key]:
                raw[key] = config.get_secret(key) if secret else _IN_PLAIN_TEXT
            continue
        value = from_text(key, config.get(key) or "")
        if value is not None:
            raw[key] = value
    return raw


def _read_foreign() -> dict[str, object]:
    """What the configuration holds for others, by full key; secrets as None."""
    return {
        key: None if runtime_config.is_config_secret(key) else foreign_value(text)
        for key, text in runtime_config.CONFIG.get().items()
        if key.partition(":")[0] != NAMESPACE
    }


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

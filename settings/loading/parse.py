"""The one reader of a stack's settings: from a plain mapping to settings, derived facts and warnings, or every issue."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date

from planner.cost import BillableStack, estimate
from settings.derived.address_plan import layout
from settings.derived.autoscaled import autoscaled, handed_back, needs_keda
from settings.derived.autoscaling.decisions import decisions
from settings.derived.autoscaling.starts import replica_starts
from settings.derived.balancers import own_balancers
from settings.derived.billable import platform_billable, stack_prices, team_billable
from settings.derived.capacity import node_zones, pool_facts
from settings.derived.deployed import Deployed
from settings.derived.monitoring.sizes import prometheus_gib
from settings.derived.plan import StackPlan
from settings.derived.platform_facts import PlatformFacts, PlatformNotReadyError, platform_facts
from settings.issues import Issue, SettingsError
from settings.loading.partial import read_partial_settings
from settings.models.stack import PlatformSettings, TeamSettings
from settings.validation.kinds import KINDS
from settings.validation.partial import PartialSettings
from settings.validation.stack import check
from settings.validation.warnings import platform_warnings, team_warnings

DEFAULT_NAMESPACE = "llm"
"""Kubernetes namespace of a platform stack's own services; a team stack's is the stack's name."""

PlatformReader = Callable[[str], PlatformFacts | None]
"""Reads what a platform stack exports, by the stack's name; None if it is not known. May raise PlatformNotReadyError."""


@dataclass(frozen=True, kw_only=True)
class Parsed:
    """A stack's settings without issues."""

    settings: PlatformSettings | TeamSettings
    """The settings."""
    plan: StackPlan
    """What follows from them."""
    warnings: tuple[Issue, ...]
    """What is allowed but questionable."""


def parse(
    raw: Mapping[str, object],
    *,
    stack: str,
    platform: PlatformReader | None = None,
    foreign: Mapping[str, object] | None = None,
    today: date | None = None,
    deployed: Deployed | None = None,
) -> Parsed:
    """Settings from plain data, as a stack file has them below ``llm-platform:``.

    Args:
        raw: the settings by key.
        stack: name of the stack.
        platform: reads what a platform stack exports; needed for a team stack.
        foreign: what the configuration has below other namespaces, by full key.
        today: the day it is; None: nothing is refused, warned of or priced by its date.
        deployed: the platform stack's own last update; None if it is not known whether there was one.

    Raises:
        SettingsError: they have issues.
    """
    partial = read(raw, stack=stack, platform=platform, foreign=foreign, today=today, deployed=deployed)
    if partial.issues or not (partial.own_facts and partial.billable and partial.cost):
        raise SettingsError(partial.issues)
    timings = {
        name: KINDS[service.kind].timing(service, partial.own_facts.pools[service.pool])
        for name, service in partial.services.items()
    }
    plan = StackPlan(
        stack=stack,
        facts=partial.own_facts,
        addresses=layout(partial.network) if partial.network else None,
        node_zones=node_zones(partial.network, partial.pools) if partial.network else (),
        fits=partial.fits,
        timings=timings,
        balanced=partial.balanced,
        autoscaling=decisions(
            partial.services, partial.fits, replica_starts(partial.services, partial.own_facts.pools, timings)
        ),
        autoscaled=autoscaled(partial.services, deployed),
        # Without KEDA, which the platform stack may have removed, nothing would pause them, nor scale them.
        handed_back=handed_back(partial.services, deployed) if partial.own_facts.keda else frozenset(),
        keda_goes=bool(deployed and deployed.keda) and not partial.team and partial.own_facts.keda is None,
        prometheus_gib=prometheus_gib(partial.values.get("monitoring"), deployed.prometheus_gib if deployed else None),
        billable=partial.billable,
        cost=partial.cost,
    )
    if partial.team:
        team = TeamSettings.model_construct(**partial.values)
        return Parsed(settings=team, plan=plan, warnings=tuple(team_warnings(team, plan)))
    settings = PlatformSettings.model_construct(**partial.values)
    return Parsed(settings=settings, plan=plan, warnings=tuple(platform_warnings(settings, plan, today)))


def read(
    raw: Mapping[str, object],
    *,
    stack: str,
    platform: PlatformReader | None = None,
    foreign: Mapping[str, object] | None = None,
    today: date | None = None,
    deployed: Deployed | None = None,
) -> PartialSettings:
    """Settings as far as they are right, with every issue and what follows from the rest; see :func:`parse`."""
    team = "platform" in raw
    partial = PartialSettings(
        stack=stack,
        team=team,
        raw={"namespace": stack if team else DEFAULT_NAMESPACE} | dict(raw),
        foreign=foreign or {},
        today=today,
        deployed=deployed,
    )
    if team:
        read_partial_settings(TeamSettings, partial)
        _use_platform(partial, platform)
    else:
        read_partial_settings(PlatformSettings, partial)
        partial.pool_facts = pool_facts(partial.pools, partial.services)
        partial.zones = partial.network.zones if partial.network else ()
        keda = needs_keda(partial.services, partial.cluster, deployed)
        partial.own_facts = platform_facts(partial.values, partial.pool_facts, stack, keda=keda)
    partial.malformed = tuple(partial.issues)
    partial.balanced = own_balancers(partial.services, gateway=partial.has_gateway, deployed=deployed)
    partial.billable = _billable(partial)
    if partial.billable:
        partial.cost = estimate(partial.billable, stack_prices(partial.budget), today=today)
    check(partial)
    return partial


def _use_platform(partial: PartialSettings, platform: PlatformReader | None) -> None:
    """Read what a team stack runs on; what calls AWS is the stack's own where it is set."""
    name = partial.values.get("platform")
    if name is None:
        return
    if name == partial.stack:
        partial.add_issue("names this stack itself: name the platform stack, such as dev", "platform")
        return
    if platform is None:
        raise TypeError("a team stack's settings need a reader of its platform's facts")
    try:
        facts = platform(name)
    except PlatformNotReadyError as error:
        partial.add_issue(str(error), "platform")
        return
    if facts:
        partial.use_platform(facts.for_teams)


def _billable(partial: PartialSettings) -> BillableStack | None:
    """What costs money, of the pools and services that are right; None where a platform's region or network is not."""
    if partial.team:
        name = str(partial.values.get("platform", ""))
        return team_billable(
            stack=partial.stack,
            platform=name,
            facts=partial.platform,
            services=partial.services,
            balanced=partial.balanced,
        )
    if partial.region is None or partial.network is None:
        return None
    return platform_billable(
        partial.values,
        stack=partial.stack,
        facts=partial.pool_facts,
        kubernetes=partial.kubernetes_version or "",
        balanced=partial.balanced,
        extended_support=partial.support_type == "EXTENDED",
        prometheus_gib=partial.deployed.prometheus_gib if partial.deployed else None,
    )

"""What rules and scrapes depend on, from a stack's file."""

import re
from pathlib import Path

from monitoring.rules import RuleArgs, Thresholds
from monitoring.scrape import ScrapeArgs
from settings.derived.gateway.names import NAMESPACE as GATEWAY_NAMESPACE
from settings.derived.monitoring.names import GPU_NAMESPACE
from settings.derived.naming import Naming
from settings.issues import Issue, SettingsError
from settings.loading.stack_file import read_partial, refuse, stack_name
from settings.models.monitoring import MonitoringSettings
from settings.models.pools import has_karpenter
from settings.validation.partial import PartialSettings

_COUNTS = re.compile(r"(pools|gateway|monitoring|services|cluster\.keda)\b")
"""Settings that rules and scrapes follow from."""


def everything(runbooks: str) -> RuleArgs:
    """Arguments of all rules, with the default thresholds."""
    return RuleArgs(gateway=True, response_logs=True, karpenter=True, keda=True, dcgm=True, runbooks=runbooks)


def rule_args(path: Path, runbooks: str) -> RuleArgs:
    """Arguments of a platform stack's rules.

    Raises:
        StackFileError: it is not a stack file.
        SettingsError: it is a team stack's, or its settings have issues.
    """
    partial, settings = _read(path)
    return RuleArgs(
        thresholds=Thresholds(**settings.thresholds.model_dump()),
        gateway=partial.gateway is not None,
        response_logs=partial.gateway is not None and partial.gateway.response_logs is not None,
        karpenter=has_karpenter(partial.pools),
        keda=_keda(partial) is not None,
        dcgm=_has_gpus(partial),
        runbooks=runbooks,
    )


def scrape_args(path: Path, token_file: str) -> ScrapeArgs:
    """Arguments of a platform stack's scrapes, by a Prometheus of another.

    Raises:
        StackFileError: it is not a stack file.
        SettingsError: it is a team stack's, or its settings have issues.
    """
    partial, settings = _read(path)
    return ScrapeArgs(
        cluster=Naming(project="llm-platform", stack=stack_name(path), owner="").cluster,
        scrape_seconds=settings.scrape_seconds,
        gateway_namespace=GATEWAY_NAMESPACE if partial.gateway else None,
        karpenter=has_karpenter(partial.pools),
        keda_namespace=_keda(partial),
        gpu_namespace=GPU_NAMESPACE if _has_gpus(partial) else None,
        token_file=token_file,
        alertmanager=None,
    )


def _keda(partial: PartialSettings) -> str | None:
    """Namespace of the platform's KEDA, if it has one."""
    return partial.own_facts.keda.namespace if partial.own_facts and partial.own_facts.keda else None


def _read(path: Path) -> tuple[PartialSettings, MonitoringSettings]:
    partial, _ = read_partial(path)
    if partial.team:
        raise SettingsError(
            [Issue("platform", "is a team stack's, and rules are its platform's: name the platform stack")]
        )
    refuse(partial.malformed, _COUNTS)
    return partial, partial.values.get("monitoring") or MonitoringSettings()


def _has_gpus(partial: PartialSettings) -> bool:
    return any(pool.kind == "gpu" for pool in partial.pools.values())

"""What AWS's calendar says of the cluster's Kubernetes version: refused for a new cluster, warned of for one that runs.

EKS refuses to make a cluster of a version out of standard support unless its support type is EXTENDED (EKS User Guide,
"Create an Amazon EKS cluster", support type), and of a version out of extended support altogether. A cluster that runs
keeps working until EKS upgrades its control plane, so its settings must stay readable.
"""

from dataclasses import dataclass
from datetime import date
from typing import Protocol

from planner.catalog.eks_versions import (
    KubernetesVersion,
    Support,
    in_standard_support,
    kubernetes_versions,
    table_date,
)
from settings.issues import Issue

NOTICE_DAYS = 60
"""EKS itself gives notice this long before the end of support (EKS User Guide, version FAQ)."""
KEY = "cluster.version"
HOW = "docs/operations.md has the steps"


class Versioned(Protocol):
    """What is judged: a cluster's settings, or a part of them."""

    @property
    def version(self) -> str:
        """Kubernetes version, such as ``1.35``."""

    @property
    def support_type(self) -> str:
        """STANDARD or EXTENDED."""


@dataclass(frozen=True, kw_only=True)
class SupportedVersion:
    """The two settings alone."""

    version: str
    support_type: str


def cannot_be_created(cluster: Versioned, today: date) -> str | None:
    """Why EKS would not make a cluster of this version; None if it would."""
    version = kubernetes_versions().get(cluster.version)
    if version is None:
        return None
    support = version.support(today)
    if support is Support.ENDED:
        return f"{version.name} left EKS's extended support on {version.extended_until}: set {_choices(today)}"
    if support is Support.EXTENDED and cluster.support_type == "STANDARD":
        return (
            f"{version.name} left EKS's standard support on {version.standard_until}, so EKS makes no new cluster of it: "
            f"set {_choices(today)}, or cluster.support_type EXTENDED and pay more"
        )
    return None


def support_warnings(cluster: Versioned, today: date) -> list[Issue]:
    """A warning if the version is out of standard support, soon will be, or is not in the table.

    Args:
        cluster: settings of the cluster.
        today: the day it is.
    """
    version = kubernetes_versions().get(cluster.version)
    if version is None:
        return [Issue(KEY, f"{cluster.version} is newer than this release's table of {table_date()}: dates unknown")]
    message = _warning(version, cluster, today)
    return [Issue(KEY, message)] if message else []


def _warning(version: KubernetesVersion, cluster: Versioned, today: date) -> str | None:
    support, extended = version.support(today), cluster.support_type == "EXTENDED"
    if support is Support.ENDED:
        return (
            f"{version.name} left EKS's extended support on {version.extended_until}: EKS upgrades the control plane by "
            f"itself; upgrade it first, one minor at a time ({HOW})"
        )
    if support is Support.EXTENDED and not extended:
        return (
            f"{version.name} left EKS's standard support on {version.standard_until}: EKS upgrades the control plane by "
            f"itself under support_type STANDARD; set the next minor, or the one EKS has moved it to ({HOW})"
        )
    if support is Support.EXTENDED:
        days = (version.extended_until - today).days
        ends = f"extended support ends on {version.extended_until}"
        return f"{version.name} costs 0.60 instead of 0.10 US dollars an hour, and {ends}, in {days} days: upgrade it"
    days = (version.standard_until - today).days
    if support is Support.STANDARD and days <= NOTICE_DAYS:
        then = "it costs more" if extended else "EKS upgrades the control plane by itself"
        return (
            f"{version.name} leaves EKS's standard support on {version.standard_until}, in {days} days; then {then}: "
            f"set the next minor ({HOW})"
        )
    return None


def _choices(today: date) -> str:
    return " or ".join(f'"{name}"' for name in in_standard_support(today)) or "a newer version"

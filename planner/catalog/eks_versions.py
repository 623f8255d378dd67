"""Kubernetes versions of EKS, and until when AWS supports each: one dated table for settings, guardrails and costs.

The dates are those of the release calendar in the Amazon EKS User Guide. Nothing here reads a clock: *today* is an
argument.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import Enum
from functools import cache
from types import MappingProxyType

from planner.tables import read_table

NEWER = 3
"""How many minors beyond the table are still believed: EKS adds about three a year, and upgrades clusters by itself."""
_MINOR = re.compile(r"1\.(\d{1,3})")


class Support(Enum):
    """What AWS gives a version on a day."""

    NOT_YET = "not released"
    STANDARD = "standard support"
    EXTENDED = "extended support"
    ENDED = "no support"


@dataclass(frozen=True, kw_only=True)
class KubernetesVersion:
    """One minor version on EKS."""

    name: str
    """Such as ``1.35``."""
    released: date
    """First day EKS offers it."""
    standard_until: date
    """Last day of standard support: then it costs more under EXTENDED, and EKS upgrades it by itself under STANDARD."""
    extended_until: date
    """Last day of extended support: then EKS upgrades every cluster by itself."""

    def support(self, today: date) -> Support:
        """What AWS gives it on a day."""
        if today < self.released:
            return Support.NOT_YET
        if today <= self.standard_until:
            return Support.STANDARD
        return Support.EXTENDED if today <= self.extended_until else Support.ENDED


@cache
def kubernetes_versions() -> Mapping[str, KubernetesVersion]:
    """Every version of the table by name, oldest first."""
    rows = _table()["versions"]
    assert isinstance(rows, dict)  # noqa: S101  the shape of a file that ships with the project
    found = [
        KubernetesVersion(name=name, **{key: date.fromisoformat(day) for key, day in row.items()})
        for name, row in rows.items()
    ]
    return MappingProxyType({one.name: one for one in sorted(found, key=lambda one: minor(one.name))})


def table_date() -> str:
    """The day the table was last compared with AWS's calendar."""
    return str(_table()["date"])


def minor(name: str) -> int:
    """The minor number: 35 of ``1.35``.

    Raises:
        ValueError: it is not a version of that form.
    """
    found = _MINOR.fullmatch(name)
    if not found:
        raise ValueError(f"{name!r} is not a Kubernetes version: write it like '1.35', in quotes")
    return int(found[1])


def newest() -> KubernetesVersion:
    """The newest version of the table."""
    return list(kubernetes_versions().values())[-1]


def in_standard_support(today: date) -> tuple[str, ...]:
    """Names of the versions in standard support on a day, oldest first."""
    return tuple(name for name, one in kubernetes_versions().items() if one.support(today) is Support.STANDARD)


def known(name: str) -> bool:
    """Whether EKS has, or by now may have, a version: one of the table, or a few minors newer than its newest."""
    return name in kubernetes_versions() or 0 < minor(name) - minor(newest().name) <= NEWER


@cache
def _table() -> Mapping[str, object]:
    return read_table("kubernetes-versions.json")

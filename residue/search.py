"""All finders at once, each in a thread of its own; what could not be looked at is named."""

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from preflight.cloud import CloudError
from residue.context import Context
from residue.finders import cluster, compute, identity, images, load_balancers, logs, messaging, network, tagged
from residue.resource import Resource

Finder = Callable[[Context], Iterable[Resource]]
FINDERS: tuple[tuple[str, Finder], ...] = (
    ("load balancers", load_balancers.find),
    ("the cluster", cluster.find),
    ("instances and volumes", compute.find),
    ("the interruption queue", messaging.find),
    ("the network", network.find),
    ("log groups", logs.find),
    ("cached images", images.find),
    ("IAM", identity.find),
    ("tagged resources", tagged.find),
)
"""In the order in which what they find can be deleted."""


@dataclass(frozen=True, kw_only=True)
class Residue:
    """What is left of a stack."""

    resources: tuple[Resource, ...]
    """Everything found, in the order of deletion; what is kept on purpose last."""
    unchecked: tuple[str, ...] = ()
    """What could not be looked at, and why."""

    @property
    def unwanted(self) -> tuple[Resource, ...]:
        """What nothing keeps on purpose."""
        return tuple(one for one in self.resources if not one.kept)

    @property
    def deployed(self) -> bool:
        """Whether it looks like a stack that was never destroyed: its cluster is active."""
        return any(one.kind == cluster.KIND and cluster.ACTIVE in one.detail for one in self.resources)

    @property
    def usd_per_month(self) -> float:
        """US dollars a month of everything whose price is known."""
        return sum(one.usd_per_month or 0 for one in self.resources)

    def as_json(self) -> dict[str, Any]:
        """The result as plain data."""
        return {
            "resources": [one.as_json() for one in self.resources],
            "usd_per_month": round(self.usd_per_month, 2),
            "unchecked": list(self.unchecked),
        }


def search(context: Context, finders: Iterable[tuple[str, Finder]] = FINDERS) -> Residue:
    """Look for everything of a stack; a finder that AWS refuses is named in the result."""
    chosen = tuple(finders)
    with ThreadPoolExecutor(max_workers=len(chosen) or 1, thread_name_prefix="residue") as pool:
        answers = list(pool.map(lambda one: _look(context, *one), chosen))
    found = {(one.kind, one.id): one for answer in answers for one in answer if isinstance(one, Resource)}
    return Residue(
        resources=tuple(sorted(found.values(), key=lambda one: bool(one.kept))),
        unchecked=tuple(one for answer in answers for one in answer if isinstance(one, str)),
    )


def _look(context: Context, name: str, finder: Finder) -> list[Resource | str]:
    found: list[Resource | str] = []
    try:
        found.extend(finder(context))
    except CloudError as problem:
        found.append(f"{name}: {problem}")
    return found

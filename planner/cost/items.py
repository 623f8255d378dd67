"""What an estimate is made of: lines with their basis and the date of their price, and the sums over them."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

from planner.cost.prices import Price
from planner.cost.tokens import TokenCost

HOURS_A_MONTH = 730
"""8760 hours a year by twelve, as AWS's own calculator has it."""


@dataclass(frozen=True, kw_only=True)
class Amounts:
    """US dollars an hour at three sizes of the stack."""

    minimum: float
    """Every pool at its smallest."""
    deployed: float
    """As a deployment makes it."""
    maximum: float
    """Every pool at its largest."""

    @classmethod
    def fixed(cls, usd_per_hour: float) -> "Amounts":
        """The same at every size."""
        return cls(minimum=usd_per_hour, deployed=usd_per_hour, maximum=usd_per_hour)

    @property
    def per_month(self) -> "Amounts":
        """US dollars a month of 730 hours."""
        return self * HOURS_A_MONTH

    def __add__(self, other: "Amounts") -> "Amounts":
        """The sum, size by size."""
        return Amounts(
            minimum=self.minimum + other.minimum,
            deployed=self.deployed + other.deployed,
            maximum=self.maximum + other.maximum,
        )

    def __mul__(self, factor: float) -> "Amounts":
        """Each size times ``factor``."""
        return Amounts(minimum=self.minimum * factor, deployed=self.deployed * factor, maximum=self.maximum * factor)


NOTHING = Amounts.fixed(0)


@dataclass(frozen=True, kw_only=True)
class Item:
    """One line of an estimate."""

    key: str
    """Its name within the stack, the same in every estimate of it, such as ``pools.g5.nodes``."""
    what: str
    """What it is, in words."""
    amounts: Amounts | None
    """At list prices, on demand; None where a price is not known."""
    spot: Amounts | None = None
    """At the assumed spot price, for spot nodes only."""
    basis: str
    """How it was computed."""
    prices: tuple[Price, ...]
    """The prices it was computed with; none where they are not known."""

    @property
    def source(self) -> str:
        """Who says its prices, where they hold and when."""
        return "; ".join(dict.fromkeys(price.origin for price in self.prices))

    @property
    def expected(self) -> Amounts | None:
        """At the assumed spot price where it is spot, else at list price."""
        return self.spot if self.spot is not None else self.amounts


@dataclass(frozen=True, kw_only=True)
class ServiceCost:
    """What a service occupies and adds; its GPUs are a share of the nodes' lines, not on top of them."""

    name: str
    """Name of the service."""
    gpus: int
    """GPUs of all its replicas."""
    gpu_usd_per_hour: float | None
    """Those GPUs' share of their nodes on demand; None where the price is not known."""
    spot_gpu_usd_per_hour: float | None
    """The same at the assumed spot price; None where the pool is on demand."""
    load_balancer_usd_per_hour: float | None
    """Its load balancer, without traffic; None where the price is not known."""
    tokens: TokenCost | None
    """Dollars for a million output tokens; None where nothing is known to compute it from."""
    note: str = ""
    """Why something is not known."""
    vcpus: float = 0
    """vCPUs that all its replicas request, for a service without GPUs."""
    cpu_usd_per_hour: float | None = None
    """Those vCPUs' share of their nodes on demand; None where the price is not known, or for a service with GPUs."""
    spot_cpu_usd_per_hour: float | None = None
    """The same at the assumed spot price; None where the pool is on demand."""
    volumes_usd_per_hour: float = 0
    """Its pods' volumes."""
    least_share: float | None = None
    """Share of its pods that an autoscaler leaves at least; None for a fixed number."""

    @property
    def node_usd_per_hour(self) -> float | None:
        """Its share of the nodes on demand: by GPUs, or by vCPUs where it has none; None where it is not known."""
        return self.cpu_usd_per_hour if self.vcpus else self.gpu_usd_per_hour

    @property
    def spot_node_usd_per_hour(self) -> float | None:
        """The same at the assumed spot price; None where the pool is on demand."""
        return self.spot_cpu_usd_per_hour if self.vcpus else self.spot_gpu_usd_per_hour

    @property
    def usd_per_hour(self) -> float | None:
        """Its share of the nodes on demand, its load balancer and its volumes."""
        if self.node_usd_per_hour is None or self.load_balancer_usd_per_hour is None:
            return None
        return self.node_usd_per_hour + self.load_balancer_usd_per_hour + self.volumes_usd_per_hour

    @property
    def least_usd_per_hour(self) -> float | None:
        """The same with the fewest pods; None for a fixed number, or where a price is not known."""
        if self.least_share is None or self.node_usd_per_hour is None or self.load_balancer_usd_per_hour is None:
            return None
        return (self.node_usd_per_hour + self.volumes_usd_per_hour) * self.least_share + self.load_balancer_usd_per_hour

    def as_dict(self) -> dict[str, Any]:
        """As plain data."""
        least = self.least_usd_per_hour
        return {
            "usd_per_hour": _cents(self.usd_per_hour),
            **({} if least is None else {"least_usd_per_hour": _cents(least)}),
            "gpus": self.gpus,
            "gpu_usd_per_hour": _cents(self.gpu_usd_per_hour),
            "spot_gpu_usd_per_hour": _cents(self.spot_gpu_usd_per_hour),
            **self._cpu(),
            "load_balancer_usd_per_hour": _cents(self.load_balancer_usd_per_hour),
            "usd_per_million_output_tokens": None
            if self.tokens is None
            else {
                "low": _cents(self.tokens.usd_low),
                "high": _cents(self.tokens.usd_high),
                "tokens_per_second_low": round(self.tokens.tokens_per_second_low, 1),
                "tokens_per_second_high": round(self.tokens.tokens_per_second_high, 1),
                "busy": self.tokens.busy,
                "basis": self.tokens.basis,
            },
            "note": self.note,
        }

    def _cpu(self) -> dict[str, Any]:
        if not self.vcpus:
            return {}
        return {
            "vcpus": self.vcpus,
            "cpu_usd_per_hour": _cents(self.cpu_usd_per_hour),
            "spot_cpu_usd_per_hour": _cents(self.spot_cpu_usd_per_hour),
            "volumes_usd_per_hour": _cents(self.volumes_usd_per_hour),
        }


@dataclass(frozen=True, kw_only=True)
class Estimate:
    """What a stack costs."""

    stack: str
    """Name of the stack."""
    region: str | None
    """Where the stack stands."""
    items: tuple[Item, ...]
    """Every line it pays for."""
    services: tuple[ServiceCost, ...] = ()
    """What each service occupies."""
    not_counted: tuple[str, ...] = ()
    """What it costs beside the lines, with its price."""
    notes: tuple[str, ...] = ()
    """What people should know of the figures."""

    @property
    def total(self) -> Amounts:
        """Sum of all known lines at list prices, spot nodes at their on-demand price: spot is never more expensive."""
        return total(item.amounts for item in self.items)

    @property
    def expected(self) -> Amounts:
        """The sum with spot nodes at the assumed spot price."""
        return total(item.expected for item in self.items)

    @property
    def gaps(self) -> tuple[str, ...]:
        """Lines whose price is not known: the sums leave them out."""
        return tuple(f"{item.key}: {item.basis}" for item in self.items if item.amounts is None)

    @property
    def occupied(self) -> float:
        """US dollars an hour of the GPUs and vCPUs its services occupy, on demand; what is not known is omitted."""
        return sum(service.node_usd_per_hour or 0 for service in self.services)

    @property
    def sources(self) -> tuple[str, ...]:
        """Every source of its prices, with its date."""
        return tuple(sorted({price.origin for item in self.items for price in item.prices}))

    @property
    def dates(self) -> str:
        """The day of its prices, or the first and the last one."""
        found = sorted({price.date for item in self.items for price in item.prices if price.date})
        return " to ".join(dict.fromkeys((found[0], found[-1]))) if found else ""

    @property
    def priced(self) -> str:
        """Where and when its prices hold, such as ``us-east-1 prices of 2026-07-20``; prices of one's own are "own"."""
        regions = sorted({price.region or "own" for item in self.items for price in item.prices})
        return f"{', '.join(regions) or 'no'} prices{f' of {self.dates}' if self.dates else ''}"

    def elsewhere(self) -> tuple[Item, ...]:
        """Lines computed with prices of another region than the stack's."""
        return tuple(
            item for item in self.items if any(price.region not in {None, self.region} for price in item.prices)
        )

    def largest(self, count: int) -> tuple[Item, ...]:
        """The most expensive lines at the stack's largest size."""
        known = [item for item in self.items if item.amounts is not None]
        return tuple(sorted(known, key=lambda item: -item.amounts.maximum if item.amounts else 0)[:count])

    def as_dict(self) -> dict[str, Any]:
        """Everything as plain data."""
        return {
            **self.summary(),
            "items": [
                {
                    "key": item.key,
                    "what": item.what,
                    "usd_per_hour": rounded(item.amounts) if item.amounts else None,
                    "usd_per_month": rounded(item.amounts.per_month) if item.amounts else None,
                    "spot_usd_per_hour": rounded(item.spot) if item.spot else None,
                    "basis": item.basis,
                    "source": item.source,
                }
                for item in self.items
            ],
            "sources": list(self.sources),
        }

    def summary(self) -> dict[str, Any]:
        """The sums and what they mean, as plain data."""
        return {
            "stack": self.stack,
            "currency": "USD",
            "usd_per_hour": rounded(self.total),
            "usd_per_month": rounded(self.total.per_month),
            "with_spot_discount": {
                "usd_per_hour": rounded(self.expected),
                "usd_per_month": rounded(self.expected.per_month),
            },
            "occupied_gpus_usd_per_hour": round(self.occupied, 4),
            "services": {one.name: one.as_dict() for one in self.services},
            "region": self.region,
            "date": self.dates,
            "source": "; ".join(self.sources),
            "gaps": list(self.gaps),
            "not_counted": list(self.not_counted),
            "notes": list(self.notes),
        }


def total(amounts: Iterable[Amounts | None]) -> Amounts:
    """The sum of what is known."""
    return sum((one for one in amounts if one is not None), NOTHING)


def _cents(usd: float | None) -> float | None:
    """To the hundredth of a cent."""
    return None if usd is None else round(usd, 4)


def rounded(amounts: Amounts) -> dict[str, float]:
    """As plain data, to the hundredth of a cent."""
    return {name: round(usd, 4) for name, usd in asdict(amounts).items()}

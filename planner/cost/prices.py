"""Prices with their source and date: the tables in ``planner/data``, and what may replace them."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cache
from types import MappingProxyType

from planner.tables import read_table

OWN_PRICES = "the stack's budget.instance_usd_per_hour"
"""Source of prices that stand in the stack's own settings."""


class Rate(StrEnum):
    """What has a price beside the nodes; the values are the tables' keys."""

    EKS_CLUSTER = "eks_cluster"
    EKS_EXTENDED = "eks_cluster_extended_support"
    NAT_GATEWAY = "nat_gateway"
    LOAD_BALANCER = "application_or_network_load_balancer"
    ENDPOINT = "interface_endpoint_per_az"
    PUBLIC_IPV4 = "public_ipv4_address"
    GP3 = "gp3"
    GP3_IOPS = "gp3_iops"
    GP3_THROUGHPUT = "gp3_throughput_mib_s"
    S3 = "s3_standard"
    FSX = "fsx_lustre_persistent2_125"
    KMS_KEY = "kms_key"
    NAT_DATA = "nat_gateway_data"
    LOGS = "cloudwatch_logs"
    ALARM = "cloudwatch_alarm"
    DASHBOARD = "cloudwatch_dashboard"
    OBSERVATIONS = "cloudwatch_observations_million"
    SAMPLES = "prometheus_samples_10_million"


UNITS: Mapping[Rate, str] = MappingProxyType(
    {
        **dict.fromkeys(
            (Rate.EKS_CLUSTER, Rate.EKS_EXTENDED, Rate.NAT_GATEWAY, Rate.LOAD_BALANCER, Rate.ENDPOINT), "an hour"
        ),
        Rate.PUBLIC_IPV4: "an hour",
        **dict.fromkeys((Rate.GP3, Rate.S3, Rate.FSX), "a GiB and month"),
        **dict.fromkeys((Rate.GP3_IOPS, Rate.GP3_THROUGHPUT, Rate.KMS_KEY, Rate.ALARM, Rate.DASHBOARD), "a month"),
        Rate.OBSERVATIONS: "a million",
        Rate.SAMPLES: "10 million",
        **dict.fromkeys((Rate.NAT_DATA, Rate.LOGS), "a GiB"),
    }
)
"""What each price is for; AWS writes GB where it bills GiB."""


@dataclass(frozen=True, kw_only=True)
class Price:
    """One price."""

    usd: float
    """US dollars for one unit."""
    source: str
    """Who says so."""
    date: str
    """When they said so, YYYY-MM-DD or YYYY-MM; empty where it holds until it is changed."""
    region: str | None
    """AWS region it holds in; None: wherever the stack stands."""

    @property
    def origin(self) -> str:
        """Source, region and date in one."""
        return ", ".join(part for part in (self.source, self.region, self.date) if part)


@dataclass(frozen=True, kw_only=True)
class PriceTable:
    """Prices of all that a stack is made of."""

    rates: Mapping[Rate, Price]
    """Prices of everything but nodes."""
    nodes: Mapping[str, Price]
    """Instance type to its on-demand price an hour; a type that is missing has no known price."""
    spot_discount: float
    """Share of the on-demand price that spot is assumed to save, 0 to 1."""
    spot_basis: str
    """What that assumption rests on."""

    def overlaid(
        self,
        *,
        rates: Mapping[Rate, Price] | None = None,
        nodes: Mapping[str, Price] | None = None,
        spot_discount: float | None = None,
        spot_basis: str = "",
    ) -> "PriceTable":
        """The same, with what is given in place of what was there."""
        return replace(
            self,
            rates=MappingProxyType({**self.rates, **(rates or {})}),
            nodes=MappingProxyType({**self.nodes, **(nodes or {})}),
            spot_discount=self.spot_discount if spot_discount is None else spot_discount,
            spot_basis=self.spot_basis if spot_discount is None else spot_basis,
        )

    def with_own(self, own: Mapping[str, float]) -> "PriceTable":
        """The same, with a stack's own prices of instance types (US dollars an hour) in place of those."""
        return self.overlaid(
            nodes={name: Price(usd=usd, source=OWN_PRICES, date="", region=None) for name, usd in own.items()}
        )


@cache
def list_prices() -> PriceTable:
    """The dated list prices that ship with this project: on demand, Linux, us-east-1."""
    gpu, cpu, other = (read_table(name) for name in ("gpu-instances.json", "cpu-instances.json", "aws-prices.json"))
    rates = {
        Rate(name): Price(usd=usd, source=gpu["price_source"], date=gpu["date"], region=gpu["region"])
        for name, usd in {**gpu["other_usd_per_hour"], **gpu["other_usd_per_gib_month"]}.items()
    }
    rates |= {Rate(name): Price(**row, region=other["region"]) for name, row in other["rates"].items()}
    nodes = {
        name: Price(usd=row["usd_per_hour"], source=table["price_source"], date=table["date"], region=table["region"])
        for table in (gpu, cpu)
        for name, row in table["instances"].items()
        if row["usd_per_hour"] is not None
    }
    return PriceTable(
        rates=MappingProxyType(rates),
        nodes=MappingProxyType(nodes),
        spot_discount=other["spot_discount"],
        spot_basis=other["spot_basis"],
    )

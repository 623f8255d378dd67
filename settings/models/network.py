"""Settings of the network: address range, zones, NAT, flow logs, endpoints."""

from typing import Literal

from pydantic import Field, field_validator

from settings.models.base import Cidr, SettingsModel, Zone

RetentionDays = Literal[
    1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3653
]
InterfaceEndpoint = Literal[
    "aps-workspaces",
    "autoscaling",
    "ec2",
    "ecr.api",
    "ecr.dkr",
    "eks",
    "eks-auth",
    "elasticloadbalancing",
    "kinesis-firehose",
    "kms",
    "logs",
    "monitoring",
    "secretsmanager",
    "sns",
    "sqs",
    "ssm",
    "sts",
]


class FlowLogSettings(SettingsModel):
    """What happens to the records of the network's traffic."""

    retention_days: RetentionDays = 30
    """Days a flow-log record is kept in CloudWatch Logs."""


class NetworkSettings(SettingsModel):
    """One VPC with public, node and control subnets in each zone."""

    cidr: Cidr = "10.0.0.0/16"
    """Address range of the VPC; the default layout wants /21 or larger."""
    zones: tuple[Zone, ...] = ("a", "b")
    """Letters of the region's zones, two or three, with the cluster's interfaces and load balancers in each; they cannot
    change once the cluster exists."""
    nat: Literal["single", "per_zone"] = "single"
    """One NAT gateway for all zones (cheap), or one a zone (no zone depends on another)."""
    public_cidrs: dict[Zone, Cidr] = Field(default_factory=dict)
    """Zone to CIDR of its public subnet, where the default layout does not suit: all zones or none."""
    node_cidrs: dict[Zone, Cidr] = Field(default_factory=dict)
    """Zone to CIDR of its node subnet: all zones or none."""
    control_cidrs: dict[Zone, Cidr] = Field(default_factory=dict)
    """Zone to CIDR of its control subnet, /27 or larger: all zones or none."""
    flow_logs: FlowLogSettings = FlowLogSettings()
    """Flow logs of the VPC."""
    interface_endpoints: tuple[InterfaceEndpoint, ...] = ("ecr.api", "ecr.dkr", "sts")
    """AWS services reached without NAT; each costs by the hour and zone. May be []: NAT reaches them too."""

    @field_validator("zones")
    @classmethod
    def _two_or_three_zones(cls, zones: tuple[str, ...]) -> tuple[str, ...]:
        if len(set(zones)) != len(zones):
            raise ValueError("names a zone twice: name each once")
        if len(zones) not in {2, 3}:
            raise ValueError(f"has {len(zones)} zones: EKS needs two, and this layout has room for three")
        return zones

    @field_validator("interface_endpoints")
    @classmethod
    def _each_once(cls, endpoints: tuple[str, ...]) -> tuple[str, ...]:
        if len(set(endpoints)) != len(endpoints):
            raise ValueError("names an endpoint twice: name each once")
        return endpoints

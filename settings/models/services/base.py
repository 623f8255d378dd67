"""Settings that every kind of service has, and what the stack needs to know of any service."""

import re
from abc import abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from planner.cost import BillableService
from planner.image_tags import moves, tag_of
from planner.shown import as_yaml
from settings.models.base import AllocationId, Cidr, Name, Prefix, Requestable, SettingsModel, Text, networks_once
from settings.models.pools import PoolKind

DEFAULT_KIND = "vllm"
"""Kind of a service whose settings name none."""
IMAGE_PATTERN = re.compile(r"[a-z0-9][\w./:-]*(:\w[\w.-]{0,127}|@sha256:[0-9a-f]{64})", re.ASCII)
"""A container image with a tag or a digest."""

_SECURITY_GROUP_RULES = 60  # Amazon VPC quotas: inbound rules of a security group, unless raised


def pinned_image(default: str) -> Callable[[str], str]:
    """A check of a container image: one with a digest, or with a tag that stays with its image.

    Args:
        default: the image that messages name as an example.
    """

    def check(value: str) -> str:
        if not IMAGE_PATTERN.fullmatch(value):
            raise ValueError(f"{as_yaml(value)} names no version of an image: write it like {default}")
        tag = tag_of(value)
        if tag and moves(tag):
            raise ValueError(
                f"{as_yaml(value)} can be another image tomorrow: name a version, like {default}, or a digest"
            )
        return value

    return check


def kind_stated(kind: str) -> dict[str, str]:
    """The setting ``kind`` as plain data, omitted where it is the default."""
    return {} if kind == DEFAULT_KIND else {"kind": kind}


Scheme = Literal["internal", "internet-facing"]


class EndpointSettings(SettingsModel):
    """The service's load balancer."""

    scheme: Annotated[Scheme, Requestable("Reached from")] = "internal"
    """Reached from inside the network only, or from the internet, where it speaks plain HTTP: end TLS before it."""
    source_ranges: Annotated[
        tuple[Cidr, ...], AfterValidator(networks_once), Requestable("Networks that can reach it")
    ] = ()
    """Networks that may reach it; default for an internal one the platform's own VPC, required when it faces the internet."""
    eip_allocations: tuple[AllocationId, ...] = ()
    """Elastic IPs, one a zone of the network, for fixed public addresses."""
    port: int = Field(default=80, ge=1, le=65535)
    """Port the load balancer listens on."""

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.scheme == "internet-facing" and not self.source_ranges:
            raise ValueError("faces the internet without source_ranges: list the networks that may reach it")
        if len(self.source_ranges) > _SECURITY_GROUP_RULES:
            raise ValueError(
                f"has {len(self.source_ranges)} source_ranges, and a security group takes {_SECURITY_GROUP_RULES} rules: "
                "write fewer, larger networks"
            )
        if self.scheme == "internal" and self.eip_allocations:
            raise ValueError("eip_allocations fix public addresses: set scheme: internet-facing, or omit them")
        return self


class BucketSource(SettingsModel):
    """A prefix of the platform's bucket that a service reads its model from."""

    prefix: Annotated[Prefix, Requestable("Prefix in the bucket")]
    """Prefix in the bucket, such as weights/llama-3-70b; on a team stack below weights/NAMESPACE/, or a shared one."""
    mirror: Annotated[bool, Requestable("Fill the bucket first, from where the model is published")] = False
    """Fill the prefix from the Hub first, by a Job on the system pool."""


@dataclass(frozen=True, kw_only=True)
class Demand:
    """What one replica requests of a node."""

    gpus: int = 0
    """GPUs."""
    vcpus: float = 0
    """vCPUs; 0 for a replica that takes its GPUs' share of the node."""
    memory_gib: float = 0
    """Main memory in GiB; 0 for a replica that takes its GPUs' share of the node."""
    disk_gib: int | None = 0
    """GiB of the node's root volume; None where the size of its model is unknown."""
    one_per_node: bool = False
    """Whether two replicas never share a node (a required anti-affinity)."""


class ServiceSettings(SettingsModel):
    """What all kinds of services have in common; a kind is a subclass with its own ``kind``."""

    kind: str = DEFAULT_KIND
    """Kind of the service."""
    pool: Annotated[Text, Requestable("Pool")]
    """Name of the pool it runs on."""
    replicas: Annotated[int, Requestable("Replicas")] = Field(default=1, ge=1, le=100)
    """Pods that serve the model."""
    startup_seconds: int | None = Field(default=None, ge=60, le=86_400)
    """Seconds that a start may take, where the computed allowance is too short (docs/startup.md); a smaller value is reported and does not count."""
    endpoint: EndpointSettings = EndpointSettings()
    """How clients reach it."""
    monitoring_namespace: Name = "monitoring"
    """Kubernetes namespace whose pods may scrape /metrics."""

    pool_kinds: ClassVar[Sequence[PoolKind]]
    """Kinds of pools it can run on."""
    has_api_key: ClassVar[bool] = True
    """Whether clients need an API key, which the stack exports."""

    def served_name(self, name: str) -> str:
        """What clients send as ``model``, when the service is called ``name``."""
        return name

    @property
    @abstractmethod
    def demand(self) -> Demand:
        """What one replica requests of a node."""

    @abstractmethod
    def billable(self, name: str) -> BillableService:
        """What of the service costs money, when it is called ``name``."""

    @property
    def bucket_source(self) -> BucketSource | None:
        """Where in the bucket its model is, its setting ``weights``; None if it comes from elsewhere."""
        return None

    @property
    def needs_hub_token(self) -> bool:
        """Whether anything of it downloads from the Hugging Face Hub with a token."""
        return False

    @property
    def gpus(self) -> int:
        """GPUs one replica requests."""
        return self.demand.gpus

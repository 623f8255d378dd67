"""Settings that every kind of service has, and what the stack needs to know of any service."""

import re
from abc import abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, ClassVar, Self

from pydantic import AfterValidator, Field, model_validator

from planner.cost import BillableService
from planner.image_tags import moves, tag_of
from planner.shown import as_yaml
from settings.models.alerts import ServiceAlerts
from settings.models.base import (
    AllocationId,
    Cidr,
    Name,
    Prefix,
    Requestable,
    Scheme,
    SettingsModel,
    Text,
    check_source_ranges,
    networks_once,
)
from settings.models.pools import PoolKind
from settings.models.priorities import Priority
from settings.models.response_logs import ServiceResponseLogs
from settings.models.services.autoscale import AutoscaleSettings

DEFAULT_KIND = "vllm"
"""Kind of a service whose settings name none."""
IMAGE_PATTERN = re.compile(r"[a-z0-9][\w./:-]*(:\w[\w.-]{0,127}|@sha256:[0-9a-f]{64})", re.ASCII)
"""A container image with a tag or a digest."""


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


class EndpointSettings(SettingsModel):
    """How clients reach the service beside the gateway."""

    own: Annotated[bool | None, Requestable("Load balancer of its own")] = None
    """Whether it has a load balancer of its own. Default: yes where the platform has no gateway, where the other settings
    here say something of it, and where one is deployed; else clients reach it through the gateway alone."""
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
        check_source_ranges(self.scheme, self.source_ranges)
        if self.scheme == "internal" and self.eip_allocations:
            raise ValueError("eip_allocations fix public addresses: set scheme: internet-facing, or omit them")
        if self.own is False and self.of_a_balancer:
            raise ValueError(
                "own is false, so scheme, source_ranges, eip_allocations and port mean nothing: omit them, or set own: true"
            )
        return self

    @property
    def of_a_balancer(self) -> bool:
        """Whether anything is set that only a load balancer of its own has."""
        return self.model_copy(update={"own": None}) != EndpointSettings()


class PriceSettings(SettingsModel):
    """What a million tokens cost the tenants of the gateway."""

    input_usd: Annotated[float, Requestable("Dollars for a million tokens of prompts")] = Field(ge=0, le=10_000)
    """US dollars for a million tokens of prompts."""
    output_usd: Annotated[float, Requestable("Dollars for a million tokens of answers")] = Field(ge=0, le=10_000)
    """US dollars for a million tokens of answers."""


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
    autoscale: AutoscaleSettings | None = None
    """How many pods there are by what is requested, in place of `replicas`; needs monitoring."""
    priority: Priority = "normal"
    """Whose pods go first when nodes have no room for all: those of a high service take the place of others, those of a low one make
    room for all; needs `priorities` of the platform."""
    startup_seconds: int | None = Field(default=None, ge=60, le=86_400)
    """Seconds that a start may take, where the computed allowance is too short (docs/startup.md); a smaller value is reported and does not count."""
    endpoint: EndpointSettings = EndpointSettings()
    """How clients reach it."""
    price: PriceSettings | None = None
    """What tenants of the gateway are charged; without it the service counts nothing against budgets in dollars."""
    response_logs: ServiceResponseLogs | None = None
    """Consent to log its prompts and answers, of named tenants; default none, and nothing of them is logged."""
    alerts: ServiceAlerts = ServiceAlerts()
    """Thresholds of its alerts, where they are not the platform's."""
    benchmark: bool = False
    """Measure it after each deployment that changes how it answers, by a Job on the system pool, and keep the record in the bucket
    (docs/benchmark.md)."""
    monitoring_namespace: Name = "monitoring"
    """Further Kubernetes namespace whose pods may scrape /metrics, beside that of the platform's monitoring."""

    pool_kinds: ClassVar[Sequence[PoolKind]]
    """Kinds of pools it can run on."""
    has_api_key: ClassVar[bool] = True
    """Whether clients need an API key, which the stack exports."""

    @model_validator(mode="after")
    def _one_number_of_pods(self) -> Self:
        if self.autoscale and "replicas" in self.model_fields_set:
            raise ValueError(
                f"replicas is {self.replicas} beside autoscale, which has {self.autoscale.min} to {self.autoscale.max}: omit one of both"
            )
        if self.benchmark and self.least_replicas == 0:
            raise ValueError(
                "benchmark is true and autoscale.min is 0, so no pod may be there to measure: set min to 1, or omit benchmark"
            )
        return self

    @property
    def most_replicas(self) -> int:
        """Pods it has at most."""
        return self.autoscale.max if self.autoscale else self.replicas

    @property
    def most_replicas_key(self) -> str:
        """Key of that number below the service."""
        return "autoscale.max" if self.autoscale else "replicas"

    @property
    def least_replicas(self) -> int:
        """Pods it has at least."""
        return self.autoscale.min if self.autoscale else self.replicas

    @property
    def least_replicas_key(self) -> str:
        """Key of that number below the service."""
        return "autoscale.min" if self.autoscale else "replicas"

    @property
    def pods(self) -> str:
        """The same in words: ``4``, or ``1 to 8``."""
        return f"{self.autoscale.min} to {self.autoscale.max}" if self.autoscale else str(self.replicas)

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
    def copied_into_bucket(self) -> bool:
        """Whether a Job copies its model into the bucket."""
        return self.bucket_source is not None and self.bucket_source.mirror

    @property
    def needs_hub_token(self) -> bool:
        """Whether anything of it downloads from the Hugging Face Hub with a token."""
        return False

    @property
    def gpus(self) -> int:
        """GPUs one replica requests."""
        return self.demand.gpus

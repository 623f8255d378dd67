"""Settings of one vLLM service: its model, where it runs, how it is reached."""

import re
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, JsonValue, model_validator

from planner.memory.vllm_version import GIB
from planner.memory.weights import checkpoint_bytes
from planner.model.catalogue import known_model
from planner.options import values as vllm_values
from settings.models.base import AllocationId, Cidr, Name, Prefix, Revision, SettingsModel, Text, networks_once

DEFAULT_IMAGE = "vllm/vllm-openai:v0.32.0"
MODEL_PATTERN = re.compile(r"[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*")
IMAGE_PATTERN = re.compile(r"[a-z0-9][\w./:-]*(:[\w.-]+|@sha256:[0-9a-f]{64})")
GATED_MODELS = ("meta-llama/", "google/gemma-", "mistralai/Mistral-Large", "mistralai/Codestral", "CohereForAI/")
_IMAGE_VERSION = re.compile(r":v?(\d+)\.(\d+)")
_SECURITY_GROUP_RULES = 60  # Amazon VPC quotas: inbound rules of a security group, unless raised
FIRST_TO_DRAIN = (0, 18)
"""First vLLM that knows ``--shutdown-timeout``; an older one ends with "unrecognized arguments"."""

Scheme = Literal["internal", "internet-facing"]


def _model_id(value: str) -> str:
    if not MODEL_PATTERN.fullmatch(value):
        raise ValueError(f"{value!r} is not a Hugging Face model: write it like meta-llama/Meta-Llama-3-8B-Instruct")
    return value


def _pinned_image(value: str) -> str:
    if not IMAGE_PATTERN.fullmatch(value):
        raise ValueError(f"{value!r} names no version of an image: write it like {DEFAULT_IMAGE}")
    if value.endswith(":latest"):
        raise ValueError(f"{value!r} is another image tomorrow: name a version, like {DEFAULT_IMAGE}")
    return value


def image_version(image: str) -> tuple[int, int] | None:
    """Major and minor version in an image's tag."""
    found = _IMAGE_VERSION.search(image)
    return (int(found[1]), int(found[2])) if found else None


def image_at_least(image: str, version: tuple[int, int]) -> bool:
    """Whether an image is of that version or newer; one whose tag does not say is taken for a current one."""
    found = image_version(image)
    return found is None or found >= version


class _Weights(SettingsModel):
    size_gib: float | None = Field(default=None, gt=0, le=2000)
    """Size of the weights in GiB, for deadlines and disks; default what the planner computes, which it does for models of its catalogue: needed for others only, and reported if it is more than 15 % off."""
    revision: Revision | None = None
    """Branch, tag or commit on the Hub; default its main branch."""
    gated: bool | None = None
    """Whether the Hub asks for a token; default by the model's name."""


class HubWeights(_Weights):
    """Every replica downloads the weights from the Hugging Face Hub when it starts."""

    source: Literal["hub"]
    """Where the weights come from."""


class BucketWeights(_Weights):
    """The weights are streamed from the platform's bucket."""

    source: Literal["bucket"]
    """Where the weights come from."""
    prefix: Prefix
    """Prefix in the bucket, such as weights/llama-3-70b; on a team stack below weights/NAMESPACE/, or a shared one."""
    mirror: bool = False
    """Fill the prefix from the Hub first, by a Job on the system pool."""


Weights = Annotated[HubWeights | BucketWeights, Field(discriminator="source")]


class EndpointSettings(SettingsModel):
    """The service's load balancer."""

    scheme: Scheme = "internal"
    """Reached from inside the network only, or from the internet, where it speaks plain HTTP: end TLS before it."""
    source_ranges: Annotated[tuple[Cidr, ...], AfterValidator(networks_once)] = ()
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
            raise ValueError("eip_allocations fix public addresses: set scheme: internet-facing, or leave them out")
        return self


class ServiceSettings(SettingsModel):
    """One model, served by vLLM behind an OpenAI-compatible endpoint."""

    model: Annotated[Text, AfterValidator(_model_id)]
    """Model on the Hugging Face Hub, as OWNER/NAME."""
    served_model_name: Text | None = Field(default=None, min_length=1)
    """Name clients send as `model`; default the service's name."""
    image: Annotated[Text, AfterValidator(_pinned_image)] = DEFAULT_IMAGE
    """vLLM's container image, with its version."""
    pool: Text
    """Name of the gpu pool it runs on."""
    replicas: int = Field(default=1, ge=1, le=100)
    """Pods that serve the model."""
    tensor_parallel: int = Field(default=1, ge=1)
    """GPUs each layer is split over."""
    pipeline_parallel: int = Field(default=1, ge=1)
    """Groups of GPUs the layers are dealt to, on the same node."""
    max_model_len: int = Field(ge=16, le=10_485_760)
    """Longest prompt plus answer, in tokens."""
    dtype: Literal["auto", "bfloat16", "float16", "half", "float", "float32"] | None = None
    """Number format of weights and activations; default by the model."""
    quantization: Annotated[Text, AfterValidator(vllm_values.quantization)] | None = None
    """Quantization method, such as fp8; default by the model."""
    gpu_memory_utilization: float = Field(default=0.90, ge=0.3, le=0.98)
    """Share of each GPU's memory vLLM takes."""
    weights: Weights
    """Where the weights come from."""
    startup_seconds: int | None = Field(default=None, ge=60, le=86_400)
    """Seconds that a start may take, where the computed allowance is too short (docs/startup.md); a smaller value is reported and does not count."""
    args: dict[Text, JsonValue] = Field(default_factory=dict)
    """Any other option of `vllm serve`, without its dashes."""
    path_allow_list: bool = True
    """Answer only /v1/ and /health; without it vLLM answers /invocations and others without any key."""
    endpoint: EndpointSettings = EndpointSettings()
    """How clients reach it."""
    monitoring_namespace: Name = "monitoring"
    """Kubernetes namespace whose pods may scrape /metrics."""

    @property
    def gpus(self) -> int:
        """GPUs one replica asks for."""
        return self.tensor_parallel * self.pipeline_parallel

    @property
    def computed_weights_gib(self) -> float | None:
        """Size of the published weights in GiB, where the planner's catalogue knows the model."""
        known = known_model(self.model)
        return checkpoint_bytes(known.shape) / GIB if known else None

    @property
    def weights_gib(self) -> float:
        """Size of the weights in GiB: as stated, else as computed.

        Raises:
            LookupError: it is neither; settings with this mistake are refused before anything asks.
        """
        size = self.known_weights_gib
        if size is None:
            raise LookupError(f"the size of the weights of {self.model} is neither stated nor known")
        return size

    @property
    def known_weights_gib(self) -> float | None:
        """Size of the weights in GiB: as stated, else as computed; None where it is neither."""
        return self.weights.size_gib or self.computed_weights_gib

    @property
    def gated(self) -> bool:
        """Whether the Hub asks for a token before it hands out the weights."""
        return self.model.startswith(GATED_MODELS) if self.weights.gated is None else self.weights.gated

    @property
    def needs_hub_token(self) -> bool:
        """Whether anything of this service downloads from the Hub with a token."""
        from_hub = isinstance(self.weights, HubWeights) or self.weights.mirror
        return from_hub and self.gated

    def served_name(self, name: str) -> str:
        """What clients send as ``model``, when the service is called ``name``."""
        return self.served_model_name or name

"""Schemas of the requests for services: fields, limits, and how they become settings."""

import json
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, JsonValue, model_validator

from settings.models.base import Cidr, Prefix, ServiceName


def _storable(args: dict[str, JsonValue]) -> dict[str, JsonValue]:
    """PostgreSQL keeps true JSON only."""
    try:
        json.dumps(args, allow_nan=False, ensure_ascii=False).encode()
    except ValueError:
        raise ValueError("NaN, an infinity or half a character is not a value: remove it") from None
    return args


LONGEST_HOURS = 24 * 365 * 10
"""Beyond any setting of the portal; what it allows is checked where a life is set."""
_Word = Annotated[str, Field(min_length=1, max_length=100)]


class _Request(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)


class WeightsRequest(_Request):
    """Where the weights come from."""

    source: Literal["hub", "bucket"] = "hub"
    """The Hugging Face Hub, or the platform's bucket."""
    size_gib: float | None = Field(default=None, gt=0, le=2000)
    """Size of the weights in GiB; default what the planner knows of the model."""
    prefix: Prefix | None = None
    """Prefix in the bucket: below weights/PLATFORM-TEAM/, or one that the platform shares, which cannot be filled."""
    mirror: bool | None = None
    """Fill the prefix from the Hub first."""
    revision: _Word | None = None
    """Branch, tag or commit on the Hub."""
    gated: bool | None = None
    """Whether the Hub asks for a token; default by the model's name."""


class EndpointRequest(_Request):
    """How the service is reached."""

    scheme: Literal["internal", "internet-facing"] = "internal"
    """From inside the network only, or from the internet."""
    source_ranges: tuple[Cidr, ...] = Field(default=(), max_length=50)
    """Networks that may reach it."""


class ServiceRequest(_Request):
    """One model endpoint. What is not here, such as the image, is the platform's to say."""

    model: str = Field(min_length=3, max_length=200)
    """Model on the Hugging Face Hub, as OWNER/NAME."""
    pool: _Word
    """The platform's GPU pool to run on."""
    max_model_len: int = Field(ge=16, le=10_485_760)
    """Longest prompt plus answer, in tokens."""
    replicas: int = Field(default=1, ge=1, le=100)
    """Pods that serve the model."""
    tensor_parallel: int = Field(default=1, ge=1, le=64)
    """GPUs each layer is split over."""
    dtype: Literal["auto", "bfloat16", "float16"] | None = None
    """Number format; default by the model."""
    quantization: _Word | None = None
    """Quantization method; default by the model."""
    gpu_memory_utilization: float | None = Field(default=None, ge=0.3, le=0.98)
    """Share of each GPU's memory that vLLM takes."""
    weights: WeightsRequest = WeightsRequest()
    """Where the weights come from."""
    args: Annotated[dict[str, JsonValue], AfterValidator(_storable)] = Field(default_factory=dict, max_length=50)
    """Other options of `vllm serve`, without dashes."""
    endpoint: EndpointRequest = EndpointRequest()
    """How it is reached."""

    def settings(self, port: int) -> dict[str, Any]:
        """The service's settings in the stack."""
        found: dict[str, Any] = self.model_dump(mode="json", exclude_none=True, exclude_defaults=True)
        weights = self.weights.model_dump(mode="json", exclude_none=True)
        endpoint = self.endpoint.model_dump(mode="json", exclude_defaults=True) | ({"port": port} if port != 80 else {})
        found |= {"weights": weights, "replicas": self.replicas}
        return found | ({"endpoint": endpoint} if endpoint else {})


class NewServiceRequest(ServiceRequest):
    """A service that is not there yet."""

    team: _Word
    """Whose it is."""
    platform: _Word
    """Where it runs."""
    name: ServiceName
    """Its name, a DNS label."""
    ttl_hours: int | None = Field(default=None, ge=1)
    """How long it lives; default as the portal is set up."""

    def service(self) -> ServiceRequest:
        """The part that is the service's own."""
        return ServiceRequest(**{name: getattr(self, name) for name in ServiceRequest.model_fields})


class ScaleRequest(_Request):
    """What is changed most often."""

    replicas: int = Field(ge=1, le=100)
    """Pods that serve the model."""


class DestroyRequest(_Request):
    """The name, typed again, so that nothing is destroyed by a slip."""

    confirm: str = Field(max_length=100)
    """The service's name."""


class ExtendRequest(_Request):
    """More time: a new length of life, or hours on top; one of the two."""

    hours: int | None = Field(default=None, ge=1, le=LONGEST_HOURS)
    """How long it lives from now; never less than it has left."""
    more_hours: int | None = Field(default=None, ge=1, le=LONGEST_HOURS)
    """How much later than now planned it ends."""

    @model_validator(mode="after")
    def _one(self) -> Self:
        if (self.hours is None) == (self.more_hours is None):
            raise ValueError("give either hours (from now) or more_hours (on top of what it has left)")
        return self


class EndEarlierRequest(_Request):
    """Less time, with the name typed again, so that no life is cut short by a slip."""

    hours: int = Field(ge=1, le=LONGEST_HOURS)
    """How long it lives from now; less than it has left."""
    confirm: str = Field(max_length=100)
    """The service's name."""


class DecisionRequest(_Request):
    """Why."""

    comment: str = Field(default="", max_length=1000)
    """Shown to whoever asked."""


class ChatRequest(_Request):
    """One question to the model."""

    message: str = Field(min_length=1, max_length=8000)
    """What to say to it."""

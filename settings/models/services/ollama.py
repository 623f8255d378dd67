"""Settings of a service of kind ollama: a GGUF model on CPU nodes, its resources, slots and volumes."""

import re
from typing import Annotated, ClassVar, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from planner.cost import BillableService
from planner.ollama import OllamaMemory, OllamaModel, known_ollama_model, ollama_memory
from planner.shown import as_yaml
from settings.models.base import Requestable, SettingsModel, Text
from settings.models.services.base import BucketSource, Demand, ServiceSettings, pinned_image

DEFAULT_IMAGE = "ollama/ollama:0.32.15"
MODEL_PATTERN = re.compile(r"[a-z0-9][\w.-]{0,79}:[\w.-]{1,80}", re.ASCII)
VOLUME_FACTOR = 1.1
"""Room on a volume beside the model."""


def _model_name(value: str) -> str:
    if not MODEL_PATTERN.fullmatch(value):
        raise ValueError(f"{as_yaml(value)} is not a model of Ollama's library with its tag: write it like llama3.1:8b")
    if value.endswith(":latest"):
        raise ValueError(f"{as_yaml(value)} can become another model: name its size, such as llama3.1:8b")
    return value


class RegistryWeights(SettingsModel):
    """Each replica downloads the model from registry.ollama.ai onto its volume when it first starts."""

    source: Annotated[Literal["registry"], Requestable("Model from")] = "registry"
    """Where the model comes from."""


class OllamaBucketWeights(BucketSource):
    """Each replica copies the model from the platform's bucket onto its volume when it first starts."""

    source: Annotated[Literal["bucket"], Requestable("Model from")]
    """Where the model comes from."""


OllamaWeights = Annotated[RegistryWeights | OllamaBucketWeights, Field(discriminator="source")]


class OllamaSettings(ServiceSettings):
    """One model, served by Ollama on CPU nodes, with its own API and the OpenAI routes."""

    kind: Literal["ollama"] = "ollama"
    """Kind of the service."""
    model: Annotated[Text, AfterValidator(_model_name), Requestable("Model")]
    """Model of Ollama's library with its tag, such as llama3.1:8b; also the name clients send as `model`."""
    image: Annotated[Text, AfterValidator(pinned_image(DEFAULT_IMAGE))] = DEFAULT_IMAGE
    """Ollama's container image, with its version."""
    pool: Annotated[Text, Requestable("Pool")]
    """Name of the cpu pool it runs on."""
    additional_pools: Annotated[tuple[Text, ...], Requestable("Further pools")] = ()
    """Further cpu pools its replicas can run on, such as one of spot beside one on demand."""
    replicas: Annotated[int, Requestable("Replicas")] = Field(default=2, ge=1, le=100)
    """Pods that serve the model, each on a node of its own."""
    cpu: Annotated[float, Requestable("vCPUs per replica")] = Field(default=6, ge=1, le=192)
    """vCPUs each replica requests."""
    cpu_limit: Annotated[float, Requestable("vCPUs at most")] = Field(default=8, ge=1, le=192)
    """vCPUs each replica uses at most; as many threads compute."""
    memory_gib: Annotated[float, Requestable("Memory per replica, GiB")] = Field(default=12, ge=1, le=1024)
    """Memory in GiB each replica requests: at least the model, the key-value cache of all slots, and buffers."""
    memory_limit_gib: Annotated[float, Requestable("Memory at most, GiB")] = Field(default=16, ge=1, le=1024)
    """Memory in GiB at which a replica is ended."""
    volume_gib: Annotated[int, Requestable("Volume per replica, GiB")] = Field(default=60, ge=5, le=16384)
    """Size of each replica's encrypted gp3 volume in GiB; it holds the model."""
    parallel: Annotated[int, Requestable("Requests at once per replica")] = Field(default=4, ge=1, le=64)
    """Requests each replica answers at once (OLLAMA_NUM_PARALLEL); others wait for a slot."""
    context_length: Annotated[int, Requestable("Longest request")] = Field(default=8192, ge=256, le=1_048_576)
    """Longest prompt plus answer in tokens (OLLAMA_CONTEXT_LENGTH); a longer prompt is cut without an error."""
    max_queue: int = Field(default=512, ge=1, le=100_000)
    """Requests that can wait while the model is loaded (OLLAMA_MAX_QUEUE); more are answered 503."""
    drain_seconds: int = Field(default=60, ge=5, le=600)
    """Seconds a pod goes on answering after SIGTERM: Ollama itself cuts requests off at once."""
    size_gib: Annotated[float | None, Requestable("Size of the model, GiB")] = Field(default=None, gt=0, le=2000)
    """Size of the model in GiB; default what the planner's table has, required for models that are not in it."""
    weights: OllamaWeights = RegistryWeights()
    """Where the model comes from."""

    pool_kinds: ClassVar = ("cpu",)
    has_api_key: ClassVar = False

    def served_name(self, name: str) -> str:  # noqa: ARG002  another kind's is the service's name
        """What clients send as ``model``: the model's name in Ollama's library."""
        return self.model

    @model_validator(mode="after")
    def _limits_are_not_below_requests(self) -> Self:
        if self.cpu_limit < self.cpu:
            raise ValueError(f"cpu_limit {self.cpu_limit:g} is less than cpu {self.cpu:g}: raise it, or request less")
        if self.memory_limit_gib < self.memory_gib:
            raise ValueError(
                f"memory_limit_gib {self.memory_limit_gib:g} is less than memory_gib {self.memory_gib:g}: raise it, or "
                "request less"
            )
        if self.endpoint.scheme == "internet-facing":
            raise ValueError(
                "endpoint.scheme internet-facing is refused: Ollama has no authentication, so every client that reaches it can "
                "use it; keep it internal, and name its clients in endpoint.source_ranges"
            )
        if self.pool in self.additional_pools or len(set(self.additional_pools)) != len(self.additional_pools):
            raise ValueError("additional_pools names a pool twice: name each once, beside pool")
        return self

    @property
    def pool_names(self) -> tuple[str, ...]:
        """Every pool its replicas can run on, the preferred one first."""
        return (self.pool, *self.additional_pools)

    @property
    def demand(self) -> Demand:
        """Its vCPUs and memory, on a node of its own."""
        return Demand(vcpus=self.cpu, memory_gib=self.memory_gib, one_per_node=True)

    @property
    def bucket_source(self) -> BucketSource | None:
        """Where in the bucket its model is; None if it comes from the registry."""
        return self.weights if isinstance(self.weights, OllamaBucketWeights) else None

    @property
    def known_model(self) -> OllamaModel | None:
        """Its model in the planner's table."""
        return known_ollama_model(self.model)

    @property
    def model_gib(self) -> float | None:
        """Size of its model in GiB: as stated, else as the table has it; None where it is neither."""
        return self.size_gib or (self.known_model.gib if self.known_model else None)

    @property
    def memory(self) -> OllamaMemory | None:
        """Estimate of a replica's memory; None for a model that is not in the table."""
        known = self.known_model
        return ollama_memory(known, context_length=self.context_length, parallel=self.parallel) if known else None

    def billable(self, name: str) -> BillableService:
        """What of the service costs money, when it is called ``name``."""
        return BillableService(
            name=name,
            pool=self.pool,
            replicas=self.most_replicas,
            least_replicas=self.autoscale.min if self.autoscale else None,
            gpus=0,
            vcpus=self.cpu,
            volume_gib=self.volume_gib,
            # An unknown size is an issue of its own, which refuses whatever is computed here.
            weights_gib=self.model_gib or 0.0,
            bucket_prefix=self.bucket_source.prefix.rstrip("/") if self.bucket_source else None,
        )

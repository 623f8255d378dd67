"""Settings of a service of kind vllm: its model, its GPUs, its options."""

import math
import re
from typing import Annotated, ClassVar, Literal

from pydantic import AfterValidator, Field, JsonValue

from planner.catalog.models import known_model
from planner.cost import BillableService
from planner.cost.active import active_share
from planner.image_tags import digest_of, vllm_release
from planner.memory.weights import checkpoint_bytes
from planner.model import weight_format
from planner.shown import as_yaml
from planner.units import GIB
from planner.vllm_options import values as vllm_values
from settings.models.base import Requestable, Revision, SettingsModel, Text
from settings.models.services.base import BucketSource, Demand, ServiceSettings, pinned_image

DEFAULT_IMAGE = "vllm/vllm-openai:v0.32.0"
MODEL_PATTERN = re.compile(r"[A-Za-z0-9][\w.-]{0,95}/[A-Za-z0-9][\w.-]{0,95}", re.ASCII)
_LONGEST_NAME = 256
GATED_MODELS = ("meta-llama/", "google/gemma-", "mistralai/Mistral-Large", "mistralai/Codestral", "CohereForAI/")
TMP_GIB = 5
"""Size of a replica's ``/tmp``."""
CACHE_GIB = 10
"""Compiled kernels, CUDA graphs and tokenizers; downloaded weights come on top."""
DOWNLOAD_FACTOR = 1.1
FORCE_USAGE = "enable-force-include-usage"
"""Option of vLLM by which every event of a stream, and one after the last choice, has the usage so far, whatever the request's
``stream_options`` are (``should_include_usage`` in vllm/entrypoints/serve/utils/api_utils.py of 0.32.0)."""
FIRST_TO_FORCE_USAGE = (0, 9)
"""First vLLM that has it (the table of options); of an older one, streams are counted only where clients request usage."""
FIRST_TO_DRAIN = (0, 18)
"""First vLLM that knows ``--shutdown-timeout``; an older one ends with "unrecognized arguments"."""


def _model_id(value: str) -> str:
    if not MODEL_PATTERN.fullmatch(value):
        raise ValueError(
            f"{as_yaml(value)} is not a Hugging Face model: write it like meta-llama/Meta-Llama-3-8B-Instruct"
        )
    return value


def _printable(value: str) -> str:
    if not value.isprintable() or value.startswith("-") or len(value) > _LONGEST_NAME:
        raise ValueError(
            f"{as_yaml(value)} cannot be sent as a model's name: at most {_LONGEST_NAME} characters, without control characters, "
            "not beginning with -"
        )
    return value


def image_at_least(image: str, version: tuple[int, int]) -> bool:
    """Whether an image is of that version or newer; one without a version in its tag counts as a current one."""
    found = vllm_release(image)
    return found is None or found[:2] >= version


class _Weights(SettingsModel):
    size_gib: Annotated[float | None, Requestable("Size of the weights, GiB")] = Field(default=None, gt=0, le=2000)
    """Size of the weights in GiB, for deadlines and disks; default what the planner computes, which it does for models of its catalogue: needed for others only, and reported if it is more than 15 % off."""
    revision: Annotated[Revision | None, Requestable("Revision on the Hub")] = None
    """Branch, tag or commit on the Hub; default its main branch."""
    gated: Annotated[bool | None, Requestable("Does the Hub require a token?")] = None
    """Whether the Hub requires a token; default by the model's name."""


class HubWeights(_Weights):
    """Every replica downloads the weights from the Hugging Face Hub when it starts."""

    source: Annotated[Literal["hub"], Requestable("Weights from")]
    """Where the weights come from."""


class BucketWeights(_Weights, BucketSource):
    """The weights are streamed from the platform's bucket."""

    source: Annotated[Literal["bucket"], Requestable("Weights from")]
    """Where the weights come from."""


Weights = Annotated[HubWeights | BucketWeights, Field(discriminator="source")]


class VllmSettings(ServiceSettings):
    """One model, served by vLLM behind an OpenAI-compatible endpoint."""

    kind: Literal["vllm"] = "vllm"
    """Kind of the service; vllm where it is omitted."""
    model: Annotated[Text, AfterValidator(_model_id), Requestable("Model")]
    """Model on the Hugging Face Hub, as OWNER/NAME."""
    served_model_name: Annotated[Text, AfterValidator(_printable)] | None = Field(default=None, min_length=1)
    """Name clients send as `model`; default the service's name."""
    image: Annotated[Text, AfterValidator(pinned_image(DEFAULT_IMAGE))] = DEFAULT_IMAGE
    """vLLM's container image, with its version."""
    pool: Annotated[Text, Requestable("Pool")]
    """Name of the gpu pool it runs on."""
    tensor_parallel: Annotated[int, Requestable("GPUs per replica")] = Field(default=1, ge=1)
    """GPUs each layer is split over."""
    pipeline_parallel: int = Field(default=1, ge=1)
    """Groups of GPUs the layers are dealt to, on the same node."""
    max_model_len: Annotated[int, Requestable("Longest request")] = Field(ge=16, le=10_485_760)
    """Longest prompt plus answer, in tokens."""
    dtype: Annotated[
        Literal["auto", "bfloat16", "float16", "half", "float", "float32"] | None, Requestable("Number format")
    ] = None
    """Number format of weights and activations; default by the model."""
    quantization: Annotated[
        Annotated[Text, AfterValidator(vllm_values.check_quantization)] | None, Requestable("Quantization")
    ] = None
    """Quantization method, such as fp8; default by the model."""
    gpu_memory_utilization: Annotated[float, Requestable("Share of GPU memory")] = Field(default=0.90, ge=0.3, le=0.98)
    """Share of each GPU's memory vLLM takes."""
    weights: Weights
    """Where the weights come from."""
    args: Annotated[dict[Text, JsonValue], Requestable("Other options of vllm serve")] = Field(default_factory=dict)
    """Any other option of `vllm serve`, without its dashes."""
    compile_cache: bool = False
    """Keep what vLLM compiles in the bucket, by a Job that runs the engine once on a GPU of the pool for each combination of GPU, model,
    image and options, and start every pod with it (docs/startup.md#compile-cache); the image needs a digest."""
    path_allow_list: bool = True
    """Answer only /v1/ and /health; without it vLLM answers /invocations and others without any key."""

    pool_kinds: ClassVar = ("gpu",)

    @property
    def gpus(self) -> int:
        """GPUs one replica requests."""
        return self.tensor_parallel * self.pipeline_parallel

    @property
    def demand(self) -> Demand:
        """Its GPUs, with their share of the node's CPU and memory, and the disk of its caches."""
        unknown = self.known_weights_gib is None
        return Demand(gpus=self.gpus, disk_gib=None if unknown else self.cache_gib + TMP_GIB)

    @property
    def cache_gib(self) -> int:
        """Size of a replica's cache volume in GiB.

        Raises:
            LookupError: see ``weights_gib``.
        """
        downloads = self.weights_gib * DOWNLOAD_FACTOR if isinstance(self.weights, HubWeights) else 0
        return CACHE_GIB + math.ceil(downloads)

    @property
    def bucket_source(self) -> BucketSource | None:
        """Where in the bucket its weights are; None if they come from the Hub."""
        return self.weights if isinstance(self.weights, BucketWeights) else None

    @property
    def has_compile_cache(self) -> bool:
        """Whether what it compiles is kept: that is set, and the image is known before it runs."""
        return self.compile_cache and digest_of(self.image) is not None

    @property
    def uses_fp8(self) -> bool:
        """Whether its weights are in FP8, by its quantization or by the model's name."""
        return weight_format.uses_fp8(self.model, self.quantization)

    @property
    def weight_bits(self) -> int:
        """Bits of each weight, by its quantization or by the model's name."""
        return weight_format.weight_bits(self.model, self.quantization)

    def billable(self, name: str) -> BillableService:
        """What of the service costs money, when it is called ``name``."""
        return BillableService(
            name=name,
            pool=self.pool,
            replicas=self.most_replicas,
            least_replicas=self.autoscale.min if self.autoscale else None,
            gpus=self.gpus,
            # An unknown size is an issue of its own, which refuses whatever is computed here.
            weights_gib=self.known_weights_gib or 0.0,
            weight_bits=self.weight_bits,
            active_share=active_share(self.model),
            bucket_prefix=self.bucket_source.prefix.rstrip("/") if self.bucket_source else None,
            internet_facing=self.endpoint.scheme == "internet-facing",
            max_num_seqs=vllm_values.parse_int("max-num-seqs", self.args.get("max-num-seqs")),
        )

    @property
    def computed_weights_gib(self) -> float | None:
        """Size of the published weights in GiB, where the planner's catalogue knows the model.

        Of a model that the planner does not cover it is the size of its files, where that is known.
        """
        known = known_model(self.model)
        if known is None:
            return None
        files = known.total.bytes if known.shape.uncovered else None
        return (files or checkpoint_bytes(known.shape)) / GIB

    @property
    def weights_gib(self) -> float:
        """Size of the weights in GiB: as stated, else as computed.

        Raises:
            LookupError: it is neither; settings with this mistake are refused first.
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
        """Whether the Hub requires a token for the weights."""
        return self.model.startswith(GATED_MODELS) if self.weights.gated is None else self.weights.gated

    @property
    def needs_hub_token(self) -> bool:
        """Whether anything of this service downloads from the Hub with a token."""
        from_hub = isinstance(self.weights, HubWeights) or self.weights.mirror
        return from_hub and self.gated

    def served_name(self, name: str) -> str:
        """What clients send as ``model``, when the service is called ``name``."""
        return self.served_model_name or name

"""The words of ``vllm serve`` for one service."""

import json

import pulumi

from planner.options.validate import render_options
from settings.derived.streaming import loader_config
from settings.derived.timeouts import SHUTDOWN_SECONDS
from settings.models.pools import PoolFacts
from settings.models.services import FIRST_TO_DRAIN, BucketWeights, ServiceSettings, image_at_least

PORT = 8000
MIDDLEWARE = "path_allow_list.PathAllowList"
COMMAND = ("vllm", "serve")
"""Said in full: the image's entrypoint has changed between versions."""


def serve_words(
    name: str, service: ServiceSettings, bucket: pulumi.Input[str], pool: PoolFacts
) -> list[pulumi.Input[str]]:
    """Arguments after ``vllm serve``."""
    said = [*_engine(name, service), *_guards(service), *render_options(service.args)]
    return [*_model(service, bucket, pool), *map(_literally, said)]


def _literally(word: str) -> str:
    """The word as Kubernetes takes it without looking for ``$(VARIABLE)`` in it."""
    return word.replace("$", "$$")


def _model(service: ServiceSettings, bucket: pulumi.Input[str], pool: PoolFacts) -> list[pulumi.Input[str]]:
    weights = service.weights
    if isinstance(weights, BucketWeights):
        streamer = json.dumps(loader_config(service, pool), separators=(",", ":"))
        return [
            pulumi.Output.concat("s3://", bucket, "/", weights.prefix.strip("/")),
            "--load-format=runai_streamer",
            f"--model-loader-extra-config={streamer}",
        ]
    return [service.model, *([f"--revision={weights.revision}"] if weights.revision else [])]


def _engine(name: str, service: ServiceSettings) -> list[str]:
    words = [
        "--host=0.0.0.0",
        f"--port={PORT}",
        f"--served-model-name={service.served_name(name)}",
        f"--max-model-len={service.max_model_len}",
        f"--gpu-memory-utilization={_share(service.gpu_memory_utilization)}",
        f"--tensor-parallel-size={service.tensor_parallel}",
    ]
    if image_at_least(service.image, FIRST_TO_DRAIN):
        words.append(f"--shutdown-timeout={SHUTDOWN_SECONDS}")
    if service.pipeline_parallel > 1:
        words.append(f"--pipeline-parallel-size={service.pipeline_parallel}")
    if service.dtype:
        words.append(f"--dtype={service.dtype}")
    if service.quantization:
        words.append(f"--quantization={service.quantization}")
    return words


def _share(value: float) -> str:
    text = f"{value:.2f}"
    return text if float(text) == value else repr(value)


def _guards(service: ServiceSettings) -> list[str]:
    # Off means off: vLLM then answers everything it has, as it ships.
    return [f"--middleware={MIDDLEWARE}", "--disable-fastapi-docs"] if service.path_allow_list else []

"""Arguments of ``vllm serve`` for one service."""

import json

import pulumi

from components.serving.context import ServingContext
from planner.vllm_options.releases import judged_by
from planner.vllm_options.validate import render_options
from settings.derived.shutdown import SHUTDOWN_SECONDS
from settings.derived.streaming import loader_config
from settings.models.services.vllm import (
    FIRST_TO_DRAIN,
    FIRST_TO_FORCE_USAGE,
    FORCE_USAGE,
    BucketWeights,
    VllmSettings,
    image_at_least,
)

PORT = 8000
MIDDLEWARE = "path_allow_list.PathAllowList"
COMMAND = ("vllm", "serve")
"""In full: the image's entrypoint has changed between versions."""


def serve_arguments(name: str, service: VllmSettings, context: ServingContext) -> list[pulumi.Input[str]]:
    """Arguments after ``vllm serve``."""
    return [*_model(service, context), *map(_escaped, _options(name, service, context))]


def compiling_arguments(name: str, service: VllmSettings, context: ServingContext) -> list[str]:
    """The same as plain text, without the place of the weights: what the compiled code may depend on."""
    loader = _loader(service, context) if isinstance(service.weights, BucketWeights) else []
    return [*_options(name, service, context), *loader]


def _options(name: str, service: VllmSettings, context: ServingContext) -> list[str]:
    return [
        *_engine(name, service, context),
        *_guards(service),
        *render_options(service.args, judged_by(service.image)),
    ]


def _escaped(argument: str) -> str:
    """The argument as Kubernetes takes it without looking for ``$(VARIABLE)`` in it."""
    return argument.replace("$", "$$")


def _model(service: VllmSettings, context: ServingContext) -> list[pulumi.Input[str]]:
    weights = service.weights
    if isinstance(weights, BucketWeights):
        return [
            pulumi.Output.concat("s3://", context.platform.bucket_name, "/", weights.prefix.strip("/")),
            *_loader(service, context),
        ]
    return [service.model, *([f"--revision={weights.revision}"] if weights.revision else [])]


def _loader(service: VllmSettings, context: ServingContext) -> list[str]:
    streamer = json.dumps(loader_config(service, context.facts.pools[service.pool]), separators=(",", ":"))
    return ["--load-format=runai_streamer", f"--model-loader-extra-config={streamer}"]


def _engine(name: str, service: VllmSettings, context: ServingContext) -> list[str]:
    arguments = [
        "--host=0.0.0.0",
        f"--port={PORT}",
        *_names(context.model_names(name, service)),
        f"--max-model-len={service.max_model_len}",
        f"--gpu-memory-utilization={_share(service.gpu_memory_utilization)}",
        f"--tensor-parallel-size={service.tensor_parallel}",
    ]
    if image_at_least(service.image, FIRST_TO_DRAIN):
        arguments.append(f"--shutdown-timeout={SHUTDOWN_SECONDS}")
    if (
        context.facts.gateway
        and image_at_least(service.image, FIRST_TO_FORCE_USAGE)
        and FORCE_USAGE not in service.args
    ):
        # The gateway counts tokens of streams too, whatever clients request.
        arguments.append(f"--{FORCE_USAGE}")
    if service.pipeline_parallel > 1:
        arguments.append(f"--pipeline-parallel-size={service.pipeline_parallel}")
    if service.dtype:
        arguments.append(f"--dtype={service.dtype}")
    if service.quantization:
        arguments.append(f"--quantization={service.quantization}")
    return arguments


def _names(names: list[str]) -> list[str]:
    """The option that takes several values; its own spelling stays for one, so that pods do not roll."""
    return [f"--served-model-name={names[0]}"] if len(names) == 1 else ["--served-model-name", *names]


def _share(value: float) -> str:
    text = f"{value:.2f}"
    return text if float(text) == value else repr(value)


def _guards(service: VllmSettings) -> list[str]:
    # Without the allow list vLLM answers every path it has, as it ships.
    return [f"--middleware={MIDDLEWARE}", "--disable-fastapi-docs"] if service.path_allow_list else []

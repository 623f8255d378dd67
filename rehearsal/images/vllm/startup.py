"""What vLLM does before it serves, as far as it can fail in the way a deployment makes it fail."""

import json
import os
from argparse import Namespace
from pathlib import PurePosixPath

from rehearsal.images.aws_client import AwsError, Session, split_url
from rehearsal.images.container import Container
from settings.models.services.vllm import GATED_MODELS

_BFLOAT16_CAPABILITY = 8.0
_LOADER_KEYS = frozenset({"distributed", "concurrency", "memory_limit"})


class StartupError(Exception):
    """vLLM would end here; the message is its last line."""


def check(options: Namespace, container: Container) -> None:
    """Go through GPUs, dtype, caches and weights in vLLM's order.

    Raises:
        StartupError: the first thing that is wrong.
    """
    _check_gpus(options, container)
    _check_caches(container)
    if options.model.startswith("s3://"):
        _check_bucket(options)
    elif options.model.startswith("/"):
        raise StartupError(f"OSError: {options.model}: the rehearsal has no model directories; use the Hub or a bucket")
    else:
        _check_hub(options.model)


def _check_gpus(options: Namespace, container: Container) -> None:
    if container.gpus == 0:
        raise StartupError(
            "RuntimeError: Failed to infer device type, please set the environment variable `VLLM_LOGGING_LEVEL=DEBUG` "
            "to turn on verbose logging to help debug the issue."
        )
    world_size = options.tensor_parallel_size * options.pipeline_parallel_size
    if world_size > container.gpus and not options.distributed_executor_backend == "ray":
        raise StartupError(
            f"ValueError: World size ({world_size}) is larger than the number of available GPUs ({container.gpus}) in this "
            "node. If this is intentional and you are using:\n- ray, set '--distributed-executor-backend ray'.\n"
            "- multiprocessing, set '--nnodes' appropriately."
        )
    if options.dtype == "bfloat16" and 0 < container.gpu_capability < _BFLOAT16_CAPABILITY:
        raise StartupError(
            "ValueError: Bfloat16 is only supported on GPUs with compute capability of at least 8.0. Your "
            f"{container.gpu} GPU has compute capability {container.gpu_capability}. You can use float16 instead by "
            "explicitly setting the `dtype` flag in CLI, for example: --dtype=half."
        )


def _check_caches(container: Container) -> None:
    cache = os.environ.get("XDG_CACHE_HOME") or str(PurePosixPath(os.environ.get("HOME", "/")) / ".cache")
    hub = os.environ.get("HF_HUB_CACHE") or f"{os.environ.get('HF_HOME') or f'{cache}/huggingface'}/hub"
    own = os.environ.get("VLLM_CACHE_ROOT") or f"{cache}/vllm"
    for path in (own, hub):
        # Where a volume is not at its path, the path that the process has is already this machine's.
        if not container.writable(path) and not any(path.startswith(mount.host) for mount in container.mounts):
            why = "[Errno 30] Read-only file system" if container.read_only_root else "[Errno 13] Permission denied"
            raise StartupError(f"PermissionError: {why}: '{path}'")


def _check_hub(model: str) -> None:
    if model.count("/") > 1:
        raise StartupError(f"OSError: Repo id must be in the form 'repo_name' or 'namespace/repo_name': '{model}'.")
    token = os.environ.get("HF_TOKEN") or os.environ.get("HUGGING_FACE_HUB_TOKEN")
    if model.startswith(GATED_MODELS) and not token:
        raise StartupError(
            "OSError: You are trying to access a gated repo.\nMake sure to have access to it at "
            f"https://huggingface.co/{model}.\n401 Client Error. Access to model {model} is restricted. "
            "You must have access to it and be authenticated to access it. Please log in."
        )


def _check_bucket(options: Namespace) -> None:
    if options.load_format not in {"runai_streamer", "runai_streamer_sharded"}:
        raise StartupError(
            "ValueError: To load a model from object storage S3, 'load_format' must be 'runai_streamer' or "
            f"'runai_streamer_sharded', but got '{options.load_format or 'auto'}'. Model: {options.model}"
        )
    _check_loader(options.model_loader_extra_config)
    bucket, prefix = split_url(options.model)
    try:
        keys = Session.from_environment().keys(bucket, prefix)
    except AwsError as error:
        raise StartupError(f"botocore.exceptions.ClientError: {error}") from error
    if f"{prefix}config.json" not in keys:
        raise StartupError(f"ValueError: Invalid repository ID or local directory specified: '{options.model}'.")
    if not any(key.endswith(".safetensors") for key in keys):
        raise StartupError(f"RuntimeError: Cannot find any safetensors model weights with `{options.model}`")


def _check_loader(text: str | None) -> None:
    """What vLLM 0.32's ``runai_streamer_loader.py`` refuses of ``--model-loader-extra-config``."""
    config = json.loads(text) if text else {}
    if unexpected := set(config) - _LOADER_KEYS:
        raise StartupError(f"ValueError: Unexpected extra config keys for runai_streamer: {unexpected}")
    distributed, concurrency = config.get("distributed", False), config.get("concurrency", 1)
    if not isinstance(distributed, bool):
        raise StartupError(f"ValueError: distributed must be a bool, got {distributed!r}")
    if type(concurrency) is not int or concurrency <= 0:
        raise StartupError(f"ValueError: concurrency must be a positive integer, got {concurrency!r}")
    limit = config.get("memory_limit", 0)
    if type(limit) is not int or limit < -1:
        raise StartupError(f"ValueError: memory_limit must be an integer >= -1, got {limit!r}")

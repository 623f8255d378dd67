"""``llm-plan fit``: does this model run on these GPUs."""

# ruff: noqa: FBT002 - a flag of the command line is a parameter with a default: that is how typer reads it
import json
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from cli.console import OUT, ExitCode, UsageError, plain_table
from cli.options import MOST, AsJson, ModelName, Version, engine, machine_and_gpu, model, tokens
from planner.catalog.model_sources import Model
from planner.chart import NothingComputedError, memory_chart
from planner.fit import Fit, FitRequest, FitStatus, UnknownQuantizationError
from planner.fit import fit as compute_fit
from planner.memory.host_buffers import host_buffers
from planner.request import DEFAULT_UTILIZATION
from planner.serve_arguments import ArgumentError, memory_fields
from planner.shown import one_line, shortened


class Dtype(StrEnum):
    """What ``--dtype`` takes."""

    AUTO = "auto"
    BFLOAT16 = "bfloat16"
    FLOAT16 = "float16"
    HALF = "half"
    FLOAT = "float"
    FLOAT32 = "float32"


class CacheDtype(StrEnum):
    """Values of ``--kv-cache-dtype`` that the planner models."""

    AUTO = "auto"
    BFLOAT16 = "bfloat16"
    FLOAT16 = "float16"
    FP8 = "fp8"
    FP8_E4M3 = "fp8_e4m3"
    FP8_E5M2 = "fp8_e5m2"
    FP8_DS_MLA = "fp8_ds_mla"
    NVFP4 = "nvfp4"
    FP8_PER_HEAD = "fp8_per_token_head"
    INT8_PER_HEAD = "int8_per_token_head"
    INT4_PER_HEAD = "int4_per_token_head"


class Source(StrEnum):
    """What ``--weights`` takes."""

    BUCKET = "bucket"
    HUB = "hub"


_EXIT = {FitStatus.FITS: ExitCode.FITS, FitStatus.REFUSED: ExitCode.REFUSED, FitStatus.UNKNOWN: ExitCode.UNKNOWN}
_STYLE = {FitStatus.FITS: "green", FitStatus.REFUSED: "red", FitStatus.UNKNOWN: "yellow"}
_PARTS = {
    "weights": "weights",
    "activation": "activations, peak",
    "non_torch": "CUDA, NCCL",
    "cuda_graphs": "CUDA graphs",
    "kv": "left for the KV cache",
    "visible": "visible to CUDA",
}


def fit(
    model_name: ModelName,
    instance: Annotated[str | None, typer.Option("--instance", help="EC2 type, such as g6e.12xlarge.")] = None,
    gpu: Annotated[str | None, typer.Option("--gpu", help="GPU by name, such as H100, instead of --instance.")] = None,
    gpus: Annotated[
        int | None, typer.Option("--gpus", min=1, max=MOST, help="How many, with --gpu; default one.")
    ] = None,
    visible_gib: Annotated[
        float | None, typer.Option("--visible-gib", min=1, max=2000, help="Memory CUDA shows, per GPU.")
    ] = None,
    tp: Annotated[int, typer.Option("--tp", min=1, max=1024, help="tensor_parallel.")] = 1,
    pp: Annotated[int, typer.Option("--pp", min=1, max=1024, help="pipeline_parallel.")] = 1,
    dtype: Annotated[Dtype, typer.Option("--dtype", help="Number format of weights and activations.")] = Dtype.AUTO,
    quantization: Annotated[
        str | None, typer.Option("--quantization", help="What vLLM quantizes to while it loads, such as fp8.")
    ] = None,
    kv_cache_dtype: Annotated[CacheDtype, typer.Option("--kv-cache-dtype", help="KV cache format.")] = CacheDtype.AUTO,
    utilization: Annotated[
        float, typer.Option("--utilization", min=0.01, max=1.0, help="gpu_memory_utilization.")
    ] = DEFAULT_UTILIZATION,
    max_model_len: Annotated[
        str | None, typer.Option("--max-model-len", help="Longest request, such as 16384 or 16K; default the model's.")
    ] = None,
    max_num_seqs: Annotated[
        int | None, typer.Option("--max-num-seqs", min=1, max=MOST, help="Default as vLLM's.")
    ] = None,
    max_num_batched_tokens: Annotated[
        int | None, typer.Option("--max-num-batched-tokens", min=1, max=MOST, help="Default as vLLM's.")
    ] = None,
    enforce_eager: Annotated[bool, typer.Option("--enforce-eager", help="No CUDA graphs.")] = False,
    concurrency: Annotated[
        int | None,
        typer.Option("--concurrency", min=1, max=MOST, help="Longest requests that must fit at once; default one."),
    ] = None,
    offload_gib: Annotated[
        float,
        typer.Option("--cpu-offload-gb", min=0, max=100_000, help="GiB of weights each GPU leaves in main memory."),
    ] = 0.0,
    kv_offloading_gib: Annotated[
        float,
        typer.Option(
            "--kv-offloading-size", min=0, max=100_000, help="GiB of KV cache in main memory, of all GPUs together."
        ),
    ] = 0.0,
    data_parallel_size: Annotated[
        int, typer.Option("--data-parallel-size", min=1, max=1024, help="Copies of the attention layers.")
    ] = 1,
    enable_expert_parallel: Annotated[
        bool, typer.Option("--enable-expert-parallel", help="Whole experts on each GPU.")
    ] = False,
    decode_context_parallel_size: Annotated[
        int, typer.Option("--decode-context-parallel-size", min=1, max=1024, help="GPUs that share a request's cache.")
    ] = 1,
    enable_lora: Annotated[bool, typer.Option("--enable-lora", help="Buffers for adapters.")] = False,
    max_loras: Annotated[int, typer.Option("--max-loras", min=1, max=4096, help="Adapters in a batch.")] = 1,
    max_lora_rank: Annotated[int, typer.Option("--max-lora-rank", min=1, max=4096, help="Their largest rank.")] = 16,
    fully_sharded_loras: Annotated[
        bool, typer.Option("--fully-sharded-loras", help="Split both matrices of an adapter.")
    ] = False,
    speculative_config: Annotated[
        str | None, typer.Option("--speculative-config", help="JSON, as vLLM takes it.")
    ] = None,
    enable_prefix_caching: Annotated[
        bool | None, typer.Option("--enable-prefix-caching/--no-enable-prefix-caching", help="Default as vLLM's.")
    ] = None,
    block_size: Annotated[int | None, typer.Option("--block-size", min=1, max=65536, help="Default as vLLM's.")] = None,
    kv_cache_memory_bytes: Annotated[
        str | None, typer.Option("--kv-cache-memory-bytes", help="Size of the KV cache on each GPU, such as 8G.")
    ] = None,
    num_gpu_blocks_override: Annotated[
        int | None, typer.Option("--num-gpu-blocks-override", min=1, max=10**9, help="Blocks of the KV cache.")
    ] = None,
    mamba_ssm_cache_dtype: Annotated[
        str | None, typer.Option("--mamba-ssm-cache-dtype", help="Number format of recurrent states.")
    ] = None,
    weights: Annotated[
        Source, typer.Option("--weights", help="Where they come from; it bears on main memory.")
    ] = Source.BUCKET,
    version: Version = "0.32",
    as_json: AsJson = False,
    svg: Annotated[Path | None, typer.Option("--svg", help="Write a chart of the memory here.")] = None,
) -> None:
    """Estimate whether a model fits: 0 it fits, 1 it does not, 2 usage error, 3 unknown."""
    machine, gpu_memory = machine_and_gpu(instance, gpu, visible_gib)
    if machine and gpus is not None:
        raise UsageError(f"--gpus goes with --gpu: {machine.name} has {machine.gpus}")
    if quantization is not None and not quantization.strip():
        raise UsageError("--quantization is empty: name a method such as fp8, or omit it")
    found = model(model_name)
    given = {
        "data-parallel-size": data_parallel_size,
        "enable-expert-parallel": enable_expert_parallel,
        "decode-context-parallel-size": decode_context_parallel_size,
        "enable-lora": enable_lora,
        "max-loras": max_loras,
        "max-lora-rank": max_lora_rank,
        "fully-sharded-loras": fully_sharded_loras,
        "speculative-config": speculative_config,
        "enable-prefix-caching": enable_prefix_caching,
        "block-size": block_size,
        "kv-cache-memory-bytes": kv_cache_memory_bytes,
        "num-gpu-blocks-override": num_gpu_blocks_override,
        "mamba-ssm-cache-dtype": mamba_ssm_cache_dtype,
    }
    request = FitRequest(
        shape=found.shape,
        gpu=gpu_memory,
        gpus=machine.gpus if machine else gpus or tp * pp * data_parallel_size,
        machine=machine,
        tensor_parallel=tp,
        pipeline_parallel=pp,
        dtype=dtype.value,
        quantization=quantization,
        kv_cache_dtype=kv_cache_dtype.value,
        utilization=utilization,
        max_model_len=None if max_model_len is None else tokens("--max-model-len", max_model_len),
        max_num_seqs=max_num_seqs,
        max_num_batched_tokens=max_num_batched_tokens,
        enforce_eager=enforce_eager,
        engine=engine(version),
        offload_gib=offload_gib,
        buffers=host_buffers({"kv-offloading-size": kv_offloading_gib}, release=engine(version), ranks=tp * pp),
        from_bucket=weights is Source.BUCKET,
        concurrency=concurrency,
        stored_bytes=found.stored.bytes if found.stored else None,
        **_memory_fields(given, target=found.name),
    )
    try:
        result = compute_fit(request)
    except UnknownQuantizationError as error:
        raise UsageError(one_line(f"--quantization: {shortened(str(error))}")) from None
    if svg:
        _draw(svg, result, utilization, _title(found, request))
    if as_json:
        typer.echo(json.dumps({"model": found.name, "origin": found.origin, **result.as_json()}, indent=2))
    else:
        _show(found, request, result)
    raise typer.Exit(_EXIT[result.status])


def _memory_fields(given: dict[str, Any], *, target: str) -> dict[str, Any]:
    """What the options of vLLM say of memory; a draft model is looked for where the model itself is.

    Raises:
        UsageError: a value is none that vLLM takes, or the draft model was not found.
    """
    try:
        return memory_fields(given, find=lambda name: model(name).shape, target=target)
    except ArgumentError as error:
        raise UsageError(one_line(f"--{shortened(str(error))}")) from None


def _title(found: Model, request: FitRequest) -> str:
    where = f"{request.machine.name} ({request.gpu.name})" if request.machine else request.gpu.name
    return f"{one_line(found.name)} on {where}, tensor_parallel {request.tensor_parallel}"


def _draw(path: Path, result: Fit, utilization: float, title: str) -> None:
    try:
        chart = memory_chart(result, utilization=utilization, title=title)
    except NothingComputedError as error:
        typer.echo(f"--svg: {error}", err=True)
    else:
        _write(path, chart)


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise UsageError(f"--svg: {one_line(shortened(str(path)))} cannot be written: {error.strerror}") from None


def _show(found: Model, request: FitRequest, result: Fit) -> None:
    OUT.print(f"{_title(found, request)}, vLLM {result.engine}", markup=False)
    OUT.print(f"[bold {_STYLE[result.status]}]{result.status.value}[/]")
    for reason in result.reasons:
        OUT.print(f"  {one_line(reason)}", markup=False)
    if result.per_gpu:
        table = plain_table("GiB a GPU", "", numbers={""})
        for name, words in _PARTS.items():
            size = getattr(result.per_gpu, name)
            if size is not None:
                table.add_row(words, f"{size:.2f}")
        OUT.print(table)
    elif result.weights_gib is not None:
        OUT.print(f"the model's files have {result.weights_gib:.1f} GiB")
    if result.host:
        OUT.print(
            f"main memory: {result.host.needed:.1f} GiB to start, of {result.host.pod:.1f} that the pod may take"
            + (f"; {result.host.buffers:.1f} of it buffers for weights from the bucket" if result.host.buffers else "")
        )
    if result.kv_tokens is not None and result.kv_tokens_range and result.concurrent_requests is not None:
        low, high = result.kv_tokens_range
        OUT.print(f"KV cache {result.kv_tokens:,} tokens (vLLM should print {low:,} to {high:,})")
        OUT.print(
            f"longest request {result.max_request_tokens:,} tokens; {result.concurrent_requests:.1f} requests of "
            f"{result.max_model_len:,} tokens at once (max_num_seqs {result.max_num_seqs})"
        )
    for note in result.notes:
        OUT.print(f"note: {one_line(note)}", markup=False, style="dim")

"""The options that more than one command takes, and what they mean to the planner."""

import re
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from cli.console import UsageError
from planner.catalog.gpus import GpuMemory, UnknownGpuError, gpu_named, gpu_of
from planner.catalog.instances import InstanceType, UnknownInstanceTypeError, instance_type
from planner.catalog.model_sources import Model, SourceError, find_model
from planner.cost import PriceFileError, PriceTable, read_prices
from planner.memory.vllm_version import VersionError, VllmVersion
from planner.ollama import known_ollama_model, nearest_ollama_models, ollama_memory
from planner.shown import one_line, shortened
from planner.size_check import checked
from planner.vllm_options.values import parse_int

ModelName = Annotated[
    str,
    typer.Option("--model", help="config.json, a folder with one, s3://BUCKET/PREFIX, or OWNER/NAME on the Hub."),
]
Version = Annotated[str, typer.Option("--vllm", help="Version of vLLM, 0.8 or newer.")]
AsJson = Annotated[bool, typer.Option("--json", help="JSON on stdout and nothing else.")]
Prices = Annotated[Path | None, typer.Option("--prices", help="JSON or YAML file of your own prices.")]
MOST = 10**6
"""Largest count that the options of the planner take: GPUs, requests, tokens of a step."""
_MOST_TOKENS = 10**9
_LONGEST_NAME = 60
"""No name of a GPU, an instance type or a version is longer: what is, is cut in the message that refuses it."""
_OLLAMA = re.compile(r"[a-z0-9][\w.-]{0,60}:[\w.-]{1,60}")
_OLLAMA_CONTEXT = 8192
"""Tokens of a request in the example that the hint computes."""


def tokens(option: str, text: str) -> int:
    """A number of tokens as vLLM reads it: ``16384``, ``16k`` for 16,000, ``16K`` for 16,384.

    Args:
        option: The option, for messages.
        text: Its value.

    Raises:
        UsageError: it is none.
    """
    number = parse_int("max-model-len", text.strip()) if len(text) < 30 else None
    if number is None or not 1 <= number <= _MOST_TOKENS:
        raise UsageError(
            one_line(
                f"{option} {shortened(text)!r} is not a number of tokens: write it like 16384, 16k (16,000) or 16K (16,384)"
            )
        )
    return number


def model(reference: str) -> Model:
    """The model a reference means, marked as not computed where its files or its name contradict its configuration.

    Raises:
        UsageError: it was not found.
    """
    try:
        found = find_model(reference)
    except SourceError as error:
        raise UsageError(_ollama_hint(reference) or str(error)) from None
    shape = checked(found.shape, found.name, found.stored)
    # Of two sizes that contradict each other neither decides.
    return replace(found, shape=shape, stored=found.stored if shape is found.shape else None)


def _ollama_hint(reference: str) -> str | None:
    """How to plan a model of Ollama's library, if a reference looks like one."""
    name = reference.removeprefix("library/")
    if not _OLLAMA.fullmatch(name):
        return None
    known = known_ollama_model(name)
    if known is None:
        near = nearest_ollama_models(name)
        size = f"did you mean {near[0]}?" if near else "its size goes into size_gib"
    else:
        memory = ollama_memory(known, context_length=_OLLAMA_CONTEXT, parallel=1).total
        size = f"about {memory:.1f} GiB of main memory for one request of {_OLLAMA_CONTEXT:,} tokens at a time"
    return (
        f"{reference} has the form of a model of Ollama's library, and this command estimates vLLM: plan it as a service "
        f"of kind ollama (docs/ollama.md), {size}"
    )


def engine(text: str) -> VllmVersion:
    """The version of vLLM.

    Raises:
        UsageError: it is none.
    """
    try:
        return VllmVersion.of(text[:_LONGEST_NAME])
    except VersionError as error:
        raise UsageError(one_line(str(error))) from None


def machine_and_gpu(
    instance: str | None, gpu: str | None, visible_gib: float | None
) -> tuple[InstanceType | None, GpuMemory]:
    """The GPU, and the instance type it is in where one is named.

    Raises:
        UsageError: neither or both are named, or one is unknown.
    """
    if (instance is None) == (gpu is None):
        raise UsageError("name either --instance, such as g6e.12xlarge, or --gpu, such as H100")
    try:
        if instance is not None:
            machine = instance_type(instance[:_LONGEST_NAME])
            return machine, gpu_of(machine, visible_gib)
        return None, gpu_named((gpu or "")[:_LONGEST_NAME], visible_gib)
    except (UnknownGpuError, UnknownInstanceTypeError) as error:
        raise UsageError(one_line(str(error))) from None


def with_prices(path: Path | None, table: PriceTable) -> PriceTable:
    """``table``, with the prices of a file in place of its own if there is one.

    Raises:
        UsageError: the file cannot be read, or has mistakes.
    """
    if path is None:
        return table
    try:
        return read_prices(path, table)
    except PriceFileError as error:
        raise UsageError(str(error)) from None

"""The options that more than one command takes, and what they mean to the planner."""

import re
from pathlib import Path
from typing import Annotated

import typer

from cli.console import UsageError
from planner.catalog.gpus import GpuMemory, UnknownGpuError, gpu_named, gpu_of
from planner.catalog.instances import InstanceType, UnknownInstanceTypeError, instance_type
from planner.catalog.model_sources import Model, SourceError, find_model
from planner.cost import PriceFileError, PriceTable, read_prices
from planner.memory.vllm_version import VersionError, VllmVersion

ModelName = Annotated[
    str,
    typer.Option("--model", help="config.json, a folder with one, s3://BUCKET/PREFIX, or OWNER/NAME on the Hub."),
]
Version = Annotated[str, typer.Option("--vllm", help="Version of vLLM, 0.8 or newer.")]
AsJson = Annotated[bool, typer.Option("--json", help="JSON on stdout and nothing else.")]
Prices = Annotated[Path | None, typer.Option("--prices", help="JSON or YAML file of your own prices.")]
_COUNT = re.compile(r"(\d+(?:\.\d+)?)\s*([kKmM]?)")
_SCALE = {"": 1, "k": 1024, "m": 1024 * 1024}


def tokens(text: str) -> int:
    """A number of tokens such as ``16384`` or ``16k``.

    Raises:
        UsageError: it is none.
    """
    found = _COUNT.fullmatch(text.strip())
    if not found or float(found[1]) * _SCALE[found[2].lower()] < 1:
        raise UsageError(f"{text!r} is not a number of tokens: write it like 16384 or 16k")
    return int(float(found[1]) * _SCALE[found[2].lower()])


def model(reference: str) -> Model:
    """The model a reference means.

    Raises:
        UsageError: it was not found.
    """
    try:
        return find_model(reference)
    except SourceError as error:
        raise UsageError(str(error)) from None


def engine(text: str) -> VllmVersion:
    """The version of vLLM.

    Raises:
        UsageError: it is none.
    """
    try:
        return VllmVersion.of(text)
    except VersionError as error:
        raise UsageError(str(error)) from None


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
            machine = instance_type(instance)
            return machine, gpu_of(machine, visible_gib)
        return None, gpu_named(gpu or "", visible_gib)
    except (UnknownGpuError, UnknownInstanceTypeError) as error:
        raise UsageError(str(error)) from None


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

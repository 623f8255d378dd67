"""``llm-plan fit``: does this model run on these GPUs."""

from typing import Annotated

import typer

from planner.commands.console import OUT, UsageError
from planner.instances import UnknownInstanceTypeError, instance_type


def fit(instance: Annotated[str, typer.Option("--instance", help="EC2 instance type, such as g6e.12xlarge.")]) -> None:
    """Reckon the memory of each GPU."""
    try:
        machine = instance_type(instance)
    except UnknownInstanceTypeError as error:
        raise UsageError(str(error)) from None
    gpu = machine.gpu
    if gpu is None:
        raise UsageError(f"{instance} has no GPU: take one such as g6e.xlarge")
    OUT.print(f"{machine.gpus} x {gpu.name}, {gpu.memory_mib / 1024:.1f} GiB each by EC2's figures")

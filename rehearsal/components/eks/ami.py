"""EKS-optimized image of a node group: by operating system, GPU and processor of its instance types."""

import re
from collections.abc import Sequence

from rehearsal.components.inputs import input_error

AL2, AL2023, BOTTLEROCKET = "AL2", "AL2023", "Bottlerocket"

# (operating system, GPU, processor) -> AMI type, EKS CreateNodegroup API.
_TYPES = {
    (AL2, False, "x86_64"): "AL2_x86_64",
    (AL2, True, "x86_64"): "AL2_x86_64_GPU",
    (AL2, False, "arm64"): "AL2_ARM_64",
    (AL2023, False, "x86_64"): "AL2023_x86_64_STANDARD",
    (AL2023, False, "arm64"): "AL2023_ARM_64_STANDARD",
    (AL2023, True, "x86_64"): "AL2023_x86_64_NVIDIA",
    (BOTTLEROCKET, False, "x86_64"): "BOTTLEROCKET_x86_64",
    (BOTTLEROCKET, False, "arm64"): "BOTTLEROCKET_ARM_64",
    (BOTTLEROCKET, True, "x86_64"): "BOTTLEROCKET_x86_64_NVIDIA",
    (BOTTLEROCKET, True, "arm64"): "BOTTLEROCKET_ARM_64_NVIDIA",
}
_INSTANCE = re.compile(r"[a-z]+[0-9]+(?P<processor>[a-z])?-?[a-z]*\.[a-zA-Z0-9-]+")


def ami_type(system: str, instance_types: Sequence[str], *, gpu: bool) -> str:
    """The AMI type for a node group.

    Raises:
        InputPropertyError: there is none, or the instance types do not share a processor.
    """
    processor = _processor(instance_types)
    found = _TYPES.get((system, gpu, processor))
    if found is None:
        raise input_error(
            "operatingSystem", f"no EKS image for {system}{' with GPU' if gpu else ''} on {processor}; set `amiType`"
        )
    return found


def root_device(system: str) -> str:
    """The device that holds what a node writes."""
    return "/dev/xvdb" if system == BOTTLEROCKET else "/dev/xvda"


def system_of(ami: str | None, system: str | None) -> str:
    """The operating system that an AMI type or the caller names; AL2023 if neither does.

    Raises:
        InputPropertyError: the AMI type is unknown, or it and the caller's operating system differ.
    """
    if not ami:
        return system or AL2023
    found = next((key[0] for key, value in _TYPES.items() if value == ami), None)
    if found is None:
        raise input_error("amiType", f"cannot determine the operating system of unknown AMI type {ami}")
    if system and system != found:
        raise input_error(
            "operatingSystem", f"operating system {system} does not match AMI type {ami}, which is {found}"
        )
    return found


def _processor(instance_types: Sequence[str]) -> str:
    processors = set()
    for each in instance_types:
        match = _INSTANCE.fullmatch(each)
        if match is None:
            raise input_error("instanceTypes", f"{each!r} is not an EC2 instance type such as g5.2xlarge")
        processors.add("arm64" if match["processor"] == "g" else "x86_64")
    if len(processors) > 1:
        raise input_error(
            "instanceTypes", f"{', '.join(instance_types)} do not share a processor architecture; split them"
        )
    return processors.pop() if processors else "x86_64"

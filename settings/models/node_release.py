"""Releases of the EKS optimized AMI: how they are written, which one new pools get, which ones are known to be bad.

Without a release EKS takes the newest of the day a pool is made or updated, which nobody has tried with the device plugin
of this program. The table has one release for all AMI types, as EKS numbers them: driver 580.159 and container toolkit 1.19
in release 20260714 suit the pinned device plugin and vLLM's CUDA 13 images. Source: CHANGELOG of awslabs/amazon-eks-ami,
"AMI Release v20260714".
"""

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime
from types import MappingProxyType
from typing import Annotated

from pydantic import AfterValidator

from planner.shown import as_yaml
from settings.models.base import Text

DEFAULT_RELEASES: Mapping[str, str] = MappingProxyType(
    {
        "1.31": "1.31.14-20260714",
        "1.32": "1.32.13-20260714",
        "1.33": "1.33.13-20260714",
        "1.34": "1.34.9-20260714",
        "1.35": "1.35.6-20260714",
        "1.36": "1.36.2-20260714",
    }
)
"""Kubernetes version to the AMI release of new pools; a version without one gets the newest of the day."""
BAD_RELEASES: Mapping[str, str] = MappingProxyType(
    {
        "20260423": "device plugins that are not privileged crash in a loop (awslabs/amazon-eks-ami#2706)",
        "20260818": "containers with something read-only below /etc/nvidia do not start (awslabs/amazon-eks-ami#2790)",
    }
)
"""Date of a release to what is reported of its GPU images."""
FIRST_PARALLEL_PULL = date(2025, 8, 21)
"""Release whose nodeadm pulls images in parallel (``FastImagePull``); an older one does not start with the option:
https://github.com/aws-samples/karpenter-blueprints/blob/main/blueprints/soci-snapshotter/README.md."""
_RELEASE = re.compile(r"(\d+\.\d+)\.\d+-(\d{8})")


def _release(text: str) -> str:
    if release_day(text) is None:
        raise ValueError(
            f"{as_yaml(text)} is not an AMI release: write the kubelet's version and the date, such as {DEFAULT_RELEASES['1.35']}; "
            "https://github.com/awslabs/amazon-eks-ami/releases lists them"
        )
    return text


def release_day(text: str) -> date | None:
    """The day in the name of a release; None if it is not a release or not a day of the calendar."""
    match = _RELEASE.fullmatch(text)
    try:
        return datetime.strptime(match[2], "%Y%m%d").replace(tzinfo=UTC).date() if match else None
    except ValueError:
        return None


def of_the_future(release: str, today: date) -> str | None:
    """Why there is no such ``release`` yet; None if its day has come."""
    day = release_day(release)
    if day is None or day <= today:
        return None
    return (
        f"{release} is a release of {day}, which is in the future: take one that "
        "https://github.com/awslabs/amazon-eks-ami/releases lists"
    )


NodeRelease = Annotated[Text, AfterValidator(_release)]


def of_another_version(release: str, version: str) -> str | None:
    """Why EKS refuses a well-formed ``release`` for nodes of Kubernetes ``version``; None if it does not."""
    match = _RELEASE.fullmatch(release)
    if match is None or match[1] == version:
        return None
    known = DEFAULT_RELEASES.get(version)
    cure = f"such as {known}" if known else "which https://github.com/awslabs/amazon-eks-ami/releases lists"
    return f"{release} is a release of Kubernetes {match[1]}, and cluster.version is {version}: take one of {version}, {cure}"


def reported_bad(release: str) -> str | None:
    """What is reported of a well-formed ``release``; None if nothing is known."""
    match = _RELEASE.fullmatch(release)
    return BAD_RELEASES.get(match[2]) if match else None

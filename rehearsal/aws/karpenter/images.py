"""Images of EKS nodes (Amazon Linux 2023): their SSM parameters, and the AMIs that these name.

AWS publishes an image for each Kubernetes version, architecture and variant with every release, under
``/aws/service/eks/optimized-ami/VERSION/amazon-linux-2023/ARCHITECTURE/VARIANT/NAME/image_id``; NAME is ``recommended`` or
``amazon-eks-node-al2023-ARCHITECTURE-VARIANT-VERSION-vDATE``, which Karpenter derives from an alias such as
``al2023@v20260714`` (karpenter-provider-aws 1.14.1, pkg/providers/amifamily/al2023.go). Here the id of an image says which
one it is, so that it can be described at any time, also by a server that was restarted.
"""

import datetime as dt
import hashlib
import re
from dataclasses import dataclass

ARCHITECTURES = ("x86_64", "arm64")
VARIANTS = ("standard", "nvidia", "neuron")
RECOMMENDED = "20260714"
"""Date of the release that ``recommended`` names."""
_PARAMETER = re.compile(
    r"/aws/service/eks/optimized-ami/(?P<version>1\.\d\d)/amazon-linux-2023/(?P<architecture>\w+)/(?P<variant>\w+)/"
    r"(?P<name>[\w.-]+)/(?P<what>image_id|release_version)"
)
_DATED = "amazon-eks-node-al2023-{architecture}-{variant}-{version}-v"
_IMAGE = re.compile(r"ami-(\d{8})(1)(\d\d)([0-9])([0-9])([0-9a-f]{4})")


@dataclass(frozen=True, kw_only=True)
class NodeImage:
    """One image: Kubernetes version such as 1.35, architecture, variant, and the date of its release as YYYYMMDD."""

    version: str
    architecture: str
    variant: str
    date: str

    @property
    def name(self) -> str:
        """Name of the AMI."""
        return _DATED.format(architecture=self.architecture, variant=self.variant, version=self.version) + self.date

    @property
    def release(self) -> str:
        """AMI release version of a node group."""
        return f"{self.version}.0-{self.date}"

    def id(self, region: str) -> str:
        """AMI id in a region."""
        major, minor = self.version.split(".")
        place = f"{ARCHITECTURES.index(self.architecture)}{VARIANTS.index(self.variant)}"
        return f"ami-{self.date}{major}{minor}{place}{_mark(region)}"


def of_id(image_id: str, region: str) -> NodeImage | None:
    """Return the image of an AMI id in a region; None if it is none of these."""
    match = _IMAGE.fullmatch(image_id)
    if match is None or match[6] != _mark(region):
        return None
    architecture, variant = int(match[4]), int(match[5])
    if architecture >= len(ARCHITECTURES) or variant >= len(VARIANTS):
        return None
    return NodeImage(
        version=f"{match[2]}.{match[3]}",
        architecture=ARCHITECTURES[architecture],
        variant=VARIANTS[variant],
        date=match[1],
    )


def parameter(name: str, region: str, today: dt.date | None = None) -> str | None:
    """Return the value of an SSM parameter; None if AWS has no such parameter.

    Args:
        name: Full name of the parameter.
        region: AWS region.
        today: The current date; a release of a later date does not exist yet.
    """
    match = _PARAMETER.fullmatch(name)
    if match is None or match["architecture"] not in ARCHITECTURES or match["variant"] not in VARIANTS:
        return None
    found = {key: match[key] for key in ("version", "architecture", "variant")}
    if match["name"] == "recommended":
        image = NodeImage(**found, date=RECOMMENDED)
    else:
        date = match["name"].removeprefix(_DATED.format(**found))
        if not _released(date, today or dt.datetime.now(dt.UTC).date()):
            return None
        image = NodeImage(**found, date=date)
    return image.id(region) if match["what"] == "image_id" else image.release


def _released(date: str, today: dt.date) -> bool:
    try:
        return dt.datetime.strptime(date, "%Y%m%d").date() <= today  # noqa: DTZ007 - a date has no time zone
    except ValueError:
        return False


def _mark(region: str) -> str:
    return hashlib.sha256(region.encode()).hexdigest()[:4]

"""EKS images in moto: SSM answers with their ids, EC2 describes them."""

import datetime as dt
from types import SimpleNamespace
from typing import Any

from moto.ec2.models.amis import Ami, AmiBackend
from moto.ssm.models import Parameter, SimpleSystemManagerBackend

from rehearsal.aws.karpenter.images import RECOMMENDED, NodeImage, of_id, parameter
from rehearsal.aws.patching import replace_methods

_AMAZON = "602401143452"
"""Account that owns the EKS images in most regions (https://docs.aws.amazon.com/eks/latest/userguide/add-ons-images.html)."""
_ROOT = "/dev/xvda"


def serve_images() -> None:
    """Serve the SSM parameters of EKS images, and the images themselves."""
    get_parameter_of_moto = SimpleSystemManagerBackend.get_parameter
    make: Any = Parameter  # its type looks abstract, though moto makes such objects too
    describe_images_of_moto = AmiBackend.describe_images

    def get_parameter(self: SimpleSystemManagerBackend, name: str) -> Parameter | None:
        value = parameter(name, self.region_name)
        if value is None:
            return get_parameter_of_moto(self, name)
        released = dt.datetime.strptime(RECOMMENDED, "%Y%m%d")  # noqa: DTZ007 - as moto's other times
        found: Parameter = make(self.account_id, name, value, "String", "", None, None, released, 1, "text", labels=[])
        return found

    def describe_images(
        self: AmiBackend,
        ami_ids: list[str] | None = None,
        filters: dict[str, Any] | None = None,
        exec_users: list[str] | None = None,
        owners: list[str] | None = None,
    ) -> list[Any]:
        named = [*(ami_ids or []), *((filters or {}).get("image-id") or [])]
        region: str = self.region_name  # type: ignore[attr-defined]
        for name in named:
            image = of_id(name, region)
            if image is not None and name not in self.amis:
                self.amis[name] = _NodeAmi(self, name, image)
        return describe_images_of_moto(self, ami_ids, filters, exec_users, owners)

    replace_methods(SimpleSystemManagerBackend, get_parameter)
    replace_methods(AmiBackend, describe_images)


class _NodeAmi(Ami):
    """An image without the volume and snapshot that moto creates beside one: a read must not use up random numbers."""

    def __init__(self, backend: Any, image_id: str, image: NodeImage) -> None:
        self.ec2_backend = backend
        self.id = image_id
        self.state = "available"
        self.name = self.description = image.name
        self.image_type, self.image_location = "machine", f"amazon/{image.name}"
        self.owner_id, self.owner_alias = _AMAZON, "amazon"
        self.virtualization_type, self.hypervisor = "hvm", "xen"
        self.architecture = image.architecture
        self.kernel_id = self.platform = self.instance_id = None
        self.root_device_name, self.root_device_type = _ROOT, "ebs"
        self.sriov, self.boot_mode = "simple", "uefi-preferred"
        self.creation_date = dt.datetime.strptime(image.date, "%Y%m%d")  # noqa: DTZ007 - as those of moto
        self.product_codes = set()
        self.launch_permissions = [{"Group": "all"}]
        self.ebs_snapshot = SimpleNamespace(id=f"snap-{image_id.removeprefix('ami-')}")

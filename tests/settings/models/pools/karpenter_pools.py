"""A pool of each kind that Karpenter launches nodes for, and how one is read."""

from typing import Any

from settings.issues import Issue
from settings.loading.partial import read_partial_settings
from settings.models.pools import Pool
from settings.models.stack import PlatformSettings
from settings.validation.partial import PartialSettings

GPU: dict[str, Any] = {
    "kind": "gpu",
    "provisioner": "karpenter",
    "instance_types": ["g5.xlarge", "g5.2xlarge", "g5.12xlarge"],
    "limits": {"gpus": 4},
}
CPU: dict[str, Any] = {
    "kind": "cpu",
    "provisioner": "karpenter",
    "instance_types": ["c6i.xlarge", "m6i.2xlarge"],
    "limits": {"vcpus": 32},
}


def read(pool: object) -> tuple[Pool | None, list[Issue]]:
    """One pool called k, as a stack file is read."""
    partial = PartialSettings(stack="dev", team=False, raw={"pools": {"k": pool}})
    read_partial_settings(PlatformSettings, partial)
    return partial.pools.get("k"), [issue for issue in partial.issues if issue.path.startswith("pools")]

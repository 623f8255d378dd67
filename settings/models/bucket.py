"""Settings of the bucket of model weights."""

from typing import Literal

from pydantic import Field

from settings.models.base import Prefix, SettingsModel

BucketArea = Literal["weights", "datasets", "checkpoints", "outputs", "logs"]


class LifecycleRule(SettingsModel):
    """What happens to objects below one prefix."""

    expire_days: int | None = Field(default=None, ge=1)
    """Days until an object expires; default never."""
    noncurrent_days: int = Field(default=30, ge=1)
    """Days an overwritten or deleted version is kept."""


class BucketSettings(SettingsModel):
    """The versioned, encrypted bucket of weights, datasets, checkpoints, outputs and logs."""

    retain: bool = False
    """Keep the bucket with all it holds when the stack is destroyed."""
    shared_prefixes: tuple[Prefix, ...] = ()
    """Prefixes that team stacks may read besides their own, such as weights/llama-3-8b; weights/shared and those of the
    platform's own services always are."""
    lifecycle: dict[BucketArea, LifecycleRule] = Field(default_factory=dict)
    """Prefix (weights, datasets, checkpoints, outputs, logs) to what happens to its objects."""

"""The one formula behind probes, deadlines and timeouts of a service: how long its start may take."""

import math
from dataclasses import dataclass

ENGINE_START_SECONDS = 300
HUB_GIB_PER_SECOND = 0.15
S3_GIB_PER_SECOND = 0.8
NODE_AND_IMAGE_SECONDS = 900
PULUMI_MARGIN_SECONDS = 300
PROBE_PERIOD_SECONDS = 10

PRE_STOP_SECONDS = 15
SHUTDOWN_SECONDS = 45
GRACE_SECONDS = 75


@dataclass(frozen=True, kw_only=True)
class Timing:
    """Every wait of one service, in seconds; each is longer than the one inside it."""

    startup: int
    """Engine start and loading of the weights: what the startup probe allows."""
    mirror: int
    """Download from the Hub and upload to the bucket: what the mirror Job may take."""

    @property
    def startup_failure_threshold(self) -> int:
        """Failures of the startup probe, one each ``PROBE_PERIOD_SECONDS``, before the pod is given up."""
        return math.ceil(self.startup / PROBE_PERIOD_SECONDS)

    @property
    def progress_deadline(self) -> int:
        """A Deployment's ``progressDeadlineSeconds``: a new node and the image's pull come before the start."""
        return self.startup + NODE_AND_IMAGE_SECONDS

    @property
    def pulumi_timeout(self) -> str:
        """Pulumi's ``custom_timeouts`` for the Deployment; its own 10 minutes would end a 70B's start."""
        return f"{self.progress_deadline + PULUMI_MARGIN_SECONDS}s"

    def pulumi_rollout_timeout(self, replicas: int) -> str:
        """``custom_timeouts`` for an update: a rollout replaces one replica after the other."""
        return f"{replicas * self.progress_deadline + PULUMI_MARGIN_SECONDS}s"

    @property
    def mirror_deadline(self) -> int:
        """The mirror Job's ``activeDeadlineSeconds``."""
        return self.mirror + NODE_AND_IMAGE_SECONDS

    @property
    def mirror_pulumi_timeout(self) -> str:
        """Pulumi's ``custom_timeouts`` for the mirror Job."""
        return f"{self.mirror_deadline + PULUMI_MARGIN_SECONDS}s"


def timing(*, size_gib: float, from_bucket: bool) -> Timing:
    """How long a service may take, from the size of its weights in GiB and where they come from."""
    speed = S3_GIB_PER_SECOND if from_bucket else HUB_GIB_PER_SECOND
    return Timing(
        startup=ENGINE_START_SECONDS + math.ceil(size_gib / speed),
        mirror=math.ceil(size_gib / HUB_GIB_PER_SECOND) + math.ceil(size_gib / S3_GIB_PER_SECOND),
    )

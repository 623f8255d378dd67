"""What the configuration of Alertmanager depends on."""

import re
from dataclasses import dataclass

_TOPIC = re.compile(r"arn:[\w-]+:sns:[\w-]+:\d{12}:[\w-]+")
MAX_REPEAT_HOURS = 120
"""Alertmanager forgets after 120 hours, its default, what it has sent."""


@dataclass(frozen=True, kw_only=True)
class NotifyArgs:
    """Arguments of `monitoring.notify.render`.

    Attributes:
        cluster: Name of the EKS cluster, which messages name.
        topic_arn: ARN of the SNS topic. Its region signs the requests; the credentials are the pod's.
        repeat_hours: Time after which an alert that still fires is sent again, above 0 to 120.
        time_scale: Factor on every duration. A rehearsal has less than 1, where hours pass in seconds.
    """

    cluster: str
    topic_arn: str
    repeat_hours: float = 12
    time_scale: float = 1

    def __post_init__(self) -> None:
        """Check the arguments.

        Raises:
            ValueError: one cannot be; the message names it.
        """
        if not _TOPIC.fullmatch(self.topic_arn):
            raise ValueError(f"topic_arn: {self.topic_arn!r} is not the ARN of a standard SNS topic")
        if not 0 < self.repeat_hours <= MAX_REPEAT_HOURS:
            raise ValueError(
                f"repeat_hours: {self.repeat_hours:g} must be above 0 and at most {MAX_REPEAT_HOURS}: "
                "Alertmanager forgets after that time what it has sent"
            )
        if not 0 < self.time_scale <= 1:
            raise ValueError(f"time_scale: {self.time_scale} must be above 0 and at most 1")

    @property
    def region(self) -> str:
        """AWS region of the topic."""
        return self.topic_arn.split(":")[3]

"""How much one target, and one job, may bring: what is above it fails as a whole and fires PrometheusTargetDown."""

from dataclasses import dataclass
from typing import Any

LABEL_NAME_LENGTH, LABEL_VALUE_LENGTH = 128, 256
"""Characters. A prompt or a key that got into a label would be longer, or break the scrape loudly; names of pods, the longest
values there are, have 253 at most."""
BODY_MIB = 16
"""Uncompressed size of one answer."""


@dataclass(frozen=True, kw_only=True)
class Limits:
    """Limits of one job.

    Attributes:
        samples: Samples of one target after the filter of series.
        labels: Labels of a series, those added at the scrape included.
        targets: Targets of the job.
    """

    samples: int
    labels: int = 20
    targets: int

    def fields(self) -> dict[str, Any]:
        """Fields of a ``scrape_config``."""
        return {
            "sample_limit": self.samples,
            "target_limit": self.targets,
            "label_limit": self.labels,
            "label_name_length_limit": LABEL_NAME_LENGTH,
            "label_value_length_limit": LABEL_VALUE_LENGTH,
            "body_size_limit": f"{BODY_MIB}MB",
        }

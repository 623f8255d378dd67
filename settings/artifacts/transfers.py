"""What of a stack goes into its mirrors: each chart and image with its source and its destination there."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from settings.artifacts.charts import CHARTS, Chart
from settings.artifacts.images import IMAGES, OWN, in_mirror, mirrored
from settings.artifacts.needs import Needs
from settings.artifacts.reference import ImageReference


@dataclass(frozen=True, kw_only=True)
class Transfer:
    """One chart or image."""

    kind: Literal["chart", "image"]
    """What it is."""
    name: str
    """Name of the chart; registry and repository of the image."""
    version: str
    """Version of the chart; tag or digest of the image."""
    source: str
    """From where it is copied: ``oci://...``, a repository of charts, or an image's full name."""
    destination: str | None
    """Where the stack looks for it; None without a mirror."""
    digest: str | None
    """SHA-256 of the chart's archive, or digest of the image; None where it is not known."""
    used_by: str
    """What of the stack runs it."""


def transfers(needs: Needs, *, charts: str | None, images: str | None) -> tuple[Transfer, ...]:
    """Every chart and image of a stack, charts first.

    Args:
        needs: its pools and services.
        charts: ``charts.mirror``.
        images: ``images.mirror``.
    """
    of_charts = [_chart(chart, charts) for chart in CHARTS if chart.needed(needs)]
    own = [
        _image(image.reference, images, image.used_by, digest=image.digest) for image in IMAGES if image.needed(needs)
    ]
    return (*of_charts, *own, *_of_services(needs, images))


def _chart(chart: Chart, mirror: str | None) -> Transfer:
    return Transfer(
        kind="chart",
        name=chart.name,
        version=chart.version,
        source=chart.source(None).address,
        destination=chart.source(mirror).address if mirror else None,
        digest=chart.sha256,
        used_by=f"release {chart.name}",
    )


def _image(reference: str, mirror: str | None, used_by: str, *, digest: str | None = None) -> Transfer:
    image = ImageReference.of(reference)
    return Transfer(
        kind="image",
        name=image.repository,
        version=image.version.lstrip(":@"),
        source=f"{image.repository}{image.version}",
        destination=mirrored(reference, mirror) if mirror else None,
        digest=digest,
        used_by=used_by,
    )


def _of_services(needs: Needs, mirror: str | None) -> Iterator[Transfer]:
    """Images that services name themselves; one that is in the mirror already is copied by who names it."""
    for name, reference in needs.images.items():
        if reference in OWN or (mirror and in_mirror(reference, mirror)):
            continue
        yield _image(reference, mirror, f"services.{name}.image")

"""Warnings of charts and images that do not come from the stack's mirrors."""

from collections.abc import Iterator, Mapping

from settings.artifacts.charts import CHARTS
from settings.artifacts.images import IMAGES, in_mirror
from settings.artifacts.needs import Needs
from settings.artifacts.reference import ImageReference
from settings.issues import Issue, join
from settings.models.mirrors import is_loopback


def mirror_warnings(
    needs: Needs, *, charts: str | None, images: str | None, caches: Mapping[str, str] | None = None
) -> Iterator[Issue]:
    """A warning for each image that is pulled from elsewhere although there is a mirror, and for a mirror of one kind only.

    Args:
        needs: the stack's pools and services.
        charts: ``charts.mirror``.
        images: ``images.mirror``.
        caches: registries whose images come from the stack's pull-through caches.
    """
    if images:
        for name, reference in needs.images.items():
            if not in_mirror(reference, images):
                yield Issue(
                    join("services", name, "image"),
                    f"{reference} is not in images.mirror, and is pulled from its own registry: copy it, and name it as "
                    f"{images}/...",
                )
        elsewhere = [chart.name for chart in CHARTS if chart.needed(needs)]
        if elsewhere and not charts:
            yield Issue(
                "charts.mirror",
                f"is not set beside images.mirror: charts ({', '.join(elsewhere)}) come from their own repositories, to the "
                "machine that deploys; set it if that machine does not reach them",
            )
    elif charts and not is_loopback(charts):
        elsewhere = [
            image.repository
            for image in IMAGES
            if image.needed(needs) and ImageReference.of(image.reference).registry not in (caches or {})
        ]
        if elsewhere:
            yield Issue(
                "images.mirror",
                f"is not set beside charts.mirror: images ({', '.join(elsewhere)}) come from their own registries; set it if "
                "nodes do not reach them",
            )

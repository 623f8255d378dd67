"""From where images are pulled: their own registries, a mirror, or the pull-through caches of Amazon ECR."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from settings.artifacts.images import OWN, ContainerImage, mirrored
from settings.artifacts.reference import ImageReference


@dataclass(frozen=True, kw_only=True)
class ImageSources:
    """From where a stack's images are pulled; with neither a mirror nor caches, from their own registries."""

    mirror: str | None = None
    """``images.mirror``, registry and path of copies of the program's images."""
    caches: Mapping[str, str] = field(default_factory=dict)
    """Registry, such as ``docker.io``, to registry and prefix of its pull-through cache."""

    def pulled(self, reference: str) -> str:
        """The name that a pod has for an image.

        A mirror has the images of the program; one that a service names itself stays as it is written. A cache has every
        image of its registry.
        """
        if self.mirror:
            return mirrored(reference, self.mirror) if reference in OWN else reference
        cache = self.caches.get(ImageReference.of(reference).registry)
        return mirrored(reference, cache) if cache else reference

    def chart_repository(self, image: ContainerImage) -> str | None:
        """What a chart's value ``image.repository`` is set to, without tag; None where it keeps its own."""
        reference = ImageReference.of(image.reference)
        place = self.mirror or self.caches.get(reference.registry)
        return f"{place}/{reference.path}" if place else None

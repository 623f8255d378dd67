"""Pull of a container's image: nothing to do for an emulated one, a build for a controller's, a download of a release's."""

import asyncio
import time
from pathlib import Path

from rehearsal.controllers.background import BackgroundBuilds, BuildRunningError
from rehearsal.engine.toolchain import ToolchainError
from rehearsal.images import timing
from rehearsal.images.image_list import EmulatedImage, FetchedImage, ImagePullError
from rehearsal.nodes.api import Object
from rehearsal.nodes.launch import image_of

# One build a program, however many pods wait for it.
_BUILDS = BackgroundBuilds()


class PullingError(Exception):
    """The image is still being pulled; the message says how far it is."""


class NodeImages:
    """The images that nodes have pulled, where pulls take the time of public figures."""

    def __init__(self) -> None:
        """No node has any."""
        self._ready: dict[tuple[str, str], float] = {}

    async def pulled(self, container: Object, node: str) -> str:
        """Wait until the node has the image; what kubelet says of the pull, empty where there was none.

        Args:
            container: Spec of the container.
            node: What the node is known by.

        Raises:
            ImagePullError: the rehearsal does not have the image.
        """
        image = image_of(container)
        if not isinstance(image, EmulatedImage) or not image.pull_seconds or not timing.follows_public_figures():
            return ""
        key, seconds = (node, container["image"]), image.pull_seconds * timing.time_scale()
        first = key not in self._ready
        ready = self._ready.setdefault(key, time.monotonic() + seconds)
        await asyncio.sleep(max(0.0, ready - time.monotonic()))
        return f'Successfully pulled image "{container["image"]}" in {seconds:.1f}s' if first else ""


async def binary(container: Object) -> Path | None:
    """The program of an image that is built or fetched; None for an emulated one.

    Raises:
        ImagePullError: the rehearsal does not have the image, or cannot build or fetch its program.
        PullingError: its program is being built; call again later.
    """
    image = image_of(container)
    if isinstance(image, EmulatedImage):
        return None
    if isinstance(image, FetchedImage):
        try:
            return await asyncio.to_thread(image.fetch)
        except ToolchainError as error:
            raise ImagePullError(f'failed to pull "{container["image"]}": {error}') from None
    try:
        built = await asyncio.to_thread(_BUILDS.binary, image.program)
        return built.with_name(image.tool) if image.tool else built
    except BuildRunningError as error:
        raise PullingError(f'Pulling image "{container["image"]}": {error}') from None
    except ToolchainError as error:
        # In a network namespace no module proxy can be reached.
        outside = f"build it outside the sandbox with python -m rehearsal.controllers {image.program.name}"
        raise ImagePullError(f'failed to pull "{container["image"]}": {error}\n{outside}') from None

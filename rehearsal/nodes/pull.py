"""Pull of a container's image: nothing to do for an emulated one, a build for a controller's, a download of a release's."""

import asyncio
from pathlib import Path

from rehearsal.controllers.background import BackgroundBuilds, BuildRunningError
from rehearsal.engine.toolchain import ToolchainError
from rehearsal.images.image_list import EmulatedImage, FetchedImage, ImagePullError
from rehearsal.nodes.api import Object
from rehearsal.nodes.launch import image_of

# One build a program, however many pods wait for it.
_BUILDS = BackgroundBuilds()


class PullingError(Exception):
    """The image is still being pulled; the message says how far it is."""


async def binary(container: Object) -> Path | None:
    """The program of an image that is built or fetched; None for an emulated one.

    Raises:
        ImagePullError: the rehearsal does not have the image, or cannot build or fetch its program.
        PullingError: its program is being built; ask again.
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
        return await asyncio.to_thread(_BUILDS.binary, image.program)
    except BuildRunningError as error:
        raise PullingError(f'Pulling image "{container["image"]}": {error}') from None
    except ToolchainError as error:
        # In a network namespace no module proxy can be reached.
        outside = f"build it outside the sandbox with python -m rehearsal.controllers {image.program.name}"
        raise ImagePullError(f'failed to pull "{container["image"]}": {error}\n{outside}') from None

"""A kind of Kubernetes objects, kept as the API has them: listed once, then followed."""

import asyncio
import logging
from collections.abc import Callable

import httpx

from gateway.policy.discovery.kubernetes.api import GoneError, Json, KubernetesApi

LONGEST_PAUSE_SECONDS = 10.0
_log = logging.getLogger(__name__)

Name = tuple[str, str]
"""Namespace (empty for objects without one) and name."""


class Watching:
    """The objects of one kind."""

    def __init__(self, api: KubernetesApi, path: str, selector: str, changed: Callable[[], None]) -> None:
        """Follow the objects at `path` with the labels of `selector`; call `changed` after each change."""
        self._api, self._path, self._selector, self._changed = api, path, selector, changed
        self.objects: dict[Name, Json] = {}
        self.listed = False
        """Whether the objects were listed once; later they stay as they were while the API does not answer."""

    async def run(self) -> None:
        """Follow for ever."""
        version, pause = "", 0.0
        while True:
            try:
                if not version:
                    version = await self._list()
                async for kind, found in self._api.watch(self._path, self._selector, version):
                    version = found["metadata"]["resourceVersion"]
                    self._take(kind, found)
                    pause = 0.0
            except GoneError:
                version = ""
            except (httpx.HTTPError, OSError, KeyError) as error:
                pause = min(LONGEST_PAUSE_SECONDS, 2 * pause + 0.2)
                _log.warning("Kubernetes API: %s: %s; again in %.1f s", self._path, _why(error), pause)
                await asyncio.sleep(pause)
            else:
                await asyncio.sleep(0.05)  # a watch that ends at once must not become a busy loop

    async def _list(self) -> str:
        objects, version = await self._api.list(self._path, self._selector)
        self.objects = {_name(each): each for each in objects}
        self.listed = True
        self._changed()
        return version

    def _take(self, kind: str, found: Json) -> None:
        if kind == "BOOKMARK":
            return
        if kind == "DELETED":
            self.objects.pop(_name(found), None)
        else:
            self.objects[_name(found)] = found
        self._changed()


def _name(found: Json) -> Name:
    metadata = found["metadata"]
    return metadata.get("namespace", ""), metadata["name"]


def _why(error: Exception) -> str:
    if isinstance(error, httpx.HTTPStatusError):
        return f"status {error.response.status_code}"
    return str(error) or type(error).__name__

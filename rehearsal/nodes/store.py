"""A cache of all objects of one kind, kept by list and watch as client-go's reflectors do."""

import asyncio
import logging
from collections.abc import Callable, Iterator

from rehearsal.controlplane.errors import KubeError
from rehearsal.nodes.api import Api, Object

LOG = logging.getLogger(__name__)
_PAUSE = 0.5
Key = tuple[str, str]


def key_of(obj: Object) -> Key:
    """Namespace and name."""
    return obj["metadata"].get("namespace", ""), obj["metadata"]["name"]


class Store:
    """Objects of one collection by namespace and name.

    ``on_change(old, new)`` is called in the event loop for every change; either may be None. An API server that does
    not answer changes nothing.
    """

    def __init__(self, api: Api, path: str, selector: str = "") -> None:
        self._api = api
        self._path = path
        self._selector = selector
        self._objects: dict[Key, Object] = {}
        self._handlers: list[Callable[[Object | None, Object | None], None]] = []
        self.synced = asyncio.Event()

    def subscribe(self, handler: Callable[[Object | None, Object | None], None]) -> None:
        """Call ``handler`` for every change from now on."""
        self._handlers.append(handler)

    def get(self, namespace: str, name: str) -> Object | None:
        """One object as last seen."""
        return self._objects.get((namespace, name))

    def __iter__(self) -> Iterator[Object]:
        """All objects as last seen."""
        return iter(list(self._objects.values()))

    async def run(self) -> None:
        """Keep the cache until cancelled."""
        while True:
            try:
                version = await self._list()
                await self._follow(version)
            except KubeError as error:
                LOG.info("%s: %s; again", self._path, error)
                await asyncio.sleep(_PAUSE)

    async def _list(self) -> str:
        answer = await self._api.get(self._path, **({"fieldSelector": self._selector} if self._selector else {}))
        found = {key_of(item): item for item in answer["items"]}
        for key, old in list(self._objects.items()):
            new = found.get(key)
            if new is None or new["metadata"]["uid"] != old["metadata"]["uid"]:
                self._change(key, None)
        for key, new in found.items():
            self._change(key, new)
        self.synced.set()
        return str(answer["metadata"]["resourceVersion"])

    async def _follow(self, version: str) -> None:
        while True:
            async for kind, obj in self._api.watch(self._path, version, self._selector):
                version = obj["metadata"]["resourceVersion"]
                if kind != "BOOKMARK":
                    self._change(key_of(obj), None if kind == "DELETED" else obj)

    def _change(self, key: Key, new: Object | None) -> None:
        old = self._objects.get(key)
        if new is None:
            self._objects.pop(key, None)
        elif old and old["metadata"]["resourceVersion"] == new["metadata"]["resourceVersion"]:
            return
        else:
            self._objects[key] = new
        if old is not None or new is not None:
            for handler in self._handlers:
                handler(old, new)

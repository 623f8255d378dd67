"""Which pods' volumes are written after which change."""

import asyncio
from typing import Any

from rehearsal.controlplane.errors import UnreachableError
from rehearsal.nodes.refresh import VolumeRefresh


class Changes:
    """A store that the test changes."""

    def __init__(self) -> None:
        self.handlers: list[Any] = []

    def subscribe(self, handler: Any) -> None:
        self.handlers.append(handler)

    def change(self, namespace: str, name: str, *, gone: bool = False) -> None:
        obj = {"metadata": {"namespace": namespace, "name": name}}
        for handler in self.handlers:
            handler(obj, None if gone else obj)


class Pod:
    """A pod with a volume of the Secret ``keys``."""

    def __init__(self, namespace: str) -> None:
        self.namespace = namespace
        self.tokens_due = False
        self.written = 0
        self.error: Exception | None = None

    def refers_to(self, plural: str, name: str) -> bool:
        return (plural, name) == ("secrets", "keys")

    async def refresh_volumes(self) -> None:
        if self.error:
            raise self.error
        self.written += 1


def test_changes_reach_the_pods_that_mount_them() -> None:
    secrets, maps, here, there = Changes(), Changes(), Pod("here"), Pod("there")
    stores: Any = {"secrets": secrets, "configmaps": maps}

    async def play() -> None:
        refresh = VolumeRefresh(stores, lambda: [here, there])
        secrets.change("here", "keys")
        await refresh.turn()
        assert (here.written, there.written) == (1, 0)
        secrets.change("here", "other")
        maps.change("here", "keys")
        secrets.change("here", "keys", gone=True)
        await refresh.turn()
        assert here.written == 1
        there.tokens_due = True
        await refresh.turn()
        assert (here.written, there.written) == (1, 1)

    asyncio.run(play())


def test_an_unreachable_api_server_is_asked_again() -> None:
    secrets, pod = Changes(), Pod("here")
    stores: Any = {"secrets": secrets}

    async def play() -> None:
        refresh = VolumeRefresh(stores, lambda: [pod])
        secrets.change("here", "keys")
        pod.error = UnreachableError("away")
        await refresh.turn()
        pod.error = None
        await refresh.turn()
        assert pod.written == 1

    asyncio.run(play())

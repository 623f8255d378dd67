import asyncio
from collections.abc import Callable

from rehearsal.bench.pending_pods import PendingPods
from rehearsal.controlplane.errors import NotFoundError
from rehearsal.nodes.api import Object


class _Store:
    """Pods as a watch tells of them."""

    def __init__(self) -> None:
        self._handlers: list[Callable[[Object | None, Object | None], None]] = []

    def subscribe(self, handler: Callable[[Object | None, Object | None], None]) -> None:
        self._handlers.append(handler)

    def tell(self, pod: Object) -> None:
        for handler in self._handlers:
            handler(None, pod)


class _Api:
    """An API server whose namespace gets its service account a little later."""

    def __init__(self) -> None:
        self.created: list[Object] = []
        self.asked = 0

    async def get(self, path: str) -> Object:
        self.asked += 1
        if self.asked == 1:
            raise NotFoundError(404, "NotFound", f"{path} not found")
        return {}

    async def create(self, _path: str, obj: Object) -> Object:
        assert self.asked > 1
        self.created.append(obj)
        return obj


def test_pods_are_created_once_the_namespace_is_ready_and_counted_as_they_are_bound() -> None:
    async def run() -> tuple[list[Object], float]:
        api, store = _Api(), _Store()
        pods = PendingPods(api, store, 3)  # type: ignore[arg-type]
        await pods.create()
        bound = asyncio.create_task(pods.all_bound())
        for index, pod in enumerate(api.created):
            await asyncio.sleep(0)
            assert not bound.done(), index
            store.tell(pod)
            store.tell(pod | {"spec": pod["spec"] | {"nodeName": f"node-{index}"}})
        return api.created, await bound

    created, seconds = asyncio.run(run())
    assert len({pod["metadata"]["name"] for pod in created}) == 3
    assert seconds >= 0

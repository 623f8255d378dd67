"""Objects of a small cluster, and a fake of its API that lists, watches and forgets as the real one does."""

import asyncio
import base64
import json
from contextlib import asynccontextmanager

from aiohttp import web

PATHS = {
    "namespaces": "/api/v1/namespaces",
    "services": "/api/v1/services",
    "endpointslices": "/apis/discovery.k8s.io/v1/endpointslices",
}


def namespace(name, stack, *, label=True):
    labels = {"llm-platform/gateway": "enabled", "llm-platform/stack": stack} if label else {}
    return {"metadata": {"name": name, "labels": labels}}


def service(home, name, stack, *, created="2026-11-27T08:00:00Z", model=None, key="keys/engine", **notes):
    labels = {"llm-platform/model": model or name, "llm-platform/kind": "vllm", "llm-platform/team": "a"}
    if stack:
        labels["llm-platform/stack"] = stack
    annotations = {f"llm-platform/{note.replace('_', '-')}": value for note, value in notes.items()}
    if key:
        annotations["llm-platform/key-secret"] = key
    metadata = {"name": name, "namespace": home, "labels": labels, "annotations": annotations}
    return {"metadata": {**metadata, "creationTimestamp": created}}


def endpoint_slice(home, owner, *addresses, port=8000, name=None, **conditions):
    return {
        "metadata": {
            "name": name or f"{owner}-1",
            "namespace": home,
            "labels": {"kubernetes.io/service-name": owner},
        },
        "endpoints": [{"addresses": [each], "conditions": {"ready": True, **conditions}} for each in addresses],
        "ports": [{"name": "metrics", "port": 9000}, {"name": "http", "port": port, "protocol": "TCP"}],
    }


class FakeApi:
    """The API's state, which tests change; `url` while `serving`."""

    def __init__(self):
        self.objects = {kind: {} for kind in PATHS}
        self.secrets = {}
        self.version = 100
        self.oldest = 0
        self.events = []
        self.tokens = []
        self.token = "first"
        self.lists = 0
        self.watches = set()
        self._changed = asyncio.Event()

    def put(self, kind, found):
        metadata = found["metadata"]
        place = (metadata.get("namespace", ""), metadata["name"])
        event = "MODIFIED" if place in self.objects[kind] else "ADDED"
        self.version += 1
        metadata["resourceVersion"] = str(self.version)
        self.objects[kind][place] = found
        self._note(kind, event, found)

    def remove(self, kind, home, name):
        found = self.objects[kind].pop((home, name))
        self.version += 1
        found["metadata"]["resourceVersion"] = str(self.version)
        self._note(kind, "DELETED", found)

    def forget(self):
        """Forget all events: who watches from before has to list again."""
        self.version += 1
        self.oldest = self.version

    def cut(self):
        """Break all watches."""
        for task in list(self.watches):
            task.cancel()

    def _note(self, kind, event, found):
        self.events.append((self.version, kind, {"type": event, "object": json.loads(json.dumps(found))}))
        self._changed.set()
        self._changed = asyncio.Event()

    async def _answer(self, request):
        self.tokens.append(request.headers.get("authorization"))
        if self.tokens[-1] != f"Bearer {self.token}":
            return web.json_response({"kind": "Status", "code": 401}, status=401)
        kind = next((kind for kind, path in PATHS.items() if path == request.path), None)
        if kind is None:
            parts = request.path.split("/")
            data = self.secrets.get((parts[4], parts[6]))
            if parts[5] != "secrets" or data is None:
                return web.json_response({"kind": "Status", "code": 404}, status=404)
            return web.json_response(
                {"data": {name: base64.b64encode(v.encode()).decode() for name, v in data.items()}}
            )
        if request.query.get("watch"):
            return await self._watch(request, kind)
        self.lists += 1
        items = list(self.objects[kind].values())
        return web.json_response({"metadata": {"resourceVersion": str(self.version)}, "items": items})

    async def _watch(self, request, kind):
        seen = int(request.query["resourceVersion"])
        answer = web.StreamResponse()
        await answer.prepare(request)

        async def send(event):
            await answer.write(json.dumps(event).encode() + b"\n")

        if seen < self.oldest:
            await send({"type": "ERROR", "object": {"kind": "Status", "code": 410, "reason": "Expired"}})
            return answer
        self.watches.add(asyncio.current_task())
        try:
            while True:
                changed = self._changed
                for version, of, event in list(self.events):
                    if of == kind and version > seen:
                        seen = version
                        await send(event)
                await changed.wait()
        finally:
            self.watches.discard(asyncio.current_task())

    @asynccontextmanager
    async def serving(self):
        application = web.Application()
        application.router.add_get("/{rest:.*}", self._answer)
        runner = web.AppRunner(application, shutdown_timeout=0.1, handler_cancellation=True)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        self.url = f"http://127.0.0.1:{site._server.sockets[0].getsockname()[1]}"
        try:
            yield self
        finally:
            self.cut()
            await runner.cleanup()

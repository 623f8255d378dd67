import asyncio
from typing import Any

from rehearsal.bench.object_count import object_count


class _Api:
    """Two groups; lists of one have what is left beside it."""

    def __init__(self) -> None:
        self._answers: dict[str, dict[str, Any]] = {
            "/apis": {
                "groups": [
                    {"name": name, "preferredVersion": {"groupVersion": f"{name}/v1"}}
                    for name in ("apps", "events.k8s.io")
                ]
            },
            "/api/v1": _resources("events", "nodes", "nodes/status", create_only="bindings"),
            "/apis/apps/v1": _resources("deployments"),
            "/api/v1/events": {"metadata": {"remainingItemCount": 41}, "items": [{}]},
            "/api/v1/nodes": {"metadata": {}, "items": [{}]},
            "/apis/apps/v1/deployments": {"metadata": {}, "items": []},
        }

    async def get(self, path: str, **_params: str) -> dict[str, Any]:
        return self._answers[path]


def _resources(*names: str, create_only: str = "") -> dict[str, Any]:
    found = [{"name": name, "verbs": ["get", "list"]} for name in names]
    return {"resources": [*found, *([{"name": create_only, "verbs": ["create"]}] if create_only else [])]}


def test_each_object_is_counted_once() -> None:
    """Events have two addresses; subresources, and what can only be created, have no list."""
    assert asyncio.run(object_count(_Api())) == 43  # type: ignore[arg-type]

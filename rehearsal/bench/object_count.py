"""How many objects an API server has, of all kinds."""

from rehearsal.nodes.api import Api

# Its Events are those of the core API.
_SERVED_TWICE = {"events.k8s.io"}


async def object_count(api: Api) -> int:
    """Objects of every kind that can be listed, counted by lists of one; its own metric is a minute old at worst.

    Raises:
        KubeError: the API server does not answer.
    """
    groups = [group for group in (await api.get("/apis"))["groups"] if group["name"] not in _SERVED_TWICE]
    roots = ["/api/v1", *(f"/apis/{group['preferredVersion']['groupVersion']}" for group in groups)]
    return sum([await _count(api, path) for root in roots for path in await _collections(api, root)])


async def _collections(api: Api, root: str) -> list[str]:
    found = (await api.get(root))["resources"]
    return [f"{root}/{one['name']}" for one in found if "list" in one["verbs"] and "/" not in one["name"]]


async def _count(api: Api, path: str) -> int:
    answer = await api.get(path, limit="1")
    return len(answer["items"]) + int(answer["metadata"].get("remainingItemCount", 0))

"""PreStop hooks: a wait or an HTTP request. The container gets SIGTERM when its hook is over."""

import asyncio
from collections.abc import Mapping

from rehearsal.nodes import http_get
from rehearsal.nodes.api import Object


class HookError(Exception):
    """The hook failed; kubelet reports it and goes on."""


async def pre_stop(hook: Object, address: str, ports: Mapping[str, int]) -> None:
    """Run a hook; the caller limits its time.

    The status of an HTTP answer does not matter (kubernetes/kubernetes pkg/kubelet/lifecycle/handlers.go,
    ``runHTTPHandler``).

    Raises:
        HookError: no answer, or a hook of a kind that the rehearsal cannot run.
    """
    seconds = _sleep_of(hook)
    if seconds is not None:
        await asyncio.sleep(seconds)
    elif "httpGet" in hook:
        try:
            await http_get.status_of(hook["httpGet"], address, ports, agent="kube-lifecycle/1.35")
        except OSError as error:
            raise HookError(f"PreStopHook failed: {error}") from error
    else:
        raise HookError("the rehearsal runs preStop hooks that sleep or send an HTTP request, no others")


def _sleep_of(hook: Object) -> float | None:
    """Seconds of a preStop hook that only sleeps."""
    if "sleep" in hook:
        return float(hook["sleep"]["seconds"])
    words = " ".join((hook.get("exec") or {}).get("command", [])).split()
    if len(words) >= 2 and words[-2].rpartition("/")[2] == "sleep" and words[-1].isdigit():
        return float(words[-1])
    return None

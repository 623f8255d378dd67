"""What KEDA still scales in the cluster, where it goes with an update: read from the API server, by the kubeconfig of the last update.

KEDA's definitions cannot be deleted while one of these objects is there, since the operator that takes its finalizer away is gone before
them: the update waits for ten minutes, fails, and every object is marked for deletion by then.
"""

import http.client
import json
import os
import ssl
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from preflight.finding import Finding, refusal, warning
from settings.derived.gateway.names import STACK_LABEL
from settings.derived.platform_facts import PlatformNotReadyError
from workspace.kubeconfig import Access, ClusterError

SECONDS = 5.0
"""Longest wait for the API server."""
KINDS = ("scaledobjects", "scaledjobs")
_WHERE = "cluster.keda"
_MOST_BYTES = 32 * 1024 * 1024
_MOST_NAMED = 3
_PAGE, _MOST_PAGES = 500, 20
_NOT_FOUND = 404


def check(stack: str, kubeconfig: Callable[[], object]) -> Iterator[Finding]:
    """Refuse to remove KEDA while it scales something of others.

    Args:
        stack: The platform's stack, whose own objects go before KEDA does.
        kubeconfig: Reads what the stack exported.
    """
    try:
        access = Access.of(kubeconfig())
        signed = access.sign_in(os.environ)
        token = signed.value if signed else access.token
        headers = {"Accept": "application/json"} | ({"Authorization": f"Bearer {token}"} if token else {})
        context = access.verification() if access.server.startswith("https:") else None
        found = [one for kind in KINDS for one in _listed(access.server, kind, headers, context)]
    except (ClusterError, PlatformNotReadyError) as problem:
        yield warning(
            _WHERE,
            f"KEDA goes with this update, and whether it scales services of team stacks is not known ({problem}): "
            "`kubectl get scaledobjects --all-namespaces` must show none, else the update waits for them for ten minutes and fails",
        )
        return
    names = sorted(_name(one) for one in found if _labels(one).get(STACK_LABEL) != stack)
    if not names:
        return
    more = f" and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else ""
    yield refusal(
        _WHERE,
        f"KEDA goes with this update, and it scales {', '.join(names[:_MOST_NAMED])}{more}: set true, or remove autoscale from "
        "these services and update their stacks twice first",
    )


def _listed(
    server: str, kind: str, headers: Mapping[str, str], context: ssl.SSLContext | None
) -> list[Mapping[str, Any]]:
    """The objects of a kind in all namespaces, page by page; none where the cluster does not have the kind.

    Raises:
        ClusterError: the API server cannot be read.
    """
    found: list[Mapping[str, Any]] = []
    query = {"limit": str(_PAGE)}
    for _ in range(_MOST_PAGES):
        url = f"{server}/apis/keda.sh/v1alpha1/{kind}?{urllib.parse.urlencode(query)}"
        page = _read(url, kind, headers, context)
        if page is None:
            return found
        items = page.get("items")
        if not isinstance(items, list):
            raise ClusterError(f"the cluster's API answered no list of {kind}")
        found += [one for one in items if isinstance(one, dict)]
        following = _mapping(page, "metadata").get("continue")
        if not following:
            return found
        query["continue"] = str(following)
    raise ClusterError(f"the cluster has more than {_MOST_PAGES * _PAGE:,} {kind}")


def _read(url: str, kind: str, headers: Mapping[str, str], context: ssl.SSLContext | None) -> Mapping[str, Any] | None:
    """What the API server answers, as JSON; None where it does not have the kind.

    Raises:
        ClusterError: it answers something else, or nothing.
    """
    try:
        request = urllib.request.Request(url, headers=dict(headers))  # noqa: S310  the address is the stack's own
        with urllib.request.urlopen(request, timeout=SECONDS, context=context) as answer:  # noqa: S310  as above
            text = answer.read(_MOST_BYTES)
    except urllib.error.HTTPError as refused:
        refused.close()
        if refused.code == _NOT_FOUND:
            return None
        raise ClusterError(f"the cluster's API answered {refused.code} for {kind}") from None
    except (OSError, ValueError, http.client.HTTPException) as problem:
        reason = getattr(problem, "reason", problem)
        raise ClusterError(f"the cluster's API does not answer: {' '.join(str(reason).split())}") from None
    try:
        page = json.loads(text)
    except ValueError:
        page = None
    if not isinstance(page, dict):
        raise ClusterError(f"the cluster's API answered no list of {kind}")
    return page


def _labels(one: Mapping[str, Any]) -> Mapping[str, Any]:
    return _mapping(_mapping(one, "metadata"), "labels")


def _name(one: Mapping[str, Any]) -> str:
    metadata = _mapping(one, "metadata")
    stack = _labels(one).get(STACK_LABEL)
    return f"{metadata.get('namespace')}/{metadata.get('name')}" + (f" (stack {stack})" if stack else "")


def _mapping(one: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    found = one.get(key)
    return found if isinstance(found, Mapping) else {}

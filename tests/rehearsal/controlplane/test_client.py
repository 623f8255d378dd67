"""The client against a small fake of the API server."""

import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from rehearsal.controlplane.client import KubeClient
from rehearsal.controlplane.errors import (
    AlreadyExistsError,
    ApiError,
    ConflictError,
    GoneError,
    InvalidError,
    NotFoundError,
    UnknownKindError,
    UnreachableError,
)
from rehearsal.controlplane.kubeconfig import Kubeconfig

CORE = {
    "resources": [
        {"name": "pods", "kind": "Pod", "namespaced": True},
        {"name": "pods/status", "kind": "Pod", "namespaced": True},
        {"name": "nodes", "kind": "Node", "namespaced": False},
    ]
}
Handler = Callable[[httpx.Request], httpx.Response]


def client_of(handler: Handler, patience: float = 0.0) -> KubeClient:
    def serve(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/api/v1":
            return httpx.Response(200, json=CORE)
        return handler(request)

    config = Kubeconfig(server="https://kube", ca="", certificate="", key="")
    return KubeClient(config, patience=patience, transport=httpx.MockTransport(serve))


def refusing(code: int, reason: str, **more: Any) -> Handler:
    return lambda _: httpx.Response(code, json={"reason": reason, "message": f"it is {reason}", **more})


@pytest.mark.parametrize(
    ("code", "reason", "expected"),
    [
        (404, "NotFound", NotFoundError),
        (409, "AlreadyExists", AlreadyExistsError),
        (409, "Conflict", ConflictError),
        (410, "Expired", GoneError),
        (422, "Invalid", InvalidError),
    ],
)
def test_refusals_have_their_type_and_the_apis_own_message(code: int, reason: str, expected: type) -> None:
    with pytest.raises(expected, match=f"^it is {reason}$"):
        client_of(refusing(code, reason)).get("v1", "Pod", "p", "ns")


def test_paths_follow_discovery() -> None:
    seen: list[str] = []

    def handler(request: httpx.Request) -> httpx.Response:
        seen.append(f"{request.method} {request.url.path}")
        return httpx.Response(200, json={"items": []})

    client = client_of(handler)
    client.get("v1", "Pod", "p")
    client.list("v1", "Pod")
    client.patch("v1", "Node", "n", "ignored", {}, subresource="status")
    client.create({"apiVersion": "v1", "kind": "Binding", "metadata": {"name": "p"}}, subresource="binding")
    assert seen == [
        "GET /api/v1/namespaces/default/pods/p",
        "GET /api/v1/pods",
        "PATCH /api/v1/nodes/n/status",
        "POST /api/v1/namespaces/default/pods/p/binding",
    ]


def test_an_unserved_kind_is_told() -> None:
    with pytest.raises(UnknownKindError, match="serves no kind 'Pad'"):
        client_of(refusing(500, "")).get("v1", "Pad", "p")


def test_apply_says_who_applies_and_is_strict() -> None:
    def handler(request: httpx.Request) -> httpx.Response:
        assert request.headers["content-type"] == "application/apply-patch+yaml"
        return httpx.Response(200, json={"params": dict(request.url.params), "sent": json.loads(request.content)})

    pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p"}}
    answer = client_of(handler).apply(pod, field_manager="me", dry_run=True)
    assert answer["params"] == {"fieldManager": "me", "fieldValidation": "Strict", "dryRun": "All"}
    assert answer["sent"] == pod


def test_a_restarting_api_server_is_waited_for() -> None:
    answers = [
        httpx.ConnectError("refused"),
        httpx.ReadError("killed"),
        httpx.Response(503),
        httpx.Response(200, json={}),
    ]

    def handler(_: httpx.Request) -> httpx.Response:
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    assert client_of(handler, patience=10).get("v1", "Pod", "p") == {}
    assert not answers


def test_an_absent_api_server_is_never_an_absent_object() -> None:
    def handler(_: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused")

    with pytest.raises(UnreachableError, match=r"https://kube does not answer .*rehearse status"):
        client_of(handler).get("v1", "Pod", "p")


def test_a_refused_eviction_is_not_repeated() -> None:
    calls: list[str] = []

    def handler(request: httpx.Request) -> httpx.Response:
        calls.append(request.url.path)
        return httpx.Response(429, json={"reason": "TooManyRequests", "message": "disruption budget"})

    eviction = {"apiVersion": "policy/v1", "kind": "Eviction", "metadata": {"name": "p", "namespace": "ns"}}
    with pytest.raises(ApiError, match="disruption budget"):
        client_of(handler, patience=10).create(eviction, subresource="eviction")
    assert len(calls) == 1


def test_a_create_whose_answer_was_lost_finds_what_it_made() -> None:
    made: list[Any] = []

    def handler(request: httpx.Request) -> httpx.Response:
        if request.method == "GET":
            return httpx.Response(200, json=made[0])
        if made:
            return httpx.Response(409, json={"reason": "AlreadyExists", "message": "there"})
        made.append(json.loads(request.content))
        raise httpx.ReadError("killed")

    pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p"}}
    assert client_of(handler, patience=10).create(pod) == pod


def test_watch_yields_events_and_raises_its_errors() -> None:
    lines = [
        {"type": "ADDED", "object": {"metadata": {"name": "p"}}},
        {"type": "ERROR", "object": {"code": 410, "reason": "Expired", "message": "too old"}},
    ]
    body = "\n".join(json.dumps(line) for line in lines)
    events = client_of(lambda _: httpx.Response(200, text=body)).watch("v1", "Pod", "ns")
    assert next(events).object == {"metadata": {"name": "p"}}
    with pytest.raises(GoneError, match="too old"):
        next(events)

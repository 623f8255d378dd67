"""What KEDA scales, read from an API server of the test's own."""

import socket
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from preflight.scaled_objects import check
from settings.derived.platform_facts import PlatformNotReadyError
from tests.portal.cluster_api import SCALED_OBJECTS, ClusterApi, serving

SCALED_JOBS = SCALED_OBJECTS.replace("scaledobjects", "scaledjobs")


@pytest.fixture
def api() -> Iterator[ClusterApi]:
    with serving() as served:
        served.objects = {SCALED_OBJECTS: [], SCALED_JOBS: []}
        yield served


def scaled(namespace: str, name: str, stack: str = "") -> dict[str, Any]:
    labels = {"labels": {"llm-platform/stack": stack}} if stack else {}
    return {"metadata": {"namespace": namespace, "name": name, **labels}}


def found(api: ClusterApi) -> list[tuple[bool, str]]:
    return [(one.refuses, str(one)) for one in check("dev", api.kubeconfig)]


def test_objects_of_others_refuse_the_update_by_name(api: ClusterApi) -> None:
    api.objects[SCALED_OBJECTS] = [scaled("llm", "own", "dev"), scaled("team-a", "chat", "team-a")]
    [(refuses, line)] = found(api)
    assert refuses
    assert line == (
        "cluster.keda: KEDA goes with this update, and it scales team-a/chat (stack team-a): set true, or remove autoscale from these "
        "services and update their stacks twice first"
    )
    api.objects[SCALED_OBJECTS] += [scaled("team-b", f"s{number}", "team-b") for number in range(3)]
    api.objects[SCALED_JOBS] = [scaled("batch", "nightly")]
    [(_, line)] = found(api)
    assert "it scales batch/nightly, team-a/chat (stack team-a), team-b/s0 (stack team-b) and 2 more: set" in line


def test_the_stacks_own_objects_go_before_keda(api: ClusterApi) -> None:
    assert found(api) == []
    api.objects[SCALED_OBJECTS] = [scaled("llm", "own", "dev")]
    assert found(api) == []


def test_a_cluster_without_the_definitions_has_none(api: ClusterApi) -> None:
    api.objects = {}
    assert found(api) == []


def test_the_token_of_the_kubeconfig_is_sent(api: ClusterApi) -> None:
    api.token = "secret"
    [(refuses, line)] = found(api)
    assert not refuses
    assert "is not known (the cluster's API answered 401 for scaledobjects): `kubectl get scaledobjects" in line
    assert list(check("dev", lambda: api.kubeconfig({"token": "secret"}))) == []


@pytest.mark.parametrize(
    ("kubeconfig", "reason"),
    [
        (None, "the platform's kubeconfig cannot be read"),
        ("http://127.0.0.1:1", "the cluster's API does not answer"),
        ("https://127.0.0.1:1", "the cluster's API does not answer"),
    ],
)
def test_a_cluster_that_cannot_be_read_is_a_warning(api: ClusterApi, kubeconfig: str | None, reason: str) -> None:
    given = kubeconfig and api.kubeconfig(server=kubeconfig)
    [one] = check("dev", lambda: given)
    assert not one.refuses
    assert f"is not known ({reason}" in str(one)


def test_what_is_no_list_is_a_warning(api: ClusterApi) -> None:
    api.proxies = {SCALED_OBJECTS: lambda _path, _query: (200, b"<html>")}
    [one] = check("dev", api.kubeconfig)
    assert "is not known (the cluster's API" in str(one)
    api.proxies = {SCALED_OBJECTS: lambda _path, _query: (200, {"kind": "Status"})}
    [one] = check("dev", api.kubeconfig)
    assert "is not known (the cluster's API answered no list of scaledobjects)" in str(one)


def test_outputs_that_cannot_be_read_are_a_warning() -> None:
    def unreadable() -> object:
        raise PlatformNotReadyError("stack 'dev' cannot be read")

    [one] = check("dev", unreadable)
    assert "is not known (stack 'dev' cannot be read)" in str(one)


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"no HTTP\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n10\r\n{",
        b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{",
        b'HTTP/1.1 200 OK\r\n\r\n{"items": null}',
        b"HTTP/1.1 200 OK\r\n\r\n[]",
    ],
)
def test_an_answer_that_breaks_off_or_is_not_one_of_kubernetes_is_a_warning(api: ClusterApi, answer: bytes) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            connection, _ = server.accept()
            with connection:
                connection.recv(65536)
                connection.sendall(answer)

        threading.Thread(target=serve, daemon=True).start()
        [one] = check("dev", lambda: api.kubeconfig(server=f"http://127.0.0.1:{server.getsockname()[1]}"))
    assert not one.refuses
    assert "is not known (the cluster's API" in str(one)


def test_a_server_that_is_no_address_is_a_warning(api: ClusterApi) -> None:
    [one] = check("dev", lambda: api.kubeconfig(server="cluster.example"))
    assert not one.refuses


def test_every_page_of_a_long_list_is_read(api: ClusterApi) -> None:
    pages = {
        "": {"metadata": {"continue": "a b&c"}, "items": [scaled("llm", "own", "dev")]},
        "a b&c": {"metadata": {}, "items": [scaled("team-a", "chat", "team-a")]},
    }
    api.proxies = {SCALED_OBJECTS: lambda _path, query: (200, pages[query.get("continue", "")])}
    [(refuses, line)] = found(api)
    assert refuses
    assert "it scales team-a/chat (stack team-a): set true" in line

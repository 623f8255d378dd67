"""Environment, $(VAR) expansion and path translation."""

import asyncio
import base64
from typing import Any

import pytest

from rehearsal.images.container import Mount
from rehearsal.nodes.environment import ConfigError, content, expand, field, resolve, to_host

POD = {
    "metadata": {"name": "p", "namespace": "n", "uid": "u", "labels": {"app": "a"}, "annotations": {}},
    "spec": {"nodeName": "node", "serviceAccountName": "account"},
}
PLACE = {"podIP": "10.0.2.9", "hostIP": "10.0.2.4", "cpu": "3920m", "memory": "15000Mi"}
OBJECTS = {
    ("configmaps", "settings"): {"kind": "ConfigMap", "data": {"mode": "fast"}},
    ("secrets", "keys"): {"kind": "Secret", "data": {"key": base64.b64encode(b"s3cret").decode()}},
}


async def fetch(plural: str, name: str) -> dict[str, Any] | None:
    """The objects above."""
    return OBJECTS.get((plural, name))


def resolved(**container: Any) -> dict[str, str]:
    """The environment of a container."""
    return asyncio.run(resolve(container, POD, PLACE, fetch))


@pytest.mark.parametrize(
    ("text", "expanded"),
    [("$(A)/x", "1/x"), ("$(MISSING)", "$(MISSING)"), ("$$(A)", "$(A)"), ("$A ${A}", "$A ${A}"), ("$(A)$(A)", "11")],
)
def test_expand(text: str, expanded: str) -> None:
    assert expand(text, {"A": "1"}) == expanded


def test_references() -> None:
    env = [
        {"name": "MODE", "valueFrom": {"configMapKeyRef": {"name": "settings", "key": "mode"}}},
        {"name": "KEY", "valueFrom": {"secretKeyRef": {"name": "keys", "key": "key"}}},
        {"name": "IP", "valueFrom": {"fieldRef": {"fieldPath": "status.podIP"}}},
        {"name": "NONE", "valueFrom": {"secretKeyRef": {"name": "absent", "key": "x", "optional": True}}},
        {"name": "BOTH", "value": "$(MODE)-$(KEY)"},
    ]
    source = [{"prefix": "P_", "configMapRef": {"name": "settings"}}]
    assert resolved(env=env, envFrom=source) == {
        "P_mode": "fast", "MODE": "fast", "KEY": "s3cret", "IP": "10.0.2.9", "BOTH": "fast-s3cret",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ({"secretKeyRef": {"name": "absent", "key": "k"}}, 'secret "absent" not found'),
        ({"secretKeyRef": {"name": "keys", "key": "other"}}, "couldn't find key other in Secret n/keys"),
        ({"configMapKeyRef": {"name": "absent", "key": "k"}}, 'configmap "absent" not found'),
        ({"fieldRef": {"fieldPath": "status.nothing"}}, "unsupported fieldPath"),
        ({"resourceFieldRef": {"resource": "limits.gpus"}}, "does not resolve"),
    ],
)
def test_missing_references(source: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        resolved(env=[{"name": "X", "valueFrom": source}])


@pytest.mark.parametrize(
    ("source", "value"),
    [
        ({"resource": "requests.cpu", "divisor": "1m"}, "250"),
        ({"resource": "requests.cpu"}, "1"),
        ({"resource": "limits.memory", "divisor": "0"}, str(2 * 2**30)),
        ({"resource": "limits.memory", "divisor": "1Mi"}, "2048"),
        ({"resource": "limits.cpu", "divisor": "1m"}, "3920"),
        ({"resource": "requests.memory", "divisor": "1Mi"}, "0"),
    ],
)
def test_resource_fields(source: dict[str, str], value: str) -> None:
    container = {"name": "c", "resources": {"requests": {"cpu": "250m"}, "limits": {"memory": "2Gi"}}}
    pod = {**POD, "spec": {**POD["spec"], "containers": [container]}}
    found = resolve({"name": "c", "env": [{"name": "X", "valueFrom": {"resourceFieldRef": source}}]}, pod, PLACE, fetch)
    assert asyncio.run(found) == {"X": value}


def test_fields() -> None:
    assert field("metadata.labels['app']", POD, PLACE) == "a"
    assert field("metadata.labels", POD, PLACE) == 'app="a"'
    assert field("spec.serviceAccountName", POD, PLACE) == "account"


def test_content_of_binary_config_map() -> None:
    data = {"binaryData": {"b": base64.b64encode(b"\xff").decode()}, "data": {"t": "x"}}
    assert content({"kind": "ConfigMap", **data}) == {"b": b"\xff", "t": b"x"}


@pytest.mark.parametrize(
    ("text", "translated"),
    [
        ("/tmp/x", "/tmp/sandbox/tmp/x"),
        ("--file=/etc/app/a.py", "--file=/tmp/sandbox/app/a.py"),
        ("/etc/app:/usr/lib", "/tmp/sandbox/app:/usr/lib"),
        ("/etc/application", "/etc/application"),
        ("s3://bucket/etc/app", "s3://bucket/etc/app"),
        ("/home/v/.cache/hub", "/tmp/sandbox/cache/hub"),
    ],
)
def test_paths_are_translated_once(text: str, translated: str) -> None:
    mounts = [
        Mount(path="/tmp", host="/tmp/sandbox/tmp"),
        Mount(path="/etc/app", host="/tmp/sandbox/app"),
        Mount(path="/home/v/.cache", host="/tmp/sandbox/cache"),
    ]
    assert to_host(text, mounts) == translated

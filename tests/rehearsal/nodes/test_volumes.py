"""Volumes as folders."""

import asyncio
import base64
from pathlib import Path
from typing import Any

import pytest

from rehearsal.nodes.volumes import MountError, Volumes, write

PLACE = {"podIP": "10.0.2.9", "hostIP": "10.0.2.4"}


async def fetch(plural: str, name: str) -> dict[str, Any] | None:
    """One ConfigMap and one Secret."""
    known = {
        "configmaps": {"kind": "ConfigMap", "data": {"a": "1", "b": "2"}},
        "persistentvolumeclaims": {"spec": {"volumeName": "pvc-1"}, "status": {"phase": "Bound"}},
        "secrets": {"kind": "Secret", "data": {"k": base64.b64encode(b"v").decode()}},
    }
    if name == "pending":
        return {"spec": {}, "status": {"phase": "Pending"}}
    return known[plural] if name == "there" else None


async def token(audience: str | None, seconds: int) -> str:
    """A token that says what was asked for."""
    return f"{audience}:{seconds}"


def made(folder: Path, volume: dict[str, Any], **mount: Any) -> Path:
    """Make one volume and return where a container would find it."""
    meta = {"name": "p", "namespace": "n", "uid": "u", "labels": {"x": "y"}}
    pod = {"metadata": meta, "spec": {"volumes": [{"name": "v", **volume}]}}
    volumes = Volumes(pod, folder / "pod", folder / "host", folder / "nodes", fetch=fetch, token=token)
    asyncio.run(volumes.make(PLACE))
    container = {"volumeMounts": [{"name": "v", "mountPath": "/m", **mount}]}
    return Path(volumes.mounts(container)[0].host)


def test_config_map_and_items(tmp_path: Path) -> None:
    whole = made(tmp_path / "1", {"configMap": {"name": "there"}})
    assert {path.name: path.read_text() for path in whole.iterdir()} == {"a": "1", "b": "2"}
    some = made(tmp_path / "2", {"configMap": {"name": "there", "items": [{"key": "b", "path": "d/e"}]}})
    assert (some / "d" / "e").read_text() == "2"
    single = made(tmp_path / "3", {"configMap": {"name": "there"}}, subPath="a")
    assert single.read_text() == "1"


def test_secret_is_private(tmp_path: Path) -> None:
    file = made(tmp_path, {"secret": {"secretName": "there"}}) / "k"
    assert file.read_text() == "v"
    assert file.stat().st_mode & 0o077 == 0


def test_projected(tmp_path: Path) -> None:
    sources = [
        {"serviceAccountToken": {"path": "token", "audience": "sts.amazonaws.com", "expirationSeconds": 600}},
        {"configMap": {"name": "there", "items": [{"key": "a", "path": "ca.crt"}]}},
        {"downwardAPI": {"items": [{"path": "ns", "fieldRef": {"fieldPath": "metadata.namespace"}}]}},
    ]
    path = made(tmp_path, {"projected": {"sources": sources}})
    assert {file.name: file.read_text() for file in path.iterdir()} == {
        "token": "sts.amazonaws.com:600", "ca.crt": "1", "ns": "n",
    }  # fmt: skip


def test_empty_and_host(tmp_path: Path) -> None:
    assert list(made(tmp_path, {"emptyDir": {}}).iterdir()) == []
    assert made(tmp_path, {"hostPath": {"path": "/var/lib/x"}}) == tmp_path / "host" / "var" / "lib" / "x"


def test_a_claim_is_the_folder_of_its_volume(tmp_path: Path) -> None:
    path = made(tmp_path, {"persistentVolumeClaim": {"claimName": "there"}})
    assert path == tmp_path / "nodes" / "volumes" / "pvc-1"
    assert path.is_dir()


@pytest.mark.parametrize(
    ("volume", "message"),
    [
        ({"configMap": {"name": "absent"}}, 'configmap "absent" not found'),
        ({"configMap": {"name": "there", "items": [{"key": "z", "path": "z"}]}}, "non-existent configmap key: z"),
        ({"nfs": {"server": "s", "path": "/"}}, "no volumes of type nfs"),
        ({"persistentVolumeClaim": {"claimName": "absent"}}, 'persistentvolumeclaim "absent" is not found'),
        ({"persistentVolumeClaim": {"claimName": "pending"}}, 'persistentvolumeclaim "pending" is not bound'),
    ],
)
def test_failures(tmp_path: Path, volume: dict[str, Any], message: str) -> None:
    with pytest.raises(MountError, match=message):
        made(tmp_path, volume)


def test_optional_is_empty(tmp_path: Path) -> None:
    assert list(made(tmp_path, {"configMap": {"name": "absent", "optional": True}}).iterdir()) == []


def test_written_again_at_once(tmp_path: Path) -> None:
    write(tmp_path / "v", {"a": b"1", "b": b"1"})
    write(tmp_path / "v", {"a": b"2"})
    assert {path.name: path.read_text() for path in (tmp_path / "v").iterdir()} == {"a": "2"}
    assert len(list(tmp_path.iterdir())) == 2

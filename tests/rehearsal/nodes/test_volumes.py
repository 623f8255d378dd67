"""Volumes as folders."""

import asyncio
import base64
from pathlib import Path
from typing import Any

import pytest

from rehearsal.nodes import volumes as module
from rehearsal.nodes.volumes import MountError, Volumes

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


def files(folder: Path) -> dict[str, str]:
    """What a container lists in a folder of files; kubelet's own entries start with two dots."""
    return {path.name: path.read_text() for path in folder.iterdir() if not path.name.startswith("..")}


def made(folder: Path, volume: dict[str, Any], **mount: Any) -> Path:
    """Make one volume and return where a container would find it."""
    meta = {"name": "p", "namespace": "n", "uid": "u", "labels": {"x": "y"}}
    pod = {"metadata": meta, "spec": {"volumes": [{"name": "v", **volume}]}}
    volumes = Volumes(pod, folder / "pod", folder / "host", folder / "nodes", fetch=fetch, token=token)
    asyncio.run(volumes.make(PLACE))
    container = {"name": "c", "volumeMounts": [{"name": "v", "mountPath": "/m", **mount}]}
    return Path(volumes.mounts(container)[0].host)


def test_config_map_and_items(tmp_path: Path) -> None:
    whole = made(tmp_path / "1", {"configMap": {"name": "there"}})
    assert files(whole) == {"a": "1", "b": "2"}
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
    assert files(path) == {
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
    assert files(made(tmp_path, {"configMap": {"name": "absent", "optional": True}})) == {}


class Scene:
    """A pod whose Secret and clock the test moves."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch, *volumes: dict[str, Any]) -> None:
        self.now = 1000.0
        self.tokens = 0
        self.data: dict[str, str] | None = {"tls.crt": "one", "tls.key": "one"}
        monkeypatch.setattr(module.time, "monotonic", lambda: self.now)
        pod = {"metadata": {"name": "p", "namespace": "n", "uid": "u"}, "spec": {"volumes": list(volumes)}}
        self.volumes = Volumes(pod, folder / "p", folder / "h", folder / "d", fetch=self.fetch, token=self.token)
        asyncio.run(self.volumes.make(PLACE))

    async def fetch(self, plural: str, name: str) -> dict[str, Any] | None:
        """The Secret as it is now."""
        encoded = {key: base64.b64encode(value.encode()).decode() for key, value in (self.data or {}).items()}
        return {"kind": "Secret", "data": encoded} if self.data is not None else None

    async def token(self, audience: str | None, seconds: int) -> str:
        """A new token each time."""
        self.tokens += 1
        return f"{self.tokens}"

    def host(self, name: str, **mount: str) -> Path:
        """Where a container finds a volume at its start."""
        container = {"name": "c", "volumeMounts": [{"name": name, "mountPath": "/m", **mount}]}
        return Path(self.volumes.mounts(container)[0].host)

    def refresh(self) -> None:
        """One turn."""
        asyncio.run(self.volumes.refresh(PLACE))


SECRET = {"name": "s", "secret": {"secretName": "certificates"}}
TOKEN = {"name": "t", "projected": {"sources": [{"serviceAccountToken": {"path": "token", "expirationSeconds": 3607}}]}}


def test_a_changed_secret_is_written_and_one_that_is_gone_is_kept(tmp_path: Path, monkeypatch: Any) -> None:
    scene = Scene(tmp_path, monkeypatch, SECRET)
    path = scene.host("s")
    scene.data = {"tls.crt": "two", "tls.key": "two", "ca.crt": "two"}
    scene.refresh()
    assert files(path) == {"tls.crt": "two", "tls.key": "two", "ca.crt": "two"}
    scene.data = None
    scene.refresh()
    assert set(files(path)) == {"tls.crt", "tls.key", "ca.crt"}


def test_a_sub_path_keeps_what_its_container_started_with(tmp_path: Path, monkeypatch: Any) -> None:
    scene = Scene(tmp_path, monkeypatch, SECRET)
    file = scene.host("s", subPath="tls.crt")
    scene.data = {"tls.crt": "two"}
    scene.refresh()
    assert file.read_text() == "one"
    assert scene.host("s", subPath="tls.crt").read_text() == "two"


def test_a_token_is_replaced_when_four_fifths_of_its_life_are_over(tmp_path: Path, monkeypatch: Any) -> None:
    scene = Scene(tmp_path, monkeypatch, TOKEN)
    path = scene.host("t")
    scene.now += 2880
    assert not scene.volumes.tokens_due
    scene.refresh()
    assert files(path) == {"token": "1"}
    scene.now += 10
    assert scene.volumes.tokens_due
    scene.refresh()
    assert files(path) == {"token": "2"}
    assert not scene.volumes.tokens_due


def test_which_objects_concern_it(tmp_path: Path, monkeypatch: Any) -> None:
    scene = Scene(tmp_path, monkeypatch, SECRET, TOKEN)
    assert scene.volumes.refers_to("secrets", "certificates")
    assert not scene.volumes.refers_to("configmaps", "certificates")
    assert not scene.volumes.refers_to("secrets", "other")


def test_a_volume_that_a_webhook_adds(tmp_path: Path, monkeypatch: Any) -> None:
    scene = Scene(tmp_path, monkeypatch)
    path = asyncio.run(scene.volumes.add(TOKEN, PLACE))
    scene.now += 3000
    scene.refresh()
    assert files(path) == {"token": "2"}

"""Volumes of a pod as folders of this machine."""

import logging
import shutil
import time
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path

from rehearsal.images.container import Mount
from rehearsal.nodes.api import Object
from rehearsal.nodes.atomic_files import write
from rehearsal.nodes.block_storage import folder_of
from rehearsal.nodes.environment import ConfigError, Fetch, content, field

LOG = logging.getLogger(__name__)
Token = Callable[[str | None, int], Awaitable[str]]
"""Asks the API server for a token of the pod's ServiceAccount: audience, seconds."""
_TOKEN_SECONDS = 3607
# A token is replaced when this share of its lifetime is over, and once a day at the latest (kubernetes/kubernetes
# pkg/kubelet/token/token_manager.go).
_TOKEN_SHARE, _TOKEN_MAX_SECONDS = 0.8, 86400.0
_OF_FILES = ("configMap", "secret", "downwardAPI", "projected")


class MountError(Exception):
    """A volume cannot be set up yet; kubelet would try again."""


class Volumes:
    """Makes a pod's volumes below one folder."""

    def __init__(self, pod: Object, folder: Path, host: Path, disks: Path, *, fetch: Fetch, token: Token) -> None:
        """Nothing is made yet.

        Args:
            pod: The pod.
            folder: Where its volumes go.
            host: Folder that stands for the node's own filesystem (hostPath).
            disks: Folder of the node agent, with the content of PersistentVolumes.
            fetch: Reads ConfigMaps and Secrets.
            token: Makes ServiceAccount tokens.
        """
        self._pod = pod
        self._folder = folder
        self._host = host
        self._disks = disks
        self._fetch = fetch
        self._token = token
        self._paths: dict[str, Path] = {}
        self._made: dict[str, Object] = {}
        self._tokens: dict[tuple[str, str], tuple[float, bytes]] = {}
        self._read_only = {
            volume["name"]
            for volume in pod["spec"].get("volumes", [])
            if volume.get("persistentVolumeClaim", {}).get("readOnly")
        }

    async def make(self, status: Mapping[str, str]) -> None:
        """Make every volume.

        Raises:
            MountError: the first that cannot be made.
        """
        for volume in self._pod["spec"].get("volumes", []):
            try:
                self._paths[volume["name"]] = await self._volume(volume, status)
            except ConfigError as error:
                raise MountError(f'MountVolume.SetUp failed for volume "{volume["name"]}" : {error}') from error

    async def add(self, volume: Object, status: Mapping[str, str]) -> Path:
        """Make a volume that the pod's spec does not have, as a webhook of the cloud adds; return its folder."""
        path: Path = await self._volume(volume, status)
        self._paths[volume["name"]] = path
        return path

    async def refresh(self, status: Mapping[str, str]) -> None:
        """Bring volumes of files up to date: what ConfigMaps and Secrets hold now, tokens that are due for a new one.

        A ConfigMap or Secret that is gone changes nothing, as with kubelet.
        """
        for volume in list(self._made.values()):
            try:
                await self._volume(volume, status)
            except ConfigError as error:
                LOG.info("volume %s of %s: %s", volume["name"], self._pod["metadata"]["name"], error)

    def refers_to(self, plural: str, name: str) -> bool:
        """Whether a volume has content of a ConfigMap or Secret ("configmaps" or "secrets")."""
        key = {"configmaps": "configMap", "secrets": "secret"}[plural]
        sources = [
            source[key]
            for volume in self._made.values()
            for source in (volume, *volume.get("projected", {}).get("sources", []))
            if key in source
        ]
        return any(name in (source.get("name"), source.get("secretName")) for source in sources)

    @property
    def tokens_due(self) -> bool:
        """Whether a token should be replaced."""
        return any(time.monotonic() >= due for due, _ in self._tokens.values())

    def mounts(self, container: Object) -> list[Mount]:
        """The mounts of one container, which is about to start."""
        return [
            Mount(
                path=mount["mountPath"],
                host=str(self._mounted(container, number, mount)),
                read_only=bool(mount.get("readOnly")) or mount["name"] in self._read_only,
            )
            for number, mount in enumerate(container.get("volumeMounts", []))
        ]

    def _mounted(self, container: Object, number: int, mount: Object) -> Path:
        """Folder or file of a mount; one with a subPath of files keeps what the container finds at its start."""
        volume, part = self._paths[mount["name"]], str(mount.get("subPath", "")).strip("/")
        if not part or mount["name"] not in self._made:
            return volume / part
        kept = self._folder / "..subpaths" / str(container.get("name", "")) / str(number) / Path(part).name
        if kept.parent.exists():
            shutil.rmtree(kept.parent)
        kept.parent.mkdir(parents=True)
        source = volume / part
        if source.is_dir():
            shutil.copytree(source, kept)
        elif source.exists():
            shutil.copy2(source, kept)
        return kept

    async def _volume(self, volume: Object, status: Mapping[str, str]) -> Path:
        path: Path = self._folder / volume["name"]
        if any(kind in volume for kind in _OF_FILES):
            write(path, await self._files(volume, status))
            self._made[volume["name"]] = volume
            return path
        if "hostPath" in volume:
            path = self._host / str(volume["hostPath"]["path"]).lstrip("/")
        elif "persistentVolumeClaim" in volume:
            path = folder_of(self._disks, await self._bound(volume["persistentVolumeClaim"]["claimName"]))
        elif "emptyDir" not in volume:
            kind = ", ".join(name for name in volume if name != "name")
            raise ConfigError(f"the rehearsal has no volumes of type {kind}")
        path.mkdir(parents=True, exist_ok=True)
        return path

    async def _files(self, volume: Object, status: Mapping[str, str]) -> dict[str, bytes]:
        """Content of a volume of files by path."""
        if "configMap" in volume:
            return await self._keys("configmaps", volume["configMap"], volume["configMap"].get("name", ""))
        if "secret" in volume:
            return await self._keys("secrets", volume["secret"], volume["secret"].get("secretName", ""))
        if "downwardAPI" in volume:
            return self._downward(volume["downwardAPI"], status)
        files: dict[str, bytes] = {}
        for source in volume["projected"].get("sources", []):
            files |= await self._projected(volume["name"], source, status)
        return files

    async def _bound(self, claim: str) -> str:
        """The PersistentVolume a claim is bound to."""
        found = await self._fetch("persistentvolumeclaims", claim)
        if found is None or found.get("status", {}).get("phase") != "Bound":
            raise ConfigError(f'persistentvolumeclaim "{claim}" is {"not bound" if found else "not found"}')
        return str(found["spec"]["volumeName"])

    async def _projected(self, volume: str, source: Object, status: Mapping[str, str]) -> dict[str, bytes]:
        if "serviceAccountToken" in source:
            wanted = source["serviceAccountToken"]
            return {wanted["path"]: await self._fresh_token(volume, wanted)}
        if "downwardAPI" in source:
            return self._downward(source["downwardAPI"], status)
        for kind, plural in (("configMap", "configmaps"), ("secret", "secrets")):
            if kind in source:
                return await self._keys(plural, source[kind], source[kind].get("name", ""))
        raise ConfigError(f"the rehearsal does not project {', '.join(source)}")

    async def _fresh_token(self, volume: str, wanted: Object) -> bytes:
        """The token that was made last, until it is due for a new one."""
        due, token = self._tokens.get((volume, wanted["path"]), (0.0, b""))
        if not token or time.monotonic() >= due:
            seconds = wanted.get("expirationSeconds", _TOKEN_SECONDS)
            token = (await self._token(wanted.get("audience"), seconds)).encode()
            due = time.monotonic() + min(seconds * _TOKEN_SHARE, _TOKEN_MAX_SECONDS)
            self._tokens[volume, wanted["path"]] = due, token
        return token

    async def _keys(self, plural: str, source: Object, name: str) -> dict[str, bytes]:
        found = await self._fetch(plural, name)
        if found is None:
            if source.get("optional"):
                return {}
            raise ConfigError(f'{plural.removesuffix("s")} "{name}" not found')
        data = content(found)
        items = source.get("items")
        if not items:
            return data
        missing = [item["key"] for item in items if item["key"] not in data]
        if missing and not source.get("optional"):
            raise ConfigError(f"references non-existent {plural.removesuffix('s')} key: {missing[0]}")
        return {item["path"]: data[item["key"]] for item in items if item["key"] in data}

    def _downward(self, source: Object, status: Mapping[str, str]) -> dict[str, bytes]:
        return {
            item["path"]: field(item["fieldRef"]["fieldPath"], self._pod, status).encode()
            for item in source.get("items", [])
            if "fieldRef" in item
        }

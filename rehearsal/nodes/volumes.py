"""Volumes of a pod as folders of this machine."""

import os
import shutil
import tempfile
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path

from rehearsal.images.container import Mount
from rehearsal.nodes.api import Object
from rehearsal.nodes.block_storage import folder_of
from rehearsal.nodes.environment import ConfigError, Fetch, content, field

Token = Callable[[str | None, int], Awaitable[str]]
"""Asks the API server for a token of the pod's ServiceAccount: audience, seconds."""
_TOKEN_SECONDS = 3607


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

    def mounts(self, container: Object) -> list[Mount]:
        """The mounts of one container."""
        return [
            Mount(
                path=mount["mountPath"],
                host=str(self._paths[mount["name"]] / mount.get("subPath", "")).rstrip("/"),
                read_only=bool(mount.get("readOnly")) or mount["name"] in self._read_only,
            )
            for mount in container.get("volumeMounts", [])
        ]

    async def _volume(self, volume: Object, status: Mapping[str, str]) -> Path:
        path: Path = self._folder / volume["name"]
        if "emptyDir" in volume:
            _folder(path)
        elif "hostPath" in volume:
            path = self._host / str(volume["hostPath"]["path"]).lstrip("/")
            _folder(path)
        elif "configMap" in volume:
            source = volume["configMap"]
            write(path, await self._keys("configmaps", source, source.get("name", "")))
        elif "secret" in volume:
            source = volume["secret"]
            write(path, await self._keys("secrets", source, source.get("secretName", "")))
        elif "persistentVolumeClaim" in volume:
            path = folder_of(self._disks, await self._bound(volume["persistentVolumeClaim"]["claimName"]))
            _folder(path)
        elif "downwardAPI" in volume:
            write(path, self._downward(volume["downwardAPI"], status))
        elif "projected" in volume:
            files: dict[str, bytes] = {}
            for source in volume["projected"].get("sources", []):
                files |= await self._projected(source, status)
            write(path, files)
        else:
            kind = ", ".join(name for name in volume if name != "name")
            raise ConfigError(f"the rehearsal has no volumes of type {kind}")
        return path

    async def _bound(self, claim: str) -> str:
        """The PersistentVolume a claim is bound to."""
        found = await self._fetch("persistentvolumeclaims", claim)
        if found is None or found.get("status", {}).get("phase") != "Bound":
            raise ConfigError(f'persistentvolumeclaim "{claim}" is {"not bound" if found else "not found"}')
        return str(found["spec"]["volumeName"])

    async def _projected(self, source: Object, status: Mapping[str, str]) -> dict[str, bytes]:
        if "serviceAccountToken" in source:
            wanted = source["serviceAccountToken"]
            token = await self._token(wanted.get("audience"), wanted.get("expirationSeconds", _TOKEN_SECONDS))
            return {wanted["path"]: token.encode()}
        if "downwardAPI" in source:
            return self._downward(source["downwardAPI"], status)
        for kind, plural in (("configMap", "configmaps"), ("secret", "secrets")):
            if kind in source:
                return await self._keys(plural, source[kind], source[kind].get("name", ""))
        raise ConfigError(f"the rehearsal does not project {', '.join(source)}")

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


def write(path: Path, files: Mapping[str, bytes]) -> None:
    """Write a volume of files and put it in place at once, as kubelet's atomic writer does."""
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = Path(tempfile.mkdtemp(dir=path.parent, prefix=f"..{path.name}."))
    for name, data in files.items():
        file = fresh / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(data)
        file.chmod(0o600)
    link = path.with_name(f"..{path.name}.new")
    link.unlink(missing_ok=True)
    link.symlink_to(fresh.name)
    old = path.resolve() if path.is_symlink() else None
    os.replace(link, path)  # noqa: PTH105 - replaces the link itself
    if old:
        shutil.rmtree(old)


def _folder(path: Path) -> None:
    path.mkdir(parents=True, exist_ok=True)

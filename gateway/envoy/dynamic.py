"""Dynamic files of Envoy: the services' clusters and their endpoints, followed without a restart."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from gateway.envoy import clusters
from gateway.envoy.bootstrap import CLUSTERS_FILE


class DynamicFiles:
    """The files in a folder; one writer at a time."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._written: dict[str, Any] = {}

    def update(self, services: Mapping[str, Sequence[str]]) -> bool:
        """Write what differs from the last update; whether anything did.

        Args:
            services: ready engines, ``HOST:PORT`` each, by the service's public name; services without an engine too.

        Raises:
            ValueError: an endpoint is not ``HOST:PORT``.
            OSError: the folder cannot be written.
        """
        files = {clusters.endpoints_file(name): [clusters.endpoints(name, services[name])] for name in services}
        found = [clusters.service(name, self._folder) for name in sorted(services)]
        # A cluster's file of endpoints is there before the cluster, and goes after it.
        changed = [self._write(name, resources) for name, resources in files.items()]
        changed.append(self._write(CLUSTERS_FILE, found))
        # Of an earlier writer too.
        for path in self._folder.glob(clusters.ENDPOINTS_FILES):
            if path.name not in files:
                path.unlink(missing_ok=True)
                self._written.pop(path.name, None)
        return any(changed)

    def _write(self, name: str, resources: list[dict[str, Any]]) -> bool:
        if self._written.get(name) == resources:
            return False
        put(self._folder / name, {"resources": resources})
        self._written[name] = resources
        return True


def put(path: Path, document: Mapping[str, Any]) -> None:
    """Write JSON beside ``path`` and rename it: Envoy watches for a file that moves into the folder."""
    aside = path.with_name(f".{path.name}.new")
    aside.write_text(json.dumps(document), encoding="utf-8")
    aside.replace(path)

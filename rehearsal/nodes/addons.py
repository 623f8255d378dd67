"""EKS add-ons whose controllers run for real: their manifests are applied while the add-on is installed.

EKS applies them itself, with the field manager ``eks``, and removes them with the add-on. Here they come from the
controller's Go module. Other add-ons are emulated (`block_storage`) or need nothing (vpc-cni, kube-proxy, coredns).
"""

import asyncio
import json
import logging
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from rehearsal.charts.modules import module_folder
from rehearsal.controllers.programs import PROGRAMS, Program
from rehearsal.controlplane.client import KubeClient
from rehearsal.controlplane.errors import KubeError, NotFoundError
from rehearsal.engine.toolchain import ToolchainError
from rehearsal.nodes.api import Object
from workspace.files import write_atomically

LOG = logging.getLogger(__name__)
_POLL_SECONDS = 2.0
_FIELD_MANAGER = "eks"


@dataclass(frozen=True, kw_only=True)
class AddOn:
    """An add-on with manifests.

    Attributes:
        name: Its name in EKS.
        program: The controller that it runs.
        folder: Folder of its manifests in the controller's Go module: plain YAML beside a kustomization.
        image: Repository of its image, as upstream publishes it; EKS has a copy in its own registry.
    """

    name: str
    program: Program
    folder: str
    image: str

    def manifests(self, configuration: Mapping[str, Any]) -> list[Object]:
        """Its objects, as ``kubectl kustomize`` makes them, with what the add-on's configuration has.

        Args:
            configuration: The add-on's ``configurationValues``, of which ``nodeSelector`` is taken.

        Raises:
            ToolchainError: the Go module cannot be downloaded.
        """
        folder = module_folder(self.program.versioned_source) / self.folder
        kustomization = yaml.safe_load((folder / "kustomization.yaml").read_text())
        objects = [
            obj for name in kustomization["resources"] for obj in yaml.safe_load_all((folder / name).read_text()) if obj
        ]
        for obj in objects:
            _label(obj, kustomization.get("commonLabels", {}))
            if (pod := _template(obj).get("spec")) is not None:
                pod["nodeSelector"] = {**pod.get("nodeSelector", {}), **configuration.get("nodeSelector", {})}
            for container in _template(obj).get("spec", {}).get("containers", []):
                container["image"] = f"{self.image}:v{self.program.version}"
        return objects


ADDONS = (
    AddOn(
        name="metrics-server",
        program=PROGRAMS["metrics-server"],
        folder="manifests/base",
        image="registry.k8s.io/metrics-server/metrics-server",
    ),
)


def installed(records: Path) -> dict[str, dict[str, Any]]:
    """Configuration of the add-ons that the AWS provider has recorded, by name; empty where it has none."""
    if not records.exists():
        return {}
    with sqlite3.connect(f"file:{records}?mode=ro", uri=True, timeout=5) as database:
        rows = database.execute("SELECT inputs FROM recorded WHERE type = 'aws:eks/addon:Addon'").fetchall()
    inputs = [json.loads(row[0]) for row in rows]
    return {str(one.get("addonName")): json.loads(one.get("configurationValues") or "{}") for one in inputs}


class AddOns:
    """Applies and removes the manifests of one cluster's add-ons."""

    def __init__(self, *, kubeconfig: Path, records: Path, folder: Path) -> None:
        """Apply nothing yet.

        Args:
            kubeconfig: That of an administrator.
            records: Database in which the AWS provider records add-ons.
            folder: Where what was applied is noted, so that another agent can remove it.
        """
        self._kubeconfig, self._records, self._folder = kubeconfig, records, folder
        self._applied: dict[str, dict[str, Any]] = {}
        self._said: dict[str, str] = {}

    async def run(self) -> None:
        """Follow the add-ons until cancelled."""
        while True:
            for addon in ADDONS:
                try:
                    await asyncio.to_thread(self.step, addon)
                    self._said.pop(addon.name, None)
                except (KubeError, ToolchainError, sqlite3.Error) as error:
                    if self._said.get(addon.name) != str(error):
                        self._said[addon.name] = str(error)
                        LOG.warning("add-on %s: %s; again", addon.name, error)
            await asyncio.sleep(_POLL_SECONDS)

    def step(self, addon: AddOn) -> None:
        """Bring one add-on's objects in line with whether it is installed."""
        note = self._folder / f"{addon.name}.json"
        configuration = installed(self._records).get(addon.name)
        if configuration is not None:
            if self._applied.get(addon.name) != configuration:
                self._apply(addon, configuration, note)
                self._applied[addon.name] = configuration
        elif note.exists():
            self._remove(json.loads(note.read_text()))
            note.unlink()
            self._applied.pop(addon.name, None)

    def _apply(self, addon: AddOn, configuration: Mapping[str, Any], note: Path) -> None:
        objects = addon.manifests(configuration)
        self._folder.mkdir(parents=True, exist_ok=True)
        write_atomically(note, json.dumps([_reference(obj) for obj in objects]))
        with KubeClient.from_kubeconfig(self._kubeconfig) as kube:
            for obj in objects:
                kube.apply(obj, field_manager=_FIELD_MANAGER, force=True)
        LOG.info("add-on %s: %d objects applied", addon.name, len(objects))

    def _remove(self, references: list[dict[str, Any]]) -> None:
        with KubeClient.from_kubeconfig(self._kubeconfig) as kube:
            for reference in reversed(references):
                try:
                    kube.delete(**reference)
                except NotFoundError:
                    continue


def _reference(obj: Object) -> dict[str, Any]:
    meta = obj["metadata"]
    return {
        "api_version": obj["apiVersion"],
        "kind": obj["kind"],
        "name": meta["name"],
        "namespace": meta.get("namespace"),
    }


def _template(obj: Object) -> Object:
    found: Object = obj.get("spec", {}).get("template", {}) if obj["kind"] == "Deployment" else {}
    return found


def _label(obj: Object, labels: dict[str, str]) -> None:
    """Add labels and selectors as kustomize's ``commonLabels`` do."""
    obj["metadata"].setdefault("labels", {}).update(labels)
    if obj["kind"] == "Service":
        obj["spec"].setdefault("selector", {}).update(labels)
    if template := _template(obj):
        template.setdefault("metadata", {}).setdefault("labels", {}).update(labels)
        obj["spec"].setdefault("selector", {}).setdefault("matchLabels", {}).update(labels)

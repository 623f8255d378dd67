"""Add-ons with manifests: applied while installed, removed with the add-on, also by another agent."""

import json
import sqlite3
from pathlib import Path
from typing import Any, Self

import pytest

from rehearsal.aws.records import Records
from rehearsal.controllers.programs import PROGRAMS
from rehearsal.controlplane.errors import KubeError, NotFoundError
from rehearsal.network import probe
from rehearsal.network.kinds import Kind
from rehearsal.nodes import addons
from rehearsal.nodes.addons import AddOn, AddOns, installed
from tests.rehearsal.nodes.cluster import Cluster
from tests.waiting import until

KUSTOMIZATION = "commonLabels: {k8s-app: example}\nresources: [rbac.yaml, work.yaml]\n"
RBAC = "apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: example, namespace: kube-system}\n---\n"
WORK = """apiVersion: apps/v1
kind: Deployment
metadata: {name: example, namespace: kube-system}
spec: {template: {spec: {containers: [{name: c, image: "staging/example:master"}]}}}
---
apiVersion: v1
kind: Service
metadata: {name: example, namespace: kube-system}
spec: {ports: [{port: 443}]}
"""
ADDON = AddOn(
    name="metrics-server", program=PROGRAMS["metrics-server"], folder="manifests/base", image="registry.k8s.io/example"
)


class Kube:
    """An API server that remembers what was applied."""

    objects: dict[tuple[str, str], dict[str, Any]]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        return

    def apply(self, obj: dict[str, Any], *, field_manager: str, force: bool) -> None:
        assert (field_manager, force) == ("eks", True)
        self.objects[obj["kind"], obj["metadata"]["name"]] = obj

    def delete(self, *, api_version: str, kind: str, name: str, namespace: str | None) -> None:
        if (kind, name) not in self.objects:
            raise NotFoundError(404, "NotFound", f"{kind} {name}")
        del self.objects[kind, name]


@pytest.fixture
def kube(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Kube:
    base = tmp_path / "module" / "manifests" / "base"
    base.mkdir(parents=True)
    for name, text in (("kustomization.yaml", KUSTOMIZATION), ("rbac.yaml", RBAC), ("work.yaml", WORK)):
        (base / name).write_text(text)
    fake = Kube()
    fake.objects = {}
    monkeypatch.setattr(addons, "module_folder", lambda module: tmp_path / "module")
    monkeypatch.setattr(addons.KubeClient, "from_kubeconfig", lambda _: fake)
    return fake


def record(file: Path, *names: str, configuration: dict[str, Any] | None = None) -> None:
    with sqlite3.connect(file) as database:
        database.execute("CREATE TABLE IF NOT EXISTS recorded (type TEXT, inputs TEXT)")
        database.execute("DELETE FROM recorded")
        values = {"configurationValues": json.dumps(configuration)} if configuration else {}
        for name in names:
            inputs = json.dumps({"addonName": name, **values})
            database.execute("INSERT INTO recorded VALUES ('aws:eks/addon:Addon', ?)", (inputs,))


def test_installed(tmp_path: Path) -> None:
    assert installed(tmp_path / "absent") == {}
    record(tmp_path / "records", "coredns", "metrics-server")
    assert installed(tmp_path / "records") == {"coredns": {}, "metrics-server": {}}


def test_manifests_are_labelled_as_kustomize_does(kube: Kube) -> None:
    account, deployment, service = ADDON.manifests({})
    labels = {"k8s-app": "example"}
    assert account["metadata"]["labels"] == labels
    assert deployment["spec"]["selector"] == {"matchLabels": labels}
    assert deployment["spec"]["template"]["metadata"]["labels"] == labels
    assert deployment["spec"]["template"]["spec"]["containers"][0]["image"] == "registry.k8s.io/example:v0.9.0"
    assert service["spec"]["selector"] == labels


def test_they_come_and_go_with_the_add_on(kube: Kube, tmp_path: Path) -> None:
    records = tmp_path / "records"
    record(records, "coredns")
    followed = AddOns(kubeconfig=tmp_path / "k", records=records, folder=tmp_path / "notes")
    followed.step(ADDON)
    assert kube.objects == {}
    record(records, "metrics-server")
    followed.step(ADDON)
    assert len(kube.objects) == 3
    kube.objects.clear()
    followed.step(ADDON)
    assert kube.objects == {}, "once an agent's life, not at every turn"


def test_pods_are_where_the_add_on_s_configuration_has_them(kube: Kube, tmp_path: Path) -> None:
    records, selector = tmp_path / "records", {"llm-platform/pool": "system"}
    record(records, "metrics-server")
    followed = AddOns(kubeconfig=tmp_path / "k", records=records, folder=tmp_path / "notes")
    followed.step(ADDON)
    assert not kube.objects["Deployment", "example"]["spec"]["template"]["spec"]["nodeSelector"]
    record(records, "metrics-server", configuration={"nodeSelector": selector})
    followed.step(ADDON)
    assert kube.objects["Deployment", "example"]["spec"]["template"]["spec"]["nodeSelector"] == selector


def test_another_agent_removes_what_is_there(kube: Kube, tmp_path: Path) -> None:
    records, notes = tmp_path / "records", tmp_path / "notes"
    record(records, "metrics-server")
    AddOns(kubeconfig=tmp_path / "k", records=records, folder=notes).step(ADDON)
    del kube.objects["Service", "example"]
    record(records)
    AddOns(kubeconfig=tmp_path / "k", records=records, folder=notes).step(ADDON)
    assert kube.objects == {}
    assert list(notes.iterdir()) == []


@pytest.mark.integration
def test_metrics_server_runs_for_real(tmp_path: Path) -> None:
    """The add-on, the binary with its own token, kubelets over TLS, the aggregated API; and all of it goes again."""
    if problem := probe.attempt():
        pytest.skip(f"no namespaces here: {problem}")
    cluster = Cluster(tmp_path / "sandbox", Kind.NAMESPACES)
    try:
        cluster.up()
        cluster.node_groups()
        records = Records(cluster.sandbox.aws / "recorded.sqlite")
        records.put("aws:eks/addon:Addon", "llm:metrics-server", "urn", {"addonName": "metrics-server"}, {})

        def usage() -> dict[str, dict[str, str]]:
            try:
                found = cluster.kube.request("GET", "/apis/metrics.k8s.io/v1beta1/nodes")["items"]
            except KubeError:
                return {}
            return {item["metadata"]["name"]: item["usage"] for item in found}

        def nodes() -> set[str]:
            return {node["metadata"]["name"] for node in cluster.kube.list("v1", "Node")}

        until(lambda: len(nodes()) == 3, "three nodes")
        until(lambda: usage().keys() == nodes(), "metrics of every node", seconds=240)
        assert all(int(used["memory"].rstrip("Kimn")) > 0 for used in usage().values())
        pods = cluster.kube.request("GET", "/apis/metrics.k8s.io/v1beta1/pods")["items"]
        assert "metrics-server" in {container["name"] for pod in pods for container in pod["containers"]}
        records.remove("aws:eks/addon:Addon", "llm:metrics-server")
        until(
            lambda: not cluster.kube.list("v1", "Pod", "kube-system", label_selector="k8s-app=metrics-server"), "gone"
        )
    finally:
        cluster.down()

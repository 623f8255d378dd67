"""What a container's process is taken through before its program starts."""

import json
from pathlib import Path

from rehearsal.images.container import Mount
from rehearsal.network.pods import Attachment
from rehearsal.nodes import entry
from rehearsal.nodes.launch import Launch
from rehearsal.nodes.place import Place
from rehearsal.sandbox import Sandbox
from rehearsal.sandboxes import free_ports

POD = {"metadata": {"name": "web", "namespace": "llm"}, "spec": {}}


def said(tmp_path: Path, namespace: str) -> tuple[dict[str, object], list[str]]:
    network = "namespaces" if namespace else "loopback"
    sandbox = Sandbox(root=tmp_path, name="t", ports=free_ports(), network=network)
    attached = Attachment(listen="10.0.2.7", namespace=namespace)
    place = Place(sandbox=sandbox, machine=None, address="10.0.2.7", network=attached)  # type: ignore[arg-type]
    launch = Launch(command=["/opt/controller/manager", "--x"], environment={}, folder=tmp_path)
    mounts = [Mount(path="/certs", host="/volumes/certs", read_only=True)]
    command = entry.command(launch, POD, place, mounts, tmp_path / "etc")
    return json.loads(command[4]), command[5:]


def test_with_a_namespace_volumes_and_resolver_are_mounted(tmp_path: Path) -> None:
    specification, program = said(tmp_path, "/proc/1/fd/9")
    assert program == ["/opt/controller/manager", "--x"]
    assert specification["namespace"] == "/proc/1/fd/9"
    assert specification["files"] == [
        ["/etc/resolv.conf", str(tmp_path / "etc" / "resolv.conf"), False],
        ["/etc/hosts", str(tmp_path / "etc" / "hosts"), False],
        ["/certs", "/volumes/certs", True],
    ]
    assert {str(tmp_path), "/opt/controller"} <= set(specification["keep"])  # type: ignore[call-overload]
    assert "nameserver 172.20.0.10" in (tmp_path / "etc" / "resolv.conf").read_text()


def test_on_loopback_nothing_is(tmp_path: Path) -> None:
    specification, program = said(tmp_path, "")
    assert program == ["/opt/controller/manager", "--x"]
    assert (specification["namespace"], specification["files"]) == ("", [])
    assert not (tmp_path / "etc").exists()

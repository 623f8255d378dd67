"""Volumes that a process sees at their paths, and those that it must be given another path for."""

from pathlib import Path

import pytest

from rehearsal.images.container import Mount
from rehearsal.nodes.mounted import elsewhere
from rehearsal.sandbox import Sandbox
from rehearsal.sandboxes import free_ports


@pytest.mark.parametrize(
    ("network", "moved"), [("namespaces", ["/sandboxes"]), ("loopback", ["/opt/gateway", "/sandboxes"])]
)
def test_on_loopback_all_are_elsewhere_else_those_above_the_sandbox(network: str, moved: list[str]) -> None:
    sandbox = Sandbox(root=Path("/sandboxes/one"), name="one", ports=free_ports(), network=network)
    mounts = [Mount(path=path, host="/volumes") for path in ("/opt/gateway", "/sandboxes")]
    assert [mount.path for mount in elsewhere(mounts, sandbox)] == moved


def test_the_folder_of_a_built_program_stays_visible(tmp_path: Path) -> None:
    sandbox = Sandbox(root=tmp_path, name="one", ports=free_ports(), network="namespaces")
    mounts = [Mount(path="/cache", host="/volumes")]
    assert elsewhere(mounts, sandbox) == []
    assert elsewhere(mounts, sandbox, Path("/cache/bin/controller")) == mounts

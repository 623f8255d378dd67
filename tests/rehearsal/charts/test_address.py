from pathlib import Path

from rehearsal.charts.address import url_of
from rehearsal.sandbox import Sandbox
from rehearsal.sandboxes import free_ports


def test_a_sandbox_serves_it_on_the_port_of_its_node_agent(tmp_path: Path) -> None:
    sandbox = Sandbox(root=tmp_path, name="x", ports=free_ports())
    assert url_of(sandbox) == f"http://127.0.0.1:{sandbox.ports.nodes}/charts"

from pathlib import Path

import pytest

from rehearsal.commands.connection import document
from rehearsal.sandbox import Ports, Sandbox


@pytest.fixture
def sandbox(tmp_path: Path) -> Sandbox:
    ports = Ports(moto=1, apiserver=2, etcd_client=3, etcd_peer=4, controllers=5, scheduler=6, nodes=7)
    return Sandbox(root=tmp_path, name="w", ports=ports)


def test_it_names_cli_backend_and_stand_ins_and_nothing_of_the_persons_own(sandbox: Sandbox, monkeypatch):
    monkeypatch.setenv("MY_API_TOKEN", "secret")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    monkeypatch.setenv("PULUMI_ACCESS_TOKEN", "secret")
    found = document(sandbox)
    assert "secret" not in found["environment"].values()
    assert found["environment"]["PULUMI_BACKEND_URL"].startswith(f"file://{sandbox.state}")
    assert found["environment"]["LLM_REHEARSAL_SANDBOX"] == str(sandbox.root)
    assert found["environment"]["AWS_ENDPOINT_URL"] == sandbox.aws_url
    assert found["environment"]["AWS_SECRET_ACCESS_KEY"] == "rehearsal"
    assert found["pulumi_root"] == str(sandbox.root)
    assert [plugin["name"] for plugin in found["plugins"]] == ["aws", "awsx", "eks", "kubernetes"]
    assert found["endpoint_port"] in {80, 8080}

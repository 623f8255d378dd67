import json

import pytest
import yaml

from rehearsal.components.eks.kubeconfig import build, client_certificate, dump
from rehearsal.sandbox import Ports, Sandbox, SandboxError
from workspace.files import write_atomically

USER = {"client-certificate-data": "Y2VydA==", "client-key-data": "a2V5"}


@pytest.fixture
def sandbox(tmp_path):
    return Sandbox(root=tmp_path, name="test", ports=Ports(**dict.fromkeys(Ports.__annotations__, 1)))


def test_certificate_comes_from_the_control_planes_kubeconfig(sandbox):
    write_atomically(sandbox.admin_kubeconfig, yaml.safe_dump({"users": [{"name": "x", "user": {**USER, "other": 1}}]}))
    assert client_certificate(sandbox) == USER


def test_a_sandbox_without_control_plane_is_told(sandbox):
    with pytest.raises(SandboxError, match="the control plane makes it, start the sandbox"):
        client_certificate(sandbox)


def test_a_kubeconfig_without_certificate_is_told(sandbox):
    write_atomically(sandbox.admin_kubeconfig, yaml.safe_dump({"users": [{"name": "x", "user": {"token": "t"}}]}))
    with pytest.raises(SandboxError, match="no user with a client certificate"):
        client_certificate(sandbox)


def test_shape_is_that_of_eks():
    config = json.loads(dump(build("https://127.0.0.1:1", "Q0E=", USER)))
    assert list(config) == ["apiVersion", "clusters", "contexts", "current-context", "kind", "users"]
    assert config["clusters"] == [
        {"cluster": {"server": "https://127.0.0.1:1", "certificate-authority-data": "Q0E="}, "name": "kubernetes"}
    ]
    assert config["contexts"] == [{"context": {"cluster": "kubernetes", "user": "aws"}, "name": "aws"}]
    assert config["users"] == [{"name": "aws", "user": USER}]

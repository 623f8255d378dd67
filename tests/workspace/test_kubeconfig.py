"""Kubeconfigs: tokens, commands that make them, certificates, and what cannot be read."""

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.portal.cluster_api import ClusterApi
from workspace.kubeconfig import Access, ClusterError

API = ClusterApi(url="https://127.0.0.1:6443")
ANSWER = {"status": {"token": "k8s-aws-v1.x", "expirationTimestamp": "2999-01-01T00:00:00Z"}}


def plugin(*arguments: str) -> dict[str, Any]:
    version = "client.authentication.k8s.io/v1beta1"
    return {
        "exec": {
            "apiVersion": version,
            "command": arguments[0],
            "args": list(arguments[1:]),
            "env": [{"name": "A", "value": "1"}],
        }
    }


def script(tmp_path: Path, text: str) -> Access:
    file = tmp_path / "get-token.py"
    file.write_text(text)
    return Access.of(API.kubeconfig(plugin(sys.executable, str(file))))


def test_a_token_and_a_server():
    access = Access.of(API.kubeconfig({"token": "t"}))
    assert (access.server, access.token, access.command) == ("https://127.0.0.1:6443", "t", None)
    assert access.sign_in({}) is None


def test_a_command_makes_tokens_with_its_environment(tmp_path: Path):
    access = script(
        tmp_path,
        "import json, os\nassert os.environ['A'] == '1' and os.environ['B'] == '2'\n"
        "assert json.loads(os.environ['KUBERNETES_EXEC_INFO'])['kind'] == 'ExecCredential'\n"
        f"print({json.dumps(json.dumps(ANSWER))})",
    )
    token = access.sign_in({"B": "2"})
    assert token is not None
    assert token.value == "k8s-aws-v1.x"
    assert token.fresh
    assert "k8s-aws" not in repr(token)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("raise SystemExit('Unable to locate credentials')", "failed: Unable to locate credentials"),
        ("print('{}')", "answered no token of the cluster"),
        ("print('x')", "answered no token of the cluster"),
    ],
)
def test_a_command_that_makes_none_is_a_line(tmp_path: Path, text: str, problem: str):
    with pytest.raises(ClusterError, match=problem):
        script(tmp_path, text).sign_in({})


def test_a_command_that_is_not_installed_is_named():
    with pytest.raises(ClusterError, match="aws-of-nowhere, which makes the cluster's tokens, is not installed"):
        Access.of(API.kubeconfig(plugin("aws-of-nowhere", "eks", "get-token"))).sign_in({})


@pytest.mark.parametrize(
    "text",
    ["", "null", "[]", "{", '{"clusters": []}', API.kubeconfig({"client-key-data": "%"}), API.kubeconfig(plugin("x")).replace("apiVersion", "no"), None, 4],
)  # fmt: skip
def test_what_is_no_kubeconfig_is_a_line(text: object):
    with pytest.raises(ClusterError, match="the platform's kubeconfig cannot be read"):
        Access.of(text)


def test_a_certificate_that_is_none_is_a_line():
    access = Access.of(API.kubeconfig({"client-certificate-data": "eA==", "client-key-data": "eA=="}))
    with pytest.raises(ClusterError, match="a certificate"):
        access.verification()

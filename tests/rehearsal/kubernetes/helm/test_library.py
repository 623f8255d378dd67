import subprocess
import sys

import pytest

from rehearsal.kubernetes.helm.library import HelmLibrary
from rehearsal.kubernetes.helm.library_errors import ClusterAwayError, HelmError


def test_nothing_loads_the_library_before_a_release_needs_it() -> None:
    code = "import sys, rehearsal.kubernetes.provider; assert not {'helm_python', 'settings'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_a_kubeconfig_that_is_none_is_an_error() -> None:
    with pytest.raises(HelmError, match="kubeconfig"):
        HelmLibrary("not: [a kubeconfig", None, "default").find("x")


def test_an_api_server_that_does_not_answer_is_an_error_of_its_own() -> None:
    kubeconfig = """
apiVersion: v1
kind: Config
current-context: c
contexts: [{name: c, context: {cluster: c, user: u}}]
clusters: [{name: c, cluster: {server: "http://127.0.0.1:9"}}]
users: [{name: u, user: {}}]
"""
    with pytest.raises(ClusterAwayError, match="connection refused"):
        HelmLibrary(kubeconfig, None, "default").find("x")

"""Karpenter's CRDs as a Helm release and an EC2NodeClass under Pulumi's own engine: up, up again, refresh, destroy."""

import concurrent.futures
import textwrap
import time
from pathlib import Path

import pytest

from rehearsal.controlplane.client import KubeClient
from tests.rehearsal.controlplane.running import ControlPlane, until
from tests.rehearsal.engine_project import Project

pytestmark = pytest.mark.integration
PROGRAM = textwrap.dedent(
    """
    import pathlib
    import pulumi
    import pulumi_kubernetes as k8s

    provider = k8s.Provider("cluster", kubeconfig=pathlib.Path(pulumi.Config().require("kubeconfig")).read_text())
    kinds = k8s.helm.v3.Release(
        "karpenter-crd",
        name="karpenter-crd",
        namespace="kube-system",
        chart="oci://public.ecr.aws/karpenter/karpenter-crd",
        version="1.14.1",
        opts=pulumi.ResourceOptions(provider=provider),
    )
    k8s.apiextensions.CustomResource(
        "class",
        api_version="karpenter.k8s.aws/v1",
        kind="EC2NodeClass",
        metadata={"name": "gpu", "finalizers": ["karpenter.k8s.aws/termination"]},
        spec={
            "amiSelectorTerms": [{"alias": "al2023@v20260101"}],
            "instanceProfile": "nodes",
            "subnetSelectorTerms": [{"id": "subnet-0123456789abcdef0"}],
            "securityGroupSelectorTerms": [{"id": "sg-0123456789abcdef0"}],
        },
        opts=pulumi.ResourceOptions(
            provider=provider, depends_on=[kinds], custom_timeouts=pulumi.CustomTimeouts(delete="60s")
        ),
    )
    pulumi.export("status", kinds.status)
    """
)


def test_a_node_class_outlives_its_finalizer_and_then_its_kind(
    tmp_path: Path, plane: ControlPlane, client: KubeClient
) -> None:
    project = Project(tmp_path, plane.sandbox, package="kubernetes", program=PROGRAM)
    project.pulumi("config", "set", "kubeconfig", str(plane.sandbox.admin_kubeconfig))
    assert "4 to create" in project.pulumi("preview")
    project.pulumi("up", "--yes", "--skip-preview")
    assert project.outputs()["status"]["status"] == "deployed"
    again = project.pulumi("up", "--yes", "--skip-preview", "--expect-no-changes")
    assert "4 unchanged" in again
    project.pulumi("refresh", "--yes", "--skip-preview", "--expect-no-changes")

    def live() -> bool:
        return bool(client.get("karpenter.k8s.aws/v1", "EC2NodeClass", "gpu")["metadata"].get("deletionTimestamp"))

    with concurrent.futures.ThreadPoolExecutor() as pool:
        destroying = pool.submit(project.pulumi, "destroy", "--yes", "--skip-preview")
        until(live)
        time.sleep(2)
        assert not destroying.done()
        assert client.list("v1", "Secret", "kube-system", label_selector="owner=helm,name=karpenter-crd")
        client.patch("karpenter.k8s.aws/v1", "EC2NodeClass", "gpu", None, {"metadata": {"finalizers": None}})
        assert "4 deleted" in destroying.result()
    assert client.list("apiextensions.k8s.io/v1", "CustomResourceDefinition") == []
    assert client.list("v1", "Secret", "kube-system", label_selector="owner=helm") == []

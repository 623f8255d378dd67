"""Processes of controllers: the binary, what the image's table completes, and the pod's own identity."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from rehearsal.images.container import Mount
from rehearsal.images.image_list import BuiltImage, ImagePullError, Override, resolve
from rehearsal.nodes.launch import Launch, StartError, complete, plan
from rehearsal.nodes.machines import Machine
from rehearsal.sandbox import Sandbox
from rehearsal.sandboxes import free_ports

KARPENTER = "public.ecr.aws/karpenter/controller:1.14.1"
ACCOUNT = "/var/run/secrets/kubernetes.io/serviceaccount"


def planned(
    folder: Path, variables: dict[str, str], mounts: list[Mount], *, network: str = "namespaces", **container: Any
) -> Launch:
    """The process of a container of Karpenter's image."""
    machine = Machine(
        key="k", group="g", cluster="c", address="10.0.2.4", region="us-east-1", zone="us-east-1a", cidr="10.0.2.0/24",
        instance_type="m5.xlarge", capacity_type="ON_DEMAND", vcpus=4, memory_gib=16, gpus=0, gpu="",
        gpu_capability=0.0, disk_gib=20, version="1.35",
    )  # fmt: skip
    return plan(
        container={"name": "controller", "image": KARPENTER} | container,
        pod={"metadata": {"name": "p", "namespace": "kube-system", "uid": "u"}, "spec": {}},
        machine=machine,
        sandbox=Sandbox(root=folder, name="test", ports=free_ports(), network=network),
        variables=variables,
        mounts=mounts,
        address="127.16.1.2",
        folder=folder,
        binary=Path("/cache/karpenter"),
    )


def test_a_controller_runs_as_its_own_service_account(tmp_path: Path) -> None:
    mounts = [Mount(path=ACCOUNT, host=str(tmp_path / "token"), read_only=True)]
    launch = planned(tmp_path, {"CLUSTER_NAME": "llm"}, mounts, network="loopback", args=["--log-level=debug"])
    assert launch.command[-2:] == ["/cache/karpenter", "--log-level=debug"]
    config = yaml.safe_load(Path(launch.environment["KUBECONFIG"]).read_text())
    assert config["users"] == [{"name": "serviceaccount", "user": {"tokenFile": str(tmp_path / "token" / "token")}}]
    assert launch.environment["LEADER_ELECTION_NAMESPACE"] == "kube-system"
    assert launch.environment["ISOLATED_VPC"] == "true"
    assert launch.environment["CLUSTER_ENDPOINT"] == config["clusters"][0]["cluster"]["server"]
    assert "LLM_REHEARSAL_CONTAINER" not in launch.environment


def test_without_a_mounted_token_it_has_no_identity(tmp_path: Path) -> None:
    assert "KUBECONFIG" not in planned(tmp_path, {}, [], network="loopback").environment


def test_with_namespaces_the_in_cluster_configuration_is_its_own(tmp_path: Path) -> None:
    mounts = [Mount(path=ACCOUNT, host=str(tmp_path / "token"), read_only=True)]
    environment = planned(tmp_path, {}, mounts).environment
    assert not environment.keys() & {"KUBECONFIG", "LEADER_ELECTION_NAMESPACE", "METRICS_PORT"}
    assert environment["ISOLATED_VPC"] == "true"


def test_what_the_chart_sets_is_kept(tmp_path: Path) -> None:
    environment = planned(tmp_path, {"ISOLATED_VPC": "false", "CLUSTER_ENDPOINT": "https://x"}, []).environment
    assert (environment["ISOLATED_VPC"], environment["CLUSTER_ENDPOINT"]) == ("false", "https://x")


def test_on_the_loopback_network_the_port_of_its_service_is_taken(tmp_path: Path) -> None:
    given = {"METRICS_PORT": "8080"}
    assert planned(tmp_path, given, []).environment["METRICS_PORT"] == "8080"
    assert planned(tmp_path, given, [], network="loopback").environment["METRICS_PORT"] != "8080"


def test_another_executable_is_not_in_the_image(tmp_path: Path) -> None:
    with pytest.raises(StartError, match=r"the rehearsal starts controller of public\.ecr\.aws/karpenter"):
        planned(tmp_path, {}, [], command=["/bin/sh"])


def test_options_are_completed() -> None:
    image = resolve(KARPENTER)
    assert isinstance(image, BuiltImage)
    overrides = (
        Override(name="--kubeconfig", value="{kubeconfig}", reason="r"),
        Override(name="--port", value="1", only_unset=True, reason="r"),
        Override(name="--missing", value="{unknown}", reason="r"),
    )
    image = BuiltImage(**{**vars(image), "overrides": overrides})
    given = ["--kubeconfig=/production", "--port=2", "--v=1"]
    assert complete(image, given, {}, {"kubeconfig": "/k"}) == ["--port=2", "--v=1", "--kubeconfig=/k"]


def test_only_listed_images(tmp_path: Path) -> None:
    with pytest.raises(ImagePullError, match="neither emulates nor has"):
        planned(tmp_path, {}, [], image="nginx")

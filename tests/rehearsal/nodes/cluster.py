"""A control plane, moto and a node agent for the integration tests, without the engine."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import boto3
import httpx

from rehearsal.controlplane.client import KubeClient
from rehearsal.network.kinds import Kind
from rehearsal.network.namespaces import VARIABLE, Namespaces
from rehearsal.sandbox import ENVIRONMENT_VARIABLE, Sandbox
from rehearsal.sandboxes import free_ports
from rehearsal.supervisor.child_processes import die_with_parent
from rehearsal.supervisor.daemons import Daemon, daemons
from tests.waiting import until


class Cluster:
    """A sandbox whose processes the test starts by itself."""

    def __init__(self, root: Path, network: Kind = Kind.LOOPBACK) -> None:
        self.sandbox = Sandbox(root=root, name="test", ports=free_ports(), network=network)
        self.sandbox.save()
        self.namespaces = Namespaces.make() if network is Kind.NAMESPACES else None
        self.processes: dict[str, subprocess.Popen[bytes]] = {}
        self.kube: KubeClient

    def up(self) -> None:
        """Start everything."""
        for daemon in daemons(self.sandbox):
            self.start(daemon.name)
            if daemon.name == "apiserver":
                until(lambda daemon=daemon: self.answers(daemon), "apiserver ready")
        self.kube = KubeClient.from_kubeconfig(self.sandbox.admin_kubeconfig)
        for daemon in daemons(self.sandbox):
            until(lambda daemon=daemon: self.answers(daemon), f"{daemon.name} ready")

    def answers(self, daemon: Daemon) -> bool:
        """Whether a daemon is ready; moto's own health page costs it most of a second."""
        if daemon.name != "moto":
            return daemon.is_ready(self.sandbox)
        try:
            return httpx.get(f"{self.sandbox.aws_url}/moto-api/", trust_env=False).status_code == httpx.codes.OK
        except httpx.TransportError:
            return False

    def start(self, name: str) -> None:
        """Start one daemon."""
        daemon = next(daemon for daemon in daemons(self.sandbox) if daemon.name == name)
        self.sandbox.logs.mkdir(exist_ok=True)
        with (self.sandbox.logs / f"{name}.log").open("ab") as log:
            self.processes[name] = subprocess.Popen(
                [sys.executable, "-m", daemon.module, *daemon.arguments],
                env=os.environ
                | {ENVIRONMENT_VARIABLE: str(self.sandbox.root)}
                | ({VARIABLE: self.namespaces.text} if self.namespaces else {}),
                stdout=log,
                stderr=log,
                pass_fds=tuple(self.namespaces.descriptors) if self.namespaces and daemon.outside else (),
                preexec_fn=self.arrange(inside=not daemon.outside),  # noqa: PLW1509
            )

    def arrange(self, *, inside: bool = True) -> Callable[[], None]:
        """What takes a child to its place, before its program."""
        tie = die_with_parent()

        def before() -> None:
            if inside and self.namespaces:
                self.namespaces.enter()
            tie()

        return before

    def inside(self, program: str, *arguments: str) -> str:
        """What a Python program prints that runs in the sandbox's own namespace, as kubelet and API server do."""
        ended = subprocess.run(
            [sys.executable, "-c", program, *arguments],
            stdout=subprocess.PIPE,
            text=True,
            check=True,
            preexec_fn=self.arrange(),
            timeout=60,
        )
        return ended.stdout.strip()

    def kill(self, name: str) -> None:
        """kill -9 one daemon."""
        process = self.processes.pop(name)
        process.kill()
        process.wait()

    def check(self) -> None:
        """Raise when a daemon has ended by itself, with the end of its log."""
        for name, process in self.processes.items():
            if process.poll() is not None:
                said = (self.sandbox.logs / f"{name}.log").read_text()[-2000:]
                raise AssertionError(f"{name} ended with {process.returncode}:\n{said}")

    def down(self) -> None:
        """End everything."""
        for name in ("nodes", "scheduler", "controllers", "apiserver", "moto", "network"):
            if name in self.processes:
                self.processes[name].send_signal(signal.SIGTERM)
        for process in self.processes.values():
            try:
                process.wait(60)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self.kube.close()
        if self.namespaces:
            for descriptor in self.namespaces.descriptors:
                os.close(descriptor)

    def client(self, service: str) -> Any:
        """A boto3 client of moto."""
        return boto3.client(
            service,
            region_name="us-east-1",
            endpoint_url=self.sandbox.aws_url,
            aws_access_key_id="x",
            aws_secret_access_key="x",
        )

    def status(self) -> Any:
        """The agent's own report."""
        return httpx.get(f"http://127.0.0.1:{self.sandbox.ports.nodes}/status", timeout=60, trust_env=False).json()

    def nodes(self, group: str) -> list[dict[str, Any]]:
        """Ready Nodes of a group."""
        found = self.kube.list("v1", "Node", label_selector=f"eks.amazonaws.com/nodegroup={group}")
        return [
            node
            for node in found
            if any(c["type"] == "Ready" and c["status"] == "True" for c in node["status"]["conditions"])
        ]

    def pods(self, app: str) -> list[dict[str, Any]]:
        """Pods of an app, oldest first."""
        found = self.kube.list("v1", "Pod", "llm", label_selector=f"app={app}")
        return sorted(found, key=lambda pod: pod["metadata"]["creationTimestamp"])

    def ready(self, app: str) -> list[dict[str, Any]]:
        """Ready pods of an app that are not on their way out."""
        return [
            pod
            for pod in self.pods(app)
            if not pod["metadata"].get("deletionTimestamp")
            and any(c["type"] == "Ready" and c["status"] == "True" for c in pod["status"].get("conditions", []))
        ]

    def url(self, service: str) -> str:
        """Where a load balancer answers."""
        found = until(
            lambda: self.kube.get("v1", "Service", service, "llm")["status"]["loadBalancer"].get("ingress"), "address"
        )
        port = self.kube.get("v1", "Service", service, "llm")["spec"]["ports"][0]["port"]
        return f"http://{found[0]['ip']}:{port}"

    def node_groups(self) -> None:
        """A cluster with a CPU group of one node and a GPU group of two."""
        ec2, eks = self.client("ec2"), self.client("eks")
        vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
        subnets = [
            ec2.create_subnet(VpcId=vpc, CidrBlock=cidr, AvailabilityZone=zone)["Subnet"]["SubnetId"]
            for cidr, zone in (("10.0.2.0/24", "us-east-1a"), ("10.0.4.0/24", "us-east-1b"))
        ]
        device = {"DeviceName": "/dev/xvda", "Ebs": {"VolumeSize": 200, "Encrypted": True, "VolumeType": "gp3"}}
        tags = [{"ResourceType": "instance", "Tags": [{"Key": "owner", "Value": "ml"}]}]
        template = ec2.create_launch_template(
            LaunchTemplateName="g5", LaunchTemplateData={"BlockDeviceMappings": [device], "TagSpecifications": tags}
        )["LaunchTemplate"]["LaunchTemplateId"]
        role = "arn:aws:iam::123456789012:role/node"
        eks.create_cluster(name="llm", roleArn=role, resourcesVpcConfig={"subnetIds": subnets})
        common = {"clusterName": "llm", "subnets": subnets, "nodeRole": role}
        eks.create_nodegroup(
            **common,
            nodegroupName="system",
            instanceTypes=["m5.xlarge"],
            scalingConfig={"minSize": 1, "maxSize": 2, "desiredSize": 1},
        )
        eks.create_nodegroup(
            **common,
            nodegroupName="g5",
            instanceTypes=["g5.2xlarge"],
            capacityType="SPOT",
            scalingConfig={"minSize": 0, "maxSize": 3, "desiredSize": 2},
            labels={"accelerator": "nvidia", "pool": "g5"},
            taints=[{"key": "nvidia.com/gpu", "value": "present", "effect": "NO_SCHEDULE"}],
            launchTemplate={"id": template, "version": "1"},
        )

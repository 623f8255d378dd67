"""The nodes of a sandbox as the node agent and EC2 know them, and what AWS can do to them."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

import httpx

from cli.console import UsageError
from rehearsal.aws.karpenter import shortages
from rehearsal.aws.karpenter.shortages import Shortage
from rehearsal.aws.signing import signed, signed_json
from rehearsal.sandbox import ACCOUNT, Sandbox

_WARNING = "EC2 Spot Instance Interruption Warning"
_REBALANCE = "EC2 Instance Rebalance Recommendation"


@dataclass(frozen=True, kw_only=True)
class FleetNode:
    """One node: its pool is a NodePool or a node group; an instance exists in EC2 only for those that Karpenter launched."""

    name: str
    pool: str
    instance: str
    type: str
    zone: str
    spot: bool
    launched: bool
    failed: bool

    @property
    def region(self) -> str:
        """Its AWS region."""
        return self.zone[:-1]


class Fleet:
    """The nodes of a sandbox, and the requests that change what AWS does to them."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._agent = f"http://127.0.0.1:{sandbox.ports.nodes}"
        self._aws = sandbox.aws_url
        self._http = httpx.Client(trust_env=False, timeout=60.0)

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def nodes(self) -> list[FleetNode]:
        """Return all nodes, oldest first."""
        response = self._http.get(f"{self._agent}/status")
        response.raise_for_status()
        return [
            FleetNode(
                name=node["name"],
                pool=node["pool"] or node["group"],
                instance=node["instance"],
                type=node["instance_type"],
                zone=node["zone"],
                spot=node["capacity_type"] == "SPOT",
                launched=bool(node["pool"]),
                failed=node["failed"],
            )
            for node in response.json()["nodes"]
        ]

    def of_pool(self, pool: str) -> list[FleetNode]:
        """Return the nodes of a pool.

        Raises:
            UsageError: it has none.
        """
        nodes = self.nodes()
        found = [node for node in nodes if node.pool == pool]
        if not found:
            pools = ", ".join(sorted({node.pool for node in nodes})) or "none"
            raise UsageError(f"--pool {pool}: no node of that pool runs; pools with nodes: {pools}")
        return found

    def fail(self, node: FleetNode) -> None:
        """Stop the kubelet of a node, and all its processes."""
        self._http.post(f"{self._agent}/nodes/{node.name}/fail").raise_for_status()

    def runs(self, node: FleetNode) -> bool:
        """Return whether a launched node's instance still runs."""
        parameters = {"InstanceId.1": node.instance}
        return "<name>running</name>" in self._ec2(node.region, "DescribeInstances", parameters)

    def terminate(self, node: FleetNode) -> None:
        """Terminate a launched node's instance, as AWS does when it takes it back."""
        self._ec2(node.region, "TerminateInstances", {"InstanceId.1": node.instance})

    def reclaim(self, node: FleetNode, seconds: float) -> None:
        """Let EKS drain a spot node of a node group, and EC2 take it back after so many seconds."""
        self._http.post(f"{self._agent}/nodes/{node.name}/reclaim/{seconds}").raise_for_status()

    def warn(self, node: FleetNode) -> None:
        """Send the rebalance recommendation and the interruption warning of a spot instance to EventBridge."""
        resource = f"arn:aws:ec2:{node.region}:{ACCOUNT}:instance/{node.instance}"
        details: tuple[tuple[str, dict[str, str]], ...] = (
            (_REBALANCE, {}),
            (_WARNING, {"instance-action": "terminate"}),
        )
        entries = [
            {
                "Source": "aws.ec2",
                "DetailType": kind,
                "Resources": [resource],
                "Detail": json.dumps({"instance-id": node.instance, **more}),
            }
            for kind, more in details
        ]
        headers = signed_json(node.region, "events", "AWSEvents.PutEvents")
        self._http.post(self._aws, content=json.dumps({"Entries": entries}), headers=headers).raise_for_status()

    def shortages(self) -> list[Shortage]:
        """Return the shortages of capacity that are set."""
        response = self._http.get(f"{self._aws}{shortages.PATH}")
        response.raise_for_status()
        return list(shortages.load(response.content))

    def set_shortages(self, wanted: Sequence[Shortage]) -> None:
        """Set all shortages of capacity."""
        self._http.put(f"{self._aws}{shortages.PATH}", content=shortages.dump(wanted)).raise_for_status()

    def _ec2(self, region: str, action: str, parameters: dict[str, str]) -> str:
        form = {"Action": action, "Version": "2016-11-15", **parameters}
        response = self._http.post(self._aws, data=form, headers=signed(region, "ec2"))
        response.raise_for_status()
        return response.text

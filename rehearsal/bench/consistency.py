"""Whether Pulumi's state, moto, the recorded table and Kubernetes hold the same things: nothing lost, nothing twice."""

import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any

import boto3
from botocore.config import Config

from rehearsal.commands.fidelity import HELM_RELEASE
from rehearsal.controlplane.client import KubeClient
from rehearsal.controlplane.errors import NotFoundError
from rehearsal.kubernetes.helm import RELEASE_TYPE
from rehearsal.sandbox import Sandbox
from rehearsal.stacks import account, file_backend
from workspace.stack_state import Resource

_REGION = "us-east-1"
_GONE = {"deleted", "deleting"}
# Kinds looked through for objects nobody's state knows; the managers of the stand-in plugin start with this.
_MANAGER = "pulumi"
_HELM_SECRET = "helm.sh/release.v1"  # noqa: S105 - a type of Secret
_KINDS = (
    ("v1", "Namespace"),
    ("v1", "Service"),
    ("v1", "ServiceAccount"),
    ("v1", "Secret"),
    ("v1", "ConfigMap"),
    ("apps/v1", "Deployment"),
    ("apps/v1", "DaemonSet"),
    ("batch/v1", "Job"),
    ("policy/v1", "PodDisruptionBudget"),
    ("networking.k8s.io/v1", "NetworkPolicy"),
)

Lister = Callable[["Clients"], set[str]]


class Clients:
    """boto3 clients on the sandbox's moto, by service."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self._session = boto3.Session(
            aws_access_key_id="rehearsal",
            aws_secret_access_key="rehearsal",
            region_name=_REGION,
        )
        self._made: dict[str, Any] = {}

    def __getitem__(self, service: str) -> Any:
        """The client of one service."""
        if service not in self._made:
            self._made[service] = self._session.client(
                service,
                endpoint_url=self._sandbox.aws_url,
                config=Config(s3={"addressing_style": "path"}, proxies={}),
            )
        return self._made[service]

    def close(self) -> None:
        """Close their connections."""
        for client in self._made.values():
            client.close()


def differences(sandbox: Sandbox) -> list[str]:
    """One line a difference; empty when all sides agree."""
    resources = [
        resource
        for stack in file_backend.stacks(sandbox)
        if (held := file_backend.read(sandbox, stack)) is not None
        for resource in held.resources
        if resource.custom
    ]
    lines = [f"{resource.urn} is still marked for deletion" for resource in resources if resource.pending_delete]
    pending = [
        entry
        for stack in file_backend.stacks(sandbox)
        if (held := file_backend.read(sandbox, stack))
        for entry in held.pending
    ]
    lines += [f"{entry.urn} is still pending ({entry.type})" for entry in pending]
    with KubeClient.from_kubeconfig(sandbox.admin_kubeconfig) as client:
        lines += _kubernetes(client, resources)
    return [*lines, *_aws(sandbox, resources), *_recorded(sandbox, resources)]


def in_moto(sandbox: Sandbox) -> dict[str, set[str]]:
    """Ids by Pulumi type of everything that was made in moto."""
    clients = Clients(sandbox)
    try:
        return {kind: lister(clients) for kind, lister in _LISTERS.items()}
    finally:
        clients.close()


def recorded(sandbox: Sandbox) -> list[tuple[str, str, str]]:
    """Rows (type, id, URN) of the recorded table."""
    path = sandbox.aws / "recorded.sqlite"
    if not path.exists():
        return []
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as database:
        return [(kind, name, urn) for kind, name, urn in database.execute("SELECT type, id, urn FROM recorded")]


def in_kubernetes(sandbox: Sandbox) -> set[str]:
    """``apiVersion/kind/namespace/name`` of every object that the Kubernetes plugin applied."""
    with KubeClient.from_kubeconfig(sandbox.admin_kubeconfig) as client:
        return _applied(client)


def _applied(client: KubeClient) -> set[str]:
    return {
        _key(version, kind, item["metadata"].get("namespace"), item["metadata"]["name"])
        for version, kind in _KINDS
        for item in client.list(version, kind)
        if any(
            str(entry.get("manager", "")).startswith(_MANAGER) for entry in item["metadata"].get("managedFields", [])
        )
    }


def _of_karpenter(sandbox: Sandbox) -> set[str]:
    """Launch templates that Karpenter made; it deletes those that it has not used for minutes."""
    clients = Clients(sandbox)
    try:
        filters = [{"Name": "tag-key", "Values": ["karpenter.sh/nodepool"]}]
        found = clients["ec2"].describe_launch_templates(Filters=filters)["LaunchTemplates"]
        return {one["LaunchTemplateId"] for one in found}
    finally:
        clients.close()


def _aws(sandbox: Sandbox, resources: list[Resource]) -> Iterator[str]:
    ignored = _of_karpenter(sandbox)
    for kind, there in in_moto(sandbox).items():
        known = Counter(resource.id for resource in resources if resource.type == kind)
        yield from (f"{kind} {name} is in the state and not in moto" for name in sorted(known.keys() - there))
        yield from (f"{kind} {name} is in moto and in no state" for name in sorted(there - known.keys() - ignored))
        yield from (f"{kind} {name} is in the state {count} times" for name, count in known.items() if count > 1)


def _recorded(sandbox: Sandbox, resources: list[Resource]) -> Iterator[str]:
    known = {(resource.type, resource.urn) for resource in resources}
    rows = Counter((kind, urn) for kind, _, urn in recorded(sandbox))
    yield from (f"{kind} {urn} is recorded and in no state" for kind, urn in rows if (kind, urn) not in known)
    yield from (f"{kind} {urn} is recorded {count} times" for (kind, urn), count in rows.items() if count > 1)


def _kubernetes(client: KubeClient, resources: list[Resource]) -> Iterator[str]:
    known = set()
    for resource in resources:
        if not resource.type.startswith("kubernetes:") or resource.type.startswith("kubernetes:helm.sh/"):
            continue
        if "apiVersion" not in resource.outputs or resource.type.endswith("Patch"):
            continue
        version, kind = resource.outputs["apiVersion"], resource.outputs["kind"]
        namespace, _, name = resource.id.rpartition("/")
        known.add(_key(version, kind, namespace, name))
        try:
            client.get(version, kind, name, namespace or None)
        except NotFoundError:
            yield f"{kind} {resource.id} is in the state and not in Kubernetes"
    yield from (f"{key} is in Kubernetes and in no state" for key in sorted(_applied(client) - known))
    held = {resource.id for resource in resources if resource.type == HELM_RELEASE}
    there = releases_in(client.list("v1", "Secret"))
    yield from (f"Helm release {name} is in the state and not in Kubernetes" for name in sorted(held - there))
    yield from (f"Helm release {name} is in Kubernetes and in no state" for name in sorted(there - held))


def releases_in(secrets: list[dict[str, Any]]) -> set[str]:
    """Ids of the releases, Helm's own and recorded ones, that the Secrets of a cluster hold: ``NAMESPACE/NAME``."""
    found = set()
    for secret in secrets:
        metadata = secret["metadata"]
        if secret.get("type") == _HELM_SECRET:
            found.add(f"{metadata['namespace']}/{metadata['labels']['name']}")
        elif secret.get("type") == RELEASE_TYPE:
            found.add(f"{metadata['namespace']}/{metadata['name'].partition('.')[2]}")
    return found


def _key(version: str, kind: str, namespace: str | None, name: str) -> str:
    return f"{version}/{kind}/{namespace or ''}/{name}"


def _vpcs(clients: Clients, *, default: bool) -> set[str]:
    return {vpc["VpcId"] for vpc in clients["ec2"].describe_vpcs()["Vpcs"] if vpc["IsDefault"] is default}


def _route_tables(clients: Clients) -> set[str]:
    tables = clients["ec2"].describe_route_tables()["RouteTables"]
    return {
        table["RouteTableId"]
        for table in tables
        if not any(association.get("Main") for association in table["Associations"])
    }


def _gateways(clients: Clients) -> set[str]:
    default = _vpcs(clients, default=True)
    return {
        gateway["InternetGatewayId"]
        for gateway in clients["ec2"].describe_internet_gateways()["InternetGateways"]
        if not any(attachment["VpcId"] in default for attachment in gateway["Attachments"])
    }


def _groups(clients: Clients) -> set[str]:
    return {
        group["GroupId"]
        for group in clients["ec2"].describe_security_groups()["SecurityGroups"]
        # EKS makes one for each cluster by itself, and takes it away with the cluster.
        if group["GroupName"] != "default" and not group["GroupName"].startswith("eks-cluster-sg-")
    }


def _node_groups(clients: Clients) -> set[str]:
    eks = clients["eks"]
    return {
        f"{cluster}:{name}"
        for cluster in eks.list_clusters()["clusters"]
        for name in eks.list_nodegroups(clusterName=cluster)["nodegroups"]
    }


def _keys(clients: Clients) -> set[str]:
    kms = clients["kms"]
    described = (kms.describe_key(KeyId=key["KeyId"])["KeyMetadata"] for key in kms.list_keys(Limit=1000)["Keys"])
    # Moto calls the key of alias/aws/ebs, made with the first encrypted volume, a customer's.
    of_aws = {
        alias.get("TargetKeyId")
        for alias in kms.list_aliases(Limit=1000)["Aliases"]
        if alias["AliasName"].startswith("alias/aws/")
    }
    return {
        key["KeyId"]
        for key in described
        if key["KeyManager"] == "CUSTOMER" and key["KeyState"] == "Enabled" and key["KeyId"] not in of_aws
    }


def _ids(service: str, operation: str, answer: str, key: str) -> Lister:
    """Lists with one call whose answer is a list of records with an id; without those that are gone."""
    return lambda clients: {
        record[key]
        for record in getattr(clients[service], operation)()[answer]
        if str(record.get("State", "")).lower() not in _GONE
    }


_LISTERS: dict[str, Lister] = {
    "aws:ec2/vpc:Vpc": lambda clients: _vpcs(clients, default=False),
    "aws:ec2/subnet:Subnet": lambda clients: {
        subnet["SubnetId"] for subnet in clients["ec2"].describe_subnets()["Subnets"] if not subnet["DefaultForAz"]
    },
    "aws:ec2/routeTable:RouteTable": _route_tables,
    "aws:ec2/internetGateway:InternetGateway": _gateways,
    "aws:ec2/securityGroup:SecurityGroup": _groups,
    "aws:ec2/eip:Eip": _ids("ec2", "describe_addresses", "Addresses", "AllocationId"),
    "aws:ec2/natGateway:NatGateway": _ids("ec2", "describe_nat_gateways", "NatGateways", "NatGatewayId"),
    "aws:ec2/vpcEndpoint:VpcEndpoint": _ids("ec2", "describe_vpc_endpoints", "VpcEndpoints", "VpcEndpointId"),
    "aws:ec2/flowLog:FlowLog": _ids("ec2", "describe_flow_logs", "FlowLogs", "FlowLogId"),
    "aws:ec2/launchTemplate:LaunchTemplate": _ids(
        "ec2", "describe_launch_templates", "LaunchTemplates", "LaunchTemplateId"
    ),
    "aws:iam/role:Role": lambda clients: {
        role["RoleName"]
        for role in clients["iam"].list_roles(MaxItems=1000)["Roles"]
        if not role["Path"].startswith("/aws-service-role/") and role.get("Description") != account.DESCRIPTION
    },
    "aws:iam/policy:Policy": lambda clients: {
        policy["Arn"] for policy in clients["iam"].list_policies(Scope="Local", MaxItems=1000)["Policies"]
    },
    "aws:iam/openIdConnectProvider:OpenIdConnectProvider": lambda clients: {
        provider["Arn"] for provider in clients["iam"].list_open_id_connect_providers()["OpenIDConnectProviderList"]
    },
    "aws:eks/cluster:Cluster": lambda clients: set(clients["eks"].list_clusters()["clusters"]),
    "aws:eks/nodeGroup:NodeGroup": _node_groups,
    "aws:dynamodb/table:Table": lambda clients: set(clients["dynamodb"].list_tables()["TableNames"]),
    "aws:s3/bucket:Bucket": _ids("s3", "list_buckets", "Buckets", "Name"),
    "aws:kms/key:Key": _keys,
    "aws:cloudwatch/logGroup:LogGroup": _ids("logs", "describe_log_groups", "logGroups", "logGroupName"),
}

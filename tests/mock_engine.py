"""Mocks of the engine and the cloud: the engine keeps what is registered, the cloud answers as far as anybody looks."""

from collections.abc import Iterable, Mapping
from typing import Any

import grpc
import pulumi
from google.protobuf import empty_pb2, json_format, struct_pb2
from pulumi.runtime import mocks as pulumi_mocks
from pulumi.runtime import rpc
from pulumi.runtime.proto import resource_pb2

from tests.deployment import STACK_TYPE, Deployment, Registration

ACCOUNT = "123456789012"


class _EngineError(grpc.RpcError):
    """How the engine says that a call failed."""

    def code(self) -> grpc.StatusCode:
        return grpc.StatusCode.UNKNOWN

    def details(self) -> str:
        return str(self)


class Cloud(pulumi_mocks.Mocks):
    """Answers as a cloud would, as far as programs look at answers."""

    def __init__(
        self, deployment: Deployment, stacks: Mapping[str, Mapping[str, Any]], answers: Mapping[str, Any] | None = None
    ) -> None:
        self._deployment = deployment
        self._stacks = stacks
        self._answers = answers or {}

    def call(self, args: pulumi_mocks.MockCallArgs) -> Any:
        self._deployment.calls.append((args.token, args.args))
        if args.token == "pulumi:pulumi:readStackOutputs":
            if args.args["name"] not in self._stacks:
                raise _EngineError(f"unknown stack {args.args['name']!r}")
            return {"name": args.args["name"], "outputs": self._stacks[args.args["name"]], "secretOutputNames": []}
        answers = {
            "getPartition": {"partition": "aws", "dnsSuffix": "amazonaws.com", "id": "aws"},
            "getCallerIdentity": {"accountId": ACCOUNT, "id": ACCOUNT},
            "getRegion": {"region": "us-east-1", "name": "us-east-1", "id": "us-east-1"},
            "getLbs": {"arns": []},
            **self._answers,
        }
        return answers[args.token.rpartition(":")[2]]

    def new_resource(self, args: pulumi_mocks.MockResourceArgs) -> tuple[str | None, dict[str, Any]]:
        if args.typ == "pulumi:pulumi:StackReference":
            outputs = self._stacks.get(args.inputs["name"], {})
            return args.inputs["name"], {**args.inputs, "outputs": outputs, "secretOutputNames": ["kubeconfig"]}
        if not args.custom and not args.typ.startswith(("awsx:", "eks:")):
            return "", args.inputs
        if not args.custom:
            return "", _outputs_of(args)  # a remote component does not repeat its inputs
        return f"{args.name}-id", {**_outputs_of(args), **args.inputs}


def _outputs_of(args: pulumi_mocks.MockResourceArgs) -> dict[str, Any]:
    service = args.typ.split(":")[1].partition("/")[0]
    arn = f"arn:aws:{service}:us-east-1:{ACCOUNT}:{args.name}"
    match args.typ:
        case "awsx:ec2:Vpc":
            zones = args.inputs["availabilityZoneNames"]
            nats = zones[:1] if args.inputs["natGateways"]["strategy"] == "Single" else zones
            return {
                "vpcId": f"{args.name}-id",
                "publicSubnetIds": [f"subnet-public-{zone}" for zone in zones],
                "privateSubnetIds": [f"subnet-private-{zone}" for zone in zones],
                "natGateways": [_reference("aws:ec2/natGateway:NatGateway", f"{args.name}-{zone}") for zone in nats],
                "subnets": [],
            }
        case "eks:index:Cluster":
            return {
                "kubeconfig": {"clusters": []},
                "kubeconfigJson": '{"clusters": []}',
                "clusterSecurityGroupId": "sg-cluster",
                "oidcIssuer": "oidc.eks.us-east-1.amazonaws.com/id/EXAMPLE",
                "oidcProviderUrl": "https://oidc.eks.us-east-1.amazonaws.com/id/EXAMPLE",
                "core": {},
                "eksCluster": _reference("aws:eks/cluster:Cluster", f"{args.name}-eksCluster"),
            }
        case "eks:index:ManagedNodeGroup":
            return {"nodeGroup": _reference("aws:eks/nodeGroup:NodeGroup", args.name)}
        case "kubernetes:core/v1:Service" | "kubernetes:networking.k8s.io/v1:Ingress":
            return {"status": {"loadBalancer": {"ingress": [{"hostname": f"{args.name}.elb.example.com"}]}}}
        case "aws:ec2/launchTemplate:LaunchTemplate":
            return {"arn": arn, "name": f"{args.name}-0123456", "latestVersion": 1}
        case "aws:acm/certificate:Certificate":
            record = {"resourceRecordName": "_x.llm.example.com.", "resourceRecordType": "CNAME"}
            option = {
                **record,
                "domainName": args.inputs["domainName"],
                "resourceRecordValue": "_y.acm-validations.aws.",
            }
            return {"arn": arn, "domainValidationOptions": [option]}
        case "aws:amp/workspace:Workspace":
            return {
                "arn": arn,
                "prometheusEndpoint": "https://aps-workspaces.us-east-1.amazonaws.com/workspaces/ws-0123456/",
            }
        case "aws:route53/record:Record":
            return {"fqdn": args.inputs["name"]}
        case _ if args.typ.startswith("aws:s3/bucket:"):
            return {"bucket": f"{args.name}-0123456", "arn": f"arn:aws:s3:::{args.name}-0123456"}
        case _ if args.typ.startswith("aws:"):
            return {"arn": arn, "name": f"{args.name}-0123456"}
        case _:
            return {}


_READ_BACK: Mapping[str, Mapping[str, Any]] = {
    "eks/cluster": {"vpcConfig": {"clusterSecurityGroupId": "sg-of-eks"}},
    "eks/nodeGroup": {"resources": [{"autoscalingGroups": [{"name": "eks-of-a-pool"}]}]},
}
"""Part of a type to the state of what a remote component made of it."""


def _reference(type_: str, name: str) -> dict[str, str]:
    """A resource that a remote component made, as its outputs hold it."""
    urn = f"urn:pulumi:{pulumi.get_stack()}::{pulumi.get_project()}::{type_}::{name}"
    return {rpc._special_sig_key: rpc._special_resource_sig, "urn": urn, "id": f"{name}-id", "packageVersion": ""}


def _without_references(properties: Any) -> Any:
    """Properties with the URN in place of each resource: reading a resource back would wait on the caller's loop."""

    def plain(value: Any) -> Any:
        if isinstance(value, dict):
            if value.get(rpc._special_sig_key) == rpc._special_resource_sig:
                return value["urn"]
            return {key: plain(one) for key, one in value.items()}
        return [plain(one) for one in value] if isinstance(value, list) else value

    copy = struct_pb2.Struct()
    copy.update(plain(json_format.MessageToDict(properties)))
    return copy


class Monitor(pulumi_mocks.MockMonitor):
    """Keeps each registration, and builds URNs as the engine does: with the types of all ancestors."""

    def __init__(self, mocks: Cloud, deployment: Deployment) -> None:
        super().__init__(mocks)
        self._deployment = deployment

    def make_urn(self, parent: str, type_: str, name: str) -> str:
        stack, project = pulumi.get_stack(), pulumi.get_project()
        ancestors = parent.split("::")[2] if parent else STACK_TYPE
        qualified = type_ if ancestors == STACK_TYPE else f"{ancestors}${type_}"
        return f"urn:pulumi:{stack}::{project}::{qualified}::{name}"

    def Invoke(self, request: Any) -> Any:
        if request.tok == "pulumi:pulumi:getResource":
            # The program reads what a remote component made.
            urn = rpc.deserialize_properties(request.args)["urn"]
            state = next((state for kind, state in _READ_BACK.items() if f":{kind}:" in urn), {})
            self.resources.setdefault(urn, self.ResourceRegistration(urn, f"{urn.rpartition('::')[2]}-id", state))
        return super().Invoke(request)

    def RegisterResource(self, request: Any) -> Any:
        request.object.CopyFrom(_without_references(request.object))
        response = super().RegisterResource(request)
        if request.type != STACK_TYPE:
            self._deployment.registrations.append(_registration(request, response.urn))
        return response

    def ReadResource(self, request: Any) -> Any:
        response = super().ReadResource(request)
        self._deployment.registrations.append(_registration(request, response.urn))
        return response

    def RegisterResourceOutputs(self, request: Any) -> Any:
        outputs = rpc.deserialize_properties(_without_references(request.outputs), keep_unknowns=False)
        self._deployment.outputs[request.urn] = _plain(outputs)
        self._deployment.secret_outputs[request.urn] = frozenset(_secret_paths(outputs))
        return empty_pb2.Empty()


def _registration(request: Any, urn: str) -> Registration:
    read = isinstance(request, resource_pb2.ReadResourceRequest)
    inputs = rpc.deserialize_properties(request.properties if read else request.object)
    plain = _plain(inputs)
    return Registration(
        urn=urn,
        type=request.type,
        name=request.name,
        parent=request.parent,
        custom=read or request.custom,
        remote=not read and request.remote,
        provider=request.provider,
        providers={} if read else dict(request.providers),
        inputs=plain,
        secrets=frozenset(_secret_paths(inputs)),
        depends_on=frozenset(request.dependencies),
        property_depends_on={}
        if read
        else {key: frozenset(value.urns) for key, value in request.propertyDependencies.items()},
        protect=not read and request.protect,
        retain_on_delete=not read and request.retainOnDelete,
        ignore_changes=() if read else tuple(request.ignoreChanges),
        timeouts={}
        if read
        else {key: value for key in ("create", "update", "delete") if (value := getattr(request.customTimeouts, key))},
        aliases=() if read else tuple(alias.urn or alias.spec.name for alias in request.aliases),
        transforms=() if read else tuple(pulumi_mocks._resolve_callbacks(request.transforms)),
    )


def _plain(value: Any) -> Any:
    if rpc.is_rpc_secret(value):
        return _plain(rpc.unwrap_rpc_secret(value))
    if isinstance(value, pulumi.FileAsset):
        return {"path": value.path}
    if isinstance(value, Mapping):
        return {key: _plain(one) for key, one in value.items()}
    return [_plain(one) for one in value] if isinstance(value, list) else value


def _secret_paths(value: Any, path: str = "") -> Iterable[str]:
    if rpc.is_rpc_secret(value):
        yield path
    elif isinstance(value, Mapping):
        for key, one in value.items():
            yield from _secret_paths(one, f"{path}.{key}" if path else str(key))
    elif isinstance(value, list):
        for place, one in enumerate(value):
            yield from _secret_paths(one, f"{path}[{place}]")

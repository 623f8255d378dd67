"""The network: public subnets by every route, addresses, ingress."""

import base64
from typing import Any

from tests.policies.examples import Examples
from tests.policies.judging import Case, Given, U, case

BUCKET = Given("aws:s3/bucket:Bucket", {"bucket": "b"})
VPC = Given("aws:ec2/vpc:Vpc", {"cidrBlock": "10.0.0.0/16"}, "vpc")
GATEWAY = Given("aws:ec2/internetGateway:InternetGateway", {"vpcId": U}, "igw", {"vpcId": ["vpc"]})


def subnet(name: str = "subnet", **props: Any) -> Given:
    return Given("aws:ec2/subnet:Subnet", {"vpcId": U, **props}, name, {"vpcId": ["vpc"]})


def table(name: str = "table", depends: tuple[str, ...] = (), **props: Any) -> Given:
    return Given("aws:ec2/routeTable:RouteTable", {"vpcId": U, **props}, name, {"vpcId": ["vpc"], "routes": depends})


def route(target: str = "igw", key: str = "gatewayId", at: str = "table") -> Given:
    props = {"routeTableId": U, "destinationCidrBlock": "0.0.0.0/0", key: U}
    return Given("aws:ec2/route:Route", props, "route", {"routeTableId": [at], key: [target]})


def association(subnet_: str = "subnet", table_: str = "table") -> Given:
    return Given(
        "aws:ec2/routeTableAssociation:RouteTableAssociation",
        {"subnetId": U, "routeTableId": U},
        f"{subnet_}-{table_}",
        {"subnetId": [subnet_], "routeTableId": [table_]},
    )


def main(at: str = "table") -> Given:
    return Given(
        "aws:ec2/mainRouteTableAssociation:MainRouteTableAssociation",
        {"vpcId": U, "routeTableId": U},
        "main",
        {"vpcId": ["vpc"], "routeTableId": [at]},
    )


def nodes(
    *subnets: str, type_: str = "aws:eks/nodeGroup:NodeGroup", key: str = "subnetIds", value: Any = None
) -> Given:
    return Given(type_, {key: [U] * len(subnets) if value is None else value}, "nodes", {key: subnets})


def node_class(*terms: Any, kind: str = "karpenter.k8s.aws/v1:EC2NodeClass", depends: tuple[str, ...] = ()) -> Given:
    return Given(f"kubernetes:{kind}", {"spec": {"subnetSelectorTerms": list(terms)}}, "class", {"spec": depends})


PUBLIC = subnet(mapPublicIpOnLaunch=True)
PRIVATE = subnet("private", tags={"tier": "private"})
NAT = Given("aws:ec2/natGateway:NatGateway", {"subnetId": U}, "nat", {"subnetId": ["subnet"]})
VPN = Given("aws:ec2/vpnGateway:VpnGateway", {"vpcId": U}, "vpn", {"vpcId": ["vpc"]})
ROUTED = (VPC, GATEWAY, subnet(), table(), route(), association())
AWSX = Given("awsx:ec2:Vpc", {}, "awsx")
AWSX_SUBNETS = (
    AWSX,
    Given("aws:ec2/vpc:Vpc", {"cidrBlock": "10.0.0.0/16"}, "vpc", parent="awsx"),
    Given("aws:ec2/subnet:Subnet", {"vpcId": U, "mapPublicIpOnLaunch": True}, "pub", {"vpcId": ["vpc"]}, "vpc"),
    Given("aws:ec2/subnet:Subnet", {"vpcId": U}, "priv", {"vpcId": ["vpc"]}, "vpc"),
)
KNOWN = (
    Given("aws:ec2/vpc:Vpc", {"id": "vpc-1", "mainRouteTableId": "rtb-main"}, "vpc"),
    Given("aws:ec2/subnet:Subnet", {"id": "subnet-1", "vpcId": "vpc-1", "tags": {"tier": "public"}}, "subnet"),
    Given("aws:ec2/subnet:Subnet", {"arn": "arn:aws:ec2:us-east-1:123456789012:subnet/subnet-2", "vpcId": "vpc-1"}, "private"),
    Given("aws:ec2/routeTable:RouteTable", {"id": "rtb-2", "vpcId": "vpc-1", "routes": [{"cidrBlock": "0.0.0.0/0", "natGatewayId": "nat-1", "gatewayId": ""}]}, "table"),
    Given("aws:ec2/routeTableAssociation:RouteTableAssociation", {"subnetId": "subnet-2", "routeTableId": "rtb-2"}, "a2"),
)  # fmt: skip
KNOWN_MAIN = (*KNOWN, Given("aws:ec2/route:Route", {"routeTableId": "rtb-main", "gatewayId": "igw-1"}, "route"))


CLUSTER_TAG = {"kubernetes.io/cluster/llm": "owned"}
NODE_POLICY = "arn:aws:iam::aws:policy/AmazonEKSWorkerNodePolicy"
NODEADM = base64.b64encode(b"MIME-Version: 1.0\napiVersion: node.eks.aws/v1alpha1\nkind: NodeConfig\n").decode()
PROFILE = Given(
    "aws:iam/instanceProfile:InstanceProfile", {"name": "profile-1", "role": U}, "profile", {"role": ["role"]}
)
CLUSTER = Given("aws:eks/cluster:Cluster", {"vpcConfig": {"subnetIds": [U]}}, "cluster", {"vpcConfig": ["subnet"]})
CLUSTER_ELSEWHERE = Given("aws:eks/cluster:Cluster", {"vpcConfig": {"subnetIds": ["subnet-9"]}}, "cluster")
CLUSTER_IN_ANOTHER_VPC = (
    Given("aws:ec2/vpc:Vpc", {"cidrBlock": "10.9.0.0/16"}, "other"),
    Given("aws:ec2/subnet:Subnet", {"vpcId": U}, "of-other", {"vpcId": ["other"]}),
    Given("aws:eks/cluster:Cluster", {"vpcConfig": {"subnetIds": [U]}}, "cluster", {"vpcConfig": ["of-other"]}),
)


def role(**props: Any) -> Given:
    return Given("aws:iam/role:Role", {"name": "role-1", **props}, "role")


def attached(policy: Any, *depends: str) -> Given:
    props = {"role": "role-1", "policyArn": policy}
    kind = "aws:iam/rolePolicyAttachment:RolePolicyAttachment"
    return Given(kind, props, "attached", {"role": ["role"], "policyArn": depends})


def node_role() -> tuple[Given, ...]:
    return (role(), PROFILE, attached(NODE_POLICY))


def instance(*, profile: str | None = None, type_: str = "aws:ec2/instance:Instance", **props: Any) -> Given:
    """A machine in the public subnet."""
    given = {"subnetId": U, **({"iamInstanceProfile": U} if profile else {}), **props}
    return Given(type_, given, "machine", {"subnetId": ["subnet"], "iamInstanceProfile": [profile] if profile else []})


def template(depends: dict[str, list[str]] | None = None, **props: Any) -> Given:
    return Given("aws:ec2/launchTemplate:LaunchTemplate", props, "template", depends or {})


def using(type_: str, key: str, value: Any, **props: Any) -> Given:
    """What is made from the template, in the public subnet."""
    given = {key: value, "launchTemplate": {"id": U}, **props}
    return Given(type_, given, "machine", {key: ["subnet"], "launchTemplate": ["template"]})


def by_ids(note: str, identity: str, **more: Any) -> Case:
    return case(note, *KNOWN_MAIN, nodes(value=[identity]), **more)


EXAMPLES = {
    "node-public-subnet": Examples(
        passes=(
            case("plain private subnet", VPC, PRIVATE, nodes("private")),
            case("public for the load balancer only", *ROUTED, PRIVATE, nodes("private")),
            case("public in the cluster's own config", *ROUTED, Given("aws:eks/cluster:Cluster", {"vpcConfig": {"subnetIds": [U]}}, "cluster", {"vpcConfig": ["subnet"]})),
            case("NAT route", VPC, GATEWAY, subnet(), NAT, table(), route("nat", "natGatewayId"), association(), nodes("subnet")),
            case("NAT route inline", VPC, NAT, subnet(), table(depends=("nat",), routes=[{"cidrBlock": "0.0.0.0/0", "natGatewayId": U}]), association(), nodes("subnet")),
            case("egress-only gateway", VPC, Given("aws:ec2/egressOnlyInternetGateway:EgressOnlyInternetGateway", {"vpcId": U}, "eigw", {"vpcId": ["vpc"]}), subnet(), table(), route("eigw", "egressOnlyGatewayId"), association(), nodes("subnet")),
            case("VPN gateway", VPC, VPN, subnet(), table(), route("vpn"), association(), nodes("subnet")),
            case("own table beside a public main one", VPC, GATEWAY, subnet(), table("open"), route(at="open"), main("open"), table(), association(), nodes("subnet")),
            case("Karpenter, a private subnet beside group, cluster and profile", *ROUTED, PRIVATE, role(), PROFILE, CLUSTER, Given("aws:ec2/securityGroup:SecurityGroup", {"vpcId": U}, "group", {"vpcId": ["vpc"]}), node_class({"id": U}, depends=("private", "group", "cluster", "profile")), on_unknown="deny"),
            case("mapPublicIpOnLaunch false", VPC, subnet(mapPublicIpOnLaunch=False), nodes("subnet")),
            by_ids("by id, after creation", "subnet-2"),
            case("selector by tags", VPC, PUBLIC, PRIVATE, node_class({"tags": {"tier": "private"}})),
            case("tags are ANDed", VPC, subnet(mapPublicIpOnLaunch=True, tags={"tier": "x"}), PRIVATE, node_class({"tags": {"tier": "*", "own": "y"}}, {"tags": {"tier": "private"}}), Given("aws:ec2/subnet:Subnet", {"vpcId": U, "tags": {"tier": "x", "own": "y"}}, "fine", {"vpcId": ["vpc"]})),
            case("no nodes", *ROUTED),
            case("instance that is no node", *ROUTED, instance(tags={"Name": "bastion"})),
            case("instance in another VPC than the cluster's", *ROUTED, *CLUSTER_IN_ANOTHER_VPC, instance()),
            case("instance with another role", *ROUTED, *CLUSTER_IN_ANOTHER_VPC, role(), PROFILE, attached("arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore"), instance(profile="profile")),
            case("instance with a role and a policy of its own", *ROUTED, role(), PROFILE, Given("aws:iam/policy:Policy", {"policy": U}, "policy"), attached(U, "policy"), instance(profile="profile")),
            case("instance with user data of another kind", *ROUTED, instance(userData="#!/bin/sh\napt-get install -y squid")),
            case("spot request that is no node", *ROUTED, instance(type_="aws:ec2/spotInstanceRequest:SpotInstanceRequest")),
            case("scaling group that is no node's", *ROUTED, *CLUSTER_IN_ANOTHER_VPC, template(), using("aws:autoscaling/group:Group", "vpcZoneIdentifiers", [U])),
            case("launch template of such a group", *ROUTED, template(networkInterfaces=[{"subnetId": U}], depends={"networkInterfaces": ["subnet"]}), using("aws:autoscaling/group:Group", "vpcZoneIdentifiers", None)),
            case("spot fleet that is no node's", *ROUTED, nodes("subnet", type_="aws:ec2/spotFleetRequest:SpotFleetRequest", key="launchSpecifications", value=[{"subnetId": U}])),
        ),
        fails=(
            case("mapPublicIpOnLaunch", VPC, PUBLIC, nodes("subnet")),
            case("one of two", VPC, PUBLIC, PRIVATE, nodes("private", "subnet")),
            case("separate route", *ROUTED, nodes("subnet")),
            case("inline route", VPC, GATEWAY, subnet(), table(depends=("igw",), routes=[{"cidrBlock": "0.0.0.0/0", "gatewayId": U}]), association(), nodes("subnet")),
            case("inline routes unknown as a whole", VPC, GATEWAY, subnet(), table(depends=("igw",), routes=U), association(), nodes("subnet")),
            case("main table by association", VPC, GATEWAY, subnet(), table(), route(), main(), nodes("subnet")),
            case("route in the VPC's main table", VPC, GATEWAY, subnet(), route(at="vpc"), nodes("subnet")),
            case("default route table", VPC, GATEWAY, subnet(), Given("aws:ec2/defaultRouteTable:DefaultRouteTable", {"defaultRouteTableId": U, "routes": [{"gatewayId": U}]}, "default", {"defaultRouteTableId": ["vpc"], "routes": ["igw"]}), nodes("subnet")),
            case("autoscaling group", *ROUTED, nodes("subnet", type_="aws:autoscaling/group:Group", key="vpcZoneIdentifiers")),
            case("launch template", *ROUTED, nodes("subnet", type_="aws:ec2/launchTemplate:LaunchTemplate", key="networkInterfaces", value=[{"subnetId": U}])),
            case("instance with the tag of a cluster", *ROUTED, instance(tags=CLUSTER_TAG)),
            case("instance with a tag that EKS itself sets", *ROUTED, instance(tags={"aws:eks:cluster-name": "llm"})),
            case("instance with a node's role", *ROUTED, *node_role(), instance(profile="profile")),
            case("a node's role by name", *ROUTED, *node_role(), instance(iamInstanceProfile="profile-1")),
            case("a role with the policy in itself", *ROUTED, role(managedPolicyArns=[NODE_POLICY]), PROFILE, instance(profile="profile")),
            case("a role that a node group has", *ROUTED, role(), PROFILE, Given("aws:eks/nodeGroup:NodeGroup", {"nodeRoleArn": U}, "group", {"nodeRoleArn": ["role"]}), instance(profile="profile")),
            case("a role with an access entry of nodes", *ROUTED, role(), PROFILE, Given("aws:eks/accessEntry:AccessEntry", {"principalArn": U, "type": "EC2_LINUX"}, "entry", {"principalArn": ["role"]}), instance(profile="profile")),
            case("a role that Karpenter has", *ROUTED, role(), PROFILE, Given("kubernetes:karpenter.k8s.aws/v1:EC2NodeClass", {"spec": {"role": "role-1"}}, "class"), instance(profile="profile")),
            case("a role in aws-auth", *ROUTED, role(), PROFILE, Given("kubernetes:core/v1:ConfigMap", {"metadata": {"name": "aws-auth"}, "data": {"mapRoles": "- rolearn: arn:aws:iam::123456789012:role/role-1\n  groups: [system:nodes]\n"}}, "auth"), instance(profile="profile")),
            case("instance in the cluster's VPC", *ROUTED, CLUSTER, instance()),
            case("instance in the VPC of a node group", *ROUTED, PRIVATE, Given("aws:eks/nodeGroup:NodeGroup", {"subnetIds": [U]}, "group", {"subnetIds": ["private"]}), instance()),
            case("instance that starts a kubelet", *ROUTED, instance(userData="#!/bin/bash\n/etc/eks/bootstrap.sh llm")),
            case("instance that starts a kubelet, in base64", *ROUTED, instance(userDataBase64=NODEADM)),
            case("instance of Bottlerocket for Kubernetes", *ROUTED, instance(ami="resolve:ssm:/aws/service/bottlerocket/aws-k8s-1.35/x86_64/latest/image_id")),
            case("instance with the cluster's security group", *ROUTED, CLUSTER_ELSEWHERE, Given("aws:ec2/instance:Instance", {"subnetId": U, "vpcSecurityGroupIds": [U]}, "machine", {"subnetId": ["subnet"], "vpcSecurityGroupIds": ["cluster"]})),
            case("instance with a security group of nodes", *ROUTED, Given("aws:ec2/securityGroup:SecurityGroup", {"tags": CLUSTER_TAG}, "group"), Given("aws:ec2/instance:Instance", {"subnetId": U, "vpcSecurityGroupIds": [U]}, "machine", {"subnetId": ["subnet"], "vpcSecurityGroupIds": ["group"]})),
            case("instance from a node's launch template", *ROUTED, template(tagSpecifications=[{"resourceType": "instance", "tags": CLUSTER_TAG}]), using("aws:ec2/instance:Instance", "subnetId", U)),
            case("instance from a node group's launch template", *ROUTED, template(), Given("aws:eks/nodeGroup:NodeGroup", {"launchTemplate": {"id": U, "version": "1"}}, "group", {"launchTemplate": ["template"]}), using("aws:ec2/instance:Instance", "subnetId", U)),
            case("scaling group with a node's launch template", *ROUTED, *node_role(), template(iamInstanceProfile={"arn": U}, depends={"iamInstanceProfile": ["profile"]}), using("aws:autoscaling/group:Group", "vpcZoneIdentifiers", [U])),
            case("scaling group with the tag of a cluster", *ROUTED, template(), using("aws:autoscaling/group:Group", "vpcZoneIdentifiers", [U], tags=[{"key": "kubernetes.io/cluster/llm", "value": "owned", "propagateAtLaunch": True}])),
            case("scaling group with a node's launch configuration", *ROUTED, Given("aws:ec2/launchConfiguration:LaunchConfiguration", {"name": "lc-1", "userData": "/etc/eks/bootstrap.sh llm"}, "configuration"), Given("aws:autoscaling/group:Group", {"vpcZoneIdentifiers": [U], "launchConfiguration": "lc-1"}, "machine", {"vpcZoneIdentifiers": ["subnet"]})),
            case("mixed instances of nodes", *ROUTED, template(userData=NODEADM), Given("aws:autoscaling/group:Group", {"vpcZoneIdentifiers": [U], "mixedInstancesPolicy": {"launchTemplate": {"launchTemplateSpecification": {"launchTemplateId": U}}}}, "machine", {"vpcZoneIdentifiers": ["subnet"], "mixedInstancesPolicy": ["template"]})),
            case("spot request for a node", *ROUTED, instance(type_="aws:ec2/spotInstanceRequest:SpotInstanceRequest", tags=CLUSTER_TAG)),
            case("scaling group of pulumi-eks", *ROUTED, Given("eks:index:NodeGroup", {}, "component"), Given("aws:autoscaling/group:Group", {"vpcZoneIdentifiers": [U]}, "machine", {"vpcZoneIdentifiers": ["subnet"]}, parent="component")),
            case("Karpenter by tags", VPC, subnet(mapPublicIpOnLaunch=True, tags={"tier": "public"}), node_class({"tags": {"tier": "public"}})),
            case("Karpenter by any value, second term", VPC, subnet(mapPublicIpOnLaunch=True, tags={"tier": "public"}), PRIVATE, node_class({"tags": {"tier": "private"}}, {"tags": {"tier": "*"}})),
            case("Karpenter by id", *ROUTED, node_class({"id": U}, depends=("subnet",))),
            case("Karpenter by two ids", *ROUTED, PRIVATE, node_class({"id": U}, {"id": U}, depends=("subnet", "private"))),
            case("Karpenter by ids of awsx, refused", *AWSX_SUBNETS, node_class({"id": U}, depends=("pub", "priv", "vpc", "awsx")), on_unknown="deny"),
            case("Karpenter by as many ids as awsx has subnets, refused", *AWSX_SUBNETS, node_class({"id": U}, {"id": U}, depends=("pub", "priv", "vpc", "awsx")), on_unknown="deny"),
            case("Karpenter by the component alone, refused", *AWSX_SUBNETS, node_class({"id": U}, depends=("awsx",)), on_unknown="deny"),
            case("Karpenter by the id of a default subnet", Given("aws:ec2/defaultSubnet:DefaultSubnet", {"availabilityZone": "us-east-1a"}, "default"), node_class({"id": U}, depends=("default",))),
            case("Karpenter, a list of classes", *KNOWN_MAIN, Given("kubernetes:karpenter.k8s.aws/v1:EC2NodeClassList", {"items": [{"spec": {"subnetSelectorTerms": [{"id": "subnet-1"}]}}]}, "classes")),
            case("IPv6 route", VPC, GATEWAY, subnet(), table(), Given("aws:ec2/route:Route", {"routeTableId": U, "destinationIpv6CidrBlock": "::/0", "gatewayId": U}, "route", {"routeTableId": ["table"], "gatewayId": ["igw"]}), association(), nodes("subnet")),
            case("spot fleet", *ROUTED, nodes("subnet", type_="aws:ec2/spotFleetRequest:SpotFleetRequest", key="launchSpecifications", value=[{"subnetId": U, "tags": {"kubernetes.io/cluster/llm": "owned"}}])),
            case("batch", *ROUTED, nodes("subnet", type_="aws:batch/computeEnvironment:ComputeEnvironment", key="computeResources", value={"subnets": [U]})),
            case("awsx names too many, and that is refused", *AWSX_SUBNETS, nodes("pub", "priv", "vpc", "awsx", value=U), on_unknown="deny"),
            case("awsx names too many, refused under the setting's former name", *AWSX_SUBNETS, nodes("pub", "priv", "vpc", "awsx", value=U), undecided="refuse"),
            case("Auto Mode", VPC, subnet(mapPublicIpOnLaunch=True, tags={"tier": "public"}), node_class({"tags": {"tier": "public"}}, kind="eks.amazonaws.com/v1:NodeClass")),
            by_ids("by id, after creation", "subnet-1"),
            case("default subnet", Given("aws:ec2/defaultSubnet:DefaultSubnet", {"availabilityZone": "us-east-1a"}, "default"), nodes("default")),
            case("both of awsx's outputs name public ones only", *AWSX_SUBNETS[:3], nodes("pub", "vpc", "awsx", value=U)),
        ),
        unknown=(
            case("an instance whose role is made elsewhere", *ROUTED, instance(iamInstanceProfile="of-elsewhere")),
            case("an instance whose profile's role is made elsewhere", *ROUTED, Given(PROFILE.type, {"name": "profile-1", "role": "of-elsewhere"}, "profile"), instance(profile="profile")),
            case("an instance whose role's policy is unknown", *ROUTED, role(), PROFILE, attached(U), instance(profile="profile")),
            case("an instance whose tags are unknown", *ROUTED, instance(tags=U)),
            case("an instance whose user data is unknown", *ROUTED, instance(userData=U)),
            case("an instance beside a cluster of unknown place", *ROUTED, CLUSTER_ELSEWHERE, instance()),
            case("a scaling group whose template is of elsewhere", *ROUTED, Given("aws:autoscaling/group:Group", {"vpcZoneIdentifiers": [U], "launchTemplate": {"id": "lt-9"}}, "machine", {"vpcZoneIdentifiers": ["subnet"]})),
            case("an id of two subnets", *ROUTED, PRIVATE, node_class({"id": U}, depends=("subnet", "private"))),
            case("a gateway of elsewhere", VPC, subnet(), table(), Given("aws:ec2/route:Route", {"routeTableId": U, "gatewayId": U}, "route", {"routeTableId": ["table"]}), association(), nodes("subnet")),
            case("a gateway of elsewhere, inline", VPC, subnet(), table(routes=[{"gatewayId": U}]), association(), nodes("subnet")),
            case("tags that are none", VPC, PUBLIC, node_class({"tags": "x"})),
            case("Karpenter by ids of awsx", *AWSX_SUBNETS, node_class({"id": U}, depends=("pub", "priv", "vpc", "awsx"))),
            case("Karpenter by an id through another resource", *ROUTED, CLUSTER, node_class({"id": U}, depends=("cluster",))),
            case("awsx names too many", *AWSX_SUBNETS, nodes("pub", "priv", "vpc", "awsx", value=U)),
            case("the component alone", *AWSX_SUBNETS, nodes("awsx", value=U)),
            case("nothing tells", VPC, nodes(value=U)),
            case("a subnet of elsewhere", VPC, nodes(value=["subnet-9"])),
            case("a VPC of elsewhere", Given("aws:ec2/subnet:Subnet", {"vpcId": "vpc-9"}, "subnet"), nodes("subnet")),
            case("mapPublicIpOnLaunch", VPC, subnet(mapPublicIpOnLaunch=U), nodes("subnet")),
            case("selector", VPC, PUBLIC, node_class(U)),
            case("tags of the subnet", VPC, subnet(mapPublicIpOnLaunch=True, tags=U), node_class({"tags": {"a": "b"}})),
            case("Karpenter by an id of elsewhere", VPC, node_class({"id": "subnet-9"})),
        ),
        both=(case("one public, one of elsewhere", *KNOWN_MAIN, nodes(value=["subnet-9", "subnet-1"])),),
        other=BUCKET,
    ),
    "subnet-auto-public-ip": Examples(
        passes=(case("false", subnet(mapPublicIpOnLaunch=False)), case("not given", subnet())),
        fails=(case("true", PUBLIC), case("text", subnet(mapPublicIpOnLaunch="true"))),
        unknown=(case("unknown", subnet(mapPublicIpOnLaunch=U)),),
        other=BUCKET,
    ),
    "default-vpc": Examples(
        passes=(case("a VPC", VPC),),
        fails=(
            case("VPC", Given("aws:ec2/defaultVpc:DefaultVpc", {})),
            case("subnet", Given("aws:ec2/defaultSubnet:DefaultSubnet", {"availabilityZone": U})),
        ),
        unknown=(),
        other=BUCKET,
    ),
    "vpc-flow-logs": Examples(
        passes=(
            case("VPC", VPC, Given("aws:ec2/flowLog:FlowLog", {"vpcId": U}, "log", {"vpcId": ["vpc"]})),
            case("by subnet", VPC, subnet(), Given("aws:ec2/flowLog:FlowLog", {"subnetId": U}, "log", {"subnetId": ["subnet"]})),
        ),
        fails=(
            case("none", VPC),
            case("of another VPC", *KNOWN, Given("aws:ec2/flowLog:FlowLog", {"vpcId": "vpc-9"}, "log")),
        ),
        unknown=(case("which VPC", VPC, Given("aws:ec2/flowLog:FlowLog", {"vpcId": U}, "log")),),
        other=BUCKET,
    ),
}  # fmt: skip

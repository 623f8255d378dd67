"""Where nodes are by way of others: interfaces, tags made apart, pools of EKS Auto Mode, components of pulumi-eks, defaults."""

from dataclasses import replace
from typing import Any

from tests.policies.examples import Examples
from tests.policies.examples.network import CLUSTER_TAG, PRIVATE, ROUTED, node_class
from tests.policies.judging import Case, Given, U, case

INSTANCE = "aws:ec2/instance:Instance"
ADDRESS = "aws:ec2/eip:Eip"
ASSOCIATION = "aws:ec2/eipAssociation:EipAssociation"
DISCOVERED = {"tags": {"karpenter.sh/discovery": "llm"}}


def interface(place: str = "subnet", depends: dict[str, list[str]] | None = None, **props: Any) -> Given:
    kind = "aws:ec2/networkInterface:NetworkInterface"
    return Given(kind, {"subnetId": U, **props}, "interface", {"subnetId": [place], **(depends or {})})


def machine(depends: dict[str, list[str]] | None = None, tags: Any = CLUSTER_TAG, **props: Any) -> Given:
    return Given(INSTANCE, {"tags": tags, **props}, "machine", depends or {})


LISTED = {"networkInterfaces": [{"deviceIndex": 0.0, "networkInterfaceId": U}]}
WITH_LISTED = machine({"networkInterfaces": ["interface"]}, **LISTED)
WITH_PRIMARY = machine({"primaryNetworkInterface": ["interface"]}, primaryNetworkInterface={"networkInterfaceId": U})
ATTACHMENT = Given(
    "aws:ec2/networkInterfaceAttachment:NetworkInterfaceAttachment",
    {"instanceId": U, "networkInterfaceId": U, "deviceIndex": 1.0},
    "attachment",
    {"instanceId": ["machine"], "networkInterfaceId": ["interface"]},
)
PROXY = machine({"networkInterfaces": ["interface"]}, tags={"Name": "proxy"}, **LISTED)


def tag(key: Any = "karpenter.sh/discovery", value: Any = "llm", of: str = "subnet") -> Given:
    return Given("aws:ec2/tag:Tag", {"resourceId": U, "key": key, "value": value}, "tag", {"resourceId": [of]})


def auto(*subnets: str, **compute: Any) -> Given:
    props = {"vpcConfig": {"subnetIds": [U] * len(subnets)}, "computeConfig": {"nodeRoleArn": U, **compute}}
    return Given("aws:eks/cluster:Cluster", props, "cluster", {"vpcConfig": subnets})


def scaling_group(value: Any = None, *subnets: str, component: str | None = None, **props: Any) -> Given:
    given = {} if value is None else {"vpcZoneIdentifiers": value}
    depends = {
        "vpcZoneIdentifiers": subnets,
        **({"launchTemplate": ["template"]} if props.get("launchTemplate") == {"id": U} else {}),
    }
    tags = [{"key": "kubernetes.io/cluster/llm", "value": "owned", "propagateAtLaunch": True}]
    return Given("aws:autoscaling/group:Group", {"tags": tags, **given, **props}, "group", depends, parent=component)


def template(*subnets: str) -> Given:
    interfaces = [{"subnetId": U} for _ in subnets]
    kind = "aws:ec2/launchTemplate:LaunchTemplate"
    return Given(kind, {"networkInterfaces": interfaces}, "template", {"networkInterfaces": subnets})


def spot_fleet(*subnets: str, tags: Any = CLUSTER_TAG) -> Given:
    overrides = [{"instanceType": "g5.xlarge", "subnetId": U} for _ in subnets]
    configs = [{"launchTemplateSpecification": {"id": "lt-1", "version": "1"}, "overrides": overrides}]
    props = {"launchTemplateConfigs": configs, "tags": tags}
    return Given("aws:ec2/spotFleetRequest:SpotFleetRequest", props, "fleet", {"launchTemplateConfigs": subnets})


EKS_CLUSTER = Given("eks:index:Cluster", {}, "component")
NODE_GROUP_V2 = Given("eks:index:NodeGroupV2", {}, "component")
WEB_SERVER = Given(INSTANCE, {"subnetId": "subnet-9", "ami": "ami-1"}, "web")
POOLS = {"enabled": True, "nodePools": ["general-purpose", "system"]}


def addressed(note: str, *given: Given, type_: str = ADDRESS, key: str = "networkInterface") -> Case:
    return case(note, *ROUTED, interface(), *given, Given(type_, {key: U}, "address", {key: ["interface"]}))


OPEN = Given(
    "aws:ec2/securityGroup:SecurityGroup",
    {
        "name": "web-group",
        "tags": {"karpenter.sh/discovery": "llm"},
        "ingress": [{"cidrBlocks": ["0.0.0.0/0"], "protocol": "tcp", "fromPort": 443.0, "toPort": 443.0}],
    },
    "web",
)
UNTAGGED = replace(OPEN, props={"ingress": OPEN.props["ingress"]})
CLOSED = replace(OPEN, props={"name": "web-group", "ingress": []})
OWN_CLUSTER = Given("aws:eks/cluster:Cluster", {"vpcConfig": {"subnetIds": ["subnet-9"]}}, "cluster")


def selecting(*terms: Any, kind: str = "karpenter.k8s.aws/v1:EC2NodeClass", depends: tuple[str, ...] = ()) -> Given:
    return Given(
        f"kubernetes:{kind}", {"spec": {"securityGroupSelectorTerms": list(terms)}}, "class", {"spec": depends}
    )


def of_cluster(source: str, group: Any = U) -> Given:
    """A rule of the security group that EKS makes with a cluster."""
    props = {"securityGroupId": group, "cidrIpv4": source, "ipProtocol": "tcp", "fromPort": 443.0, "toPort": 443.0}
    kind = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
    return Given(kind, props, "rule", {"securityGroupId": ["cluster"]} if group is U else {})


EXAMPLES = {
    "node-public-subnet": Examples(
        passes=(
            case("an interface in a private subnet", *ROUTED, PRIVATE, interface("private"), WITH_LISTED),
            case("an interface of another machine", *ROUTED, interface(), PROXY),
            case("an interface of its own", *ROUTED, interface()),
            case("a tag of a private subnet", *ROUTED, PRIVATE, tag(of="private"), node_class(DISCOVERED)),
            case("built-in node pools in private subnets", *ROUTED, PRIVATE, auto("private", **POOLS)),
            case("Auto Mode without built-in node pools", *ROUTED, auto("subnet", enabled=True, nodePools=[])),
            case("Auto Mode switched off", *ROUTED, auto("subnet", enabled=False)),
            case("a group of a component, in private subnets", *ROUTED, PRIVATE, EKS_CLUSTER, scaling_group(U, "private", component="component")),
            case("overrides of a spot fleet, in private subnets", *ROUTED, PRIVATE, spot_fleet("private")),
            case("overrides of a spot fleet for something else", *ROUTED, spot_fleet("subnet", tags={}), Given("aws:ec2/launchTemplate:LaunchTemplate", {"id": "lt-1", "networkInterfaces": []}, "template")),
            case("no subnet, but a template with a private one", *ROUTED, PRIVATE, template("private"), scaling_group(launchTemplate={"id": U})),
            case("no subnet, but an interface in a private one", *ROUTED, PRIVATE, interface("private"), machine(), ATTACHMENT),
            case("no subnet, of a web server", machine(tags={"Name": "web"})),
            case("a subnet of elsewhere, of a web server without a cluster", WEB_SERVER),
        ),
        fails=(
            case("an interface that an instance lists", *ROUTED, interface(), WITH_LISTED),
            case("the primary interface of an instance", *ROUTED, interface(), WITH_PRIMARY),
            case("an interface that is attached apart", *ROUTED, interface(), machine(), ATTACHMENT),
            case("an interface that names its instance", *ROUTED, machine(), interface(depends={"attachments": ["machine"]}, attachments=[{"instance": U, "deviceIndex": 1.0}])),
            case("a tag made apart", *ROUTED, tag(), node_class(DISCOVERED)),
            case("built-in node pools", *ROUTED, auto("subnet", **POOLS)),
            case("built-in node pools, one subnet of two", *ROUTED, PRIVATE, auto("private", "subnet", **POOLS)),
            case("a group of a component, in public subnets alone", *ROUTED, EKS_CLUSTER, scaling_group(U, "subnet", component="component")),
            case("a group of a component, in each subnet that is named", *ROUTED, PRIVATE, NODE_GROUP_V2, scaling_group([U, U], "subnet", "private", component="component")),
            case("subnets as one output", *ROUTED, PRIVATE, scaling_group(U, "subnet", "private")),
            case("overrides of a spot fleet", *ROUTED, spot_fleet("subnet")),
            case("no subnet", machine()),
            case("no subnet, but zones", scaling_group(availabilityZones=["us-east-1a"])),
            case("no subnet, with a template that names none", template(), scaling_group(launchTemplate={"id": U})),
            case("no subnet, of a spot request", Given("aws:ec2/spotInstanceRequest:SpotInstanceRequest", {"tags": CLUSTER_TAG}, "request")),
        ),
        unknown=(
            case("an interface in a subnet of elsewhere", Given("aws:ec2/networkInterface:NetworkInterface", {"subnetId": "subnet-9"}, "interface"), WITH_LISTED),
            case("the value of a tag made apart", *ROUTED, tag(value=U), node_class(DISCOVERED)),
            case("whether there are built-in node pools", *ROUTED, auto("subnet", enabled=True, nodePools=U)),
            case("whether there is Auto Mode", *ROUTED, Given("aws:eks/cluster:Cluster", {"vpcConfig": {"subnetIds": [U]}, "computeConfig": U}, "cluster", {"vpcConfig": ["subnet"]})),
            case("which of a cluster's subnets a component takes", *ROUTED, PRIVATE, EKS_CLUSTER, scaling_group(U, "subnet", "private", component="component")),
            case("no subnet, with a template of elsewhere", scaling_group(launchTemplate={"id": "lt-1"})),
            case("a subnet of elsewhere beside a cluster", OWN_CLUSTER, WEB_SERVER),
        ),
    ),
    "node-public-ip": Examples(
        passes=(addressed("an interface that no machine here has"), addressed("an interface of another machine", PROXY)),
        fails=(
            addressed("an interface of a node", WITH_LISTED),
            addressed("the primary interface of a node", WITH_PRIMARY),
            addressed("an association with a node's interface", WITH_LISTED, type_=ASSOCIATION, key="networkInterfaceId"),
        ),
    ),
    "node-web-ingress": Examples(
        passes=(
            case("a proxy that is no node", UNTAGGED, machine({"vpcSecurityGroupIds": ["web"]}, tags={"Name": "proxy"}, vpcSecurityGroupIds=[U])),
            case("a node class that selects another group", OPEN, selecting({"tags": {"karpenter.sh/discovery": "other"}})),
            case("a cluster's own group, from a network", OWN_CLUSTER, of_cluster("10.0.0.0/16")),
            case("another group's rule beside a cluster", OWN_CLUSTER, CLOSED, replace(of_cluster("0.0.0.0/0"), depends={"securityGroupId": ["web"]})),
        ),
        fails=(
            case("an instance", OPEN, machine({"vpcSecurityGroupIds": ["web"]}, vpcSecurityGroupIds=[U])),
            case("a spot fleet", OPEN, Given("aws:ec2/spotFleetRequest:SpotFleetRequest", {"launchSpecifications": [{"tags": CLUSTER_TAG, "vpcSecurityGroupIds": [U]}]}, "fleet", {"launchSpecifications": ["web"]})),
            case("an interface of a node", OPEN, Given("aws:ec2/networkInterface:NetworkInterface", {"securityGroups": [U]}, "interface", {"securityGroups": ["web"]}), WITH_LISTED),
            case("a node class, by tags", OPEN, selecting(DISCOVERED)),
            case("a node class, by a tag made apart", UNTAGGED, tag(of="web"), selecting(DISCOVERED)),
            case("a node class, by name", OPEN, selecting({"name": "web-group"})),
            case("a node class, by id", OPEN, selecting({"id": U}, depends=("web",))),
            case("a node class of Auto Mode", OPEN, selecting(DISCOVERED, kind="eks.amazonaws.com/v1:NodeClass")),
            case("a cluster's own group", OWN_CLUSTER, of_cluster("0.0.0.0/0")),
            case("a cluster's own group, by id", Given("aws:eks/cluster:Cluster", {"vpcConfig": {"clusterSecurityGroupId": "sg-7"}}, "cluster"), of_cluster("0.0.0.0/0", "sg-7")),
        ),
        unknown=(
            case("a node class, tags of the group", replace(OPEN, props={**OPEN.props, "tags": U}), selecting(DISCOVERED)),
            case("a machine that may be a node", UNTAGGED, machine({"vpcSecurityGroupIds": ["web"]}, tags=U, vpcSecurityGroupIds=[U])),
        ),
    ),
}  # fmt: skip

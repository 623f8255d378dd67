"""Nodes and the cluster's endpoint."""

from typing import Any

from planner.catalog.eks_versions import newest
from tests.policies.examples import Examples
from tests.policies.judging import Case, Given, U, case

BUCKET = Given("aws:s3/bucket:Bucket", {"bucket": "b"})
TEMPLATE = "aws:ec2/launchTemplate:LaunchTemplate"
INSTANCE = "aws:ec2/instance:Instance"
KARPENTER = "kubernetes:karpenter.k8s.aws/v1:EC2NodeClass"


def one(note: str, type_: str, config: dict[str, Any] | None = None, **props: Any) -> Case:
    return case(note, Given(type_, props), **(config or {}))


TAG = {"kubernetes.io/cluster/llm": "owned"}


def interface(value: Any) -> dict[str, Any]:
    return {"networkInterfaces": [{"associatePublicIpAddress": value}]}


GROUP = "aws:ec2/securityGroup:SecurityGroup"
RULE = "aws:ec2/securityGroupRule:SecurityGroupRule"
INGRESS = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
WORLD = {"cidrBlocks": ["0.0.0.0/0"], "protocol": "tcp", "fromPort": 22.0, "toPort": 22.0}
CLUSTER = "aws:eks/cluster:Cluster"


def endpoint(note: str, **config: Any) -> Case:
    return one(note, CLUSTER, vpcConfig=config)


def mapping(encrypted: Any) -> dict[str, Any]:
    return {"blockDeviceMappings": [{"deviceName": "/dev/xvda", "ebs": {"encrypted": encrypted}}]}


EXAMPLES = {
    "node-public-ip": Examples(
        passes=(
            one("text false", TEMPLATE, **interface("false")),
            one("false", TEMPLATE, **interface(value=False)),
            one("not given", TEMPLATE, networkInterfaces=[{}]),
            one("no interfaces", TEMPLATE),
            one("instance", INSTANCE, associatePublicIpAddress=False),
            one("Karpenter", KARPENTER, spec={"associatePublicIPAddress": False}),
            one("instance that is no node", INSTANCE, associatePublicIpAddress=True, tags={"Name": "bastion"}),
            case("elastic address of such an instance", Given(INSTANCE, {}, "bastion"), Given("aws:ec2/eip:Eip", {"instance": U}, "address", {"instance": ["bastion"]})),
            case("launch template of such instances", Given(TEMPLATE, interface("true"), "template"), Given("aws:autoscaling/group:Group", {"launchTemplate": {"id": U}}, "group", {"launchTemplate": ["template"]})),
            one("address of a NAT gateway", "aws:ec2/eip:Eip", domain="vpc"),
            one("address of an interface", "aws:ec2/eip:Eip", domain="vpc", instance=""),
        ),
        fails=(
            one("text true", TEMPLATE, **interface("true")),
            one("text True", TEMPLATE, **interface("True")),
            one("text 1", TEMPLATE, **interface("1")),
            one("spot fleet", "aws:ec2/spotFleetRequest:SpotFleetRequest", launchSpecifications=[{"tags": TAG}, {"associatePublicIpAddress": True}]),
            one("a list of classes", f"{KARPENTER}List", items=[{"spec": {}}, {"spec": {"associatePublicIPAddress": True}}]),
            one("true", TEMPLATE, **interface(value=True)),
            one("second interface", TEMPLATE, networkInterfaces=[{}, {"associatePublicIpAddress": "true"}]),
            one("one interface, not a list", TEMPLATE, networkInterfaces={"associatePublicIpAddress": "true"}),
            one("launch configuration", "aws:ec2/launchConfiguration:LaunchConfiguration", associatePublicIpAddress=True),
            one("instance", INSTANCE, associatePublicIpAddress=True, tags=TAG),
            case("elastic address of a node here", Given(INSTANCE, {"id": "i-1", "tags": TAG}, "node"), Given("aws:ec2/eip:Eip", {"instance": "i-1"}, "address")),
            case("launch template of a node group", Given(TEMPLATE, interface("true"), "template"), Given("aws:eks/nodeGroup:NodeGroup", {"launchTemplate": {"id": U}}, "group", {"launchTemplate": ["template"]})),
            one("Karpenter", KARPENTER, spec={"associatePublicIPAddress": True}),
            one("Auto Mode", "kubernetes:eks.amazonaws.com/v1:NodeClass", spec={"advancedNetworking": {"associatePublicIPAddress": True}}),
            one("elastic address", "aws:ec2/eip:Eip", instance="i-1"),
            one("elastic address of a new instance", "aws:ec2/eip:Eip", instance=U),
            one("association", "aws:ec2/eipAssociation:EipAssociation", instanceId=U),
        ),
        unknown=(
            one("interfaces", TEMPLATE, networkInterfaces=U),
            one("one interface", TEMPLATE, networkInterfaces=[U]),
            one("the switch", TEMPLATE, **interface(U)),
            one("spec", KARPENTER, spec=U),
            one("items", f"{KARPENTER}List", items=[U]),
            one("instance", INSTANCE, associatePublicIpAddress=U, tags=TAG),
            one("an instance that may be a node", INSTANCE, associatePublicIpAddress=True, tags=U),
            case("elastic address of what may be a node", Given(INSTANCE, {"userData": U}, "machine"), Given("aws:ec2/eip:Eip", {"instance": U}, "address", {"instance": ["machine"]})),
        ),
        both=(one("second interface", TEMPLATE, networkInterfaces=[U, {"associatePublicIpAddress": "true"}]),),
        other=BUCKET,
    ),
    "node-open-ingress": Examples(
        passes=(
            one("from the VPC", GROUP, ingress=[{**WORLD, "cidrBlocks": ["10.0.0.0/8"]}]),
            one("egress", GROUP, egress=[WORLD]),
            one("egress rule", RULE, type="egress", **WORLD),
            one("self", GROUP, ingress=[{"self": True, "protocol": "-1", "fromPort": 0.0, "toPort": 0.0}]),
            one("a load balancer's port by default", GROUP, ingress=[{**WORLD, "fromPort": 443.0, "toPort": 443.0}]),
            one("from a group", INGRESS, referencedSecurityGroupId="sg-1", ipProtocol="-1"),
            one("a load balancer's port", GROUP, {"ports": [443.0]}, ingress=[{**WORLD, "fromPort": 443.0, "toPort": 443.0}]),
            one("an unknown source of a load balancer's port", INGRESS, cidrIpv4=U, ipProtocol="tcp", fromPort=443.0, toPort=443.0),
            one("private IPv6", INGRESS, cidrIpv6="fd00::/8", ipProtocol="-1"),
        ),
        fails=(
            one("inline", GROUP, ingress=[WORLD]),
            one("one, not a list", GROUP, ingress=WORLD),
            one("second of a list", GROUP, ingress=[{**WORLD, "cidrBlocks": ["10.0.0.0/8"]}, WORLD]),
            one("IPv6", GROUP, ingress=[{"ipv6CidrBlocks": ["::/0"], "protocol": "-1", "fromPort": 0.0, "toPort": 0.0}]),
            one("rule", RULE, type="ingress", **WORLD),
            one("rule, IPv6", RULE, type="ingress", protocol="-1", fromPort=0.0, toPort=0.0, ipv6CidrBlocks=["10.0.0.0/8", "::/0"]),
            one("VPC rule", INGRESS, cidrIpv4="0.0.0.0/0", ipProtocol="tcp", fromPort=80.0, toPort=80.0),
            one("VPC rule, IPv6", INGRESS, cidrIpv6="::/0", ipProtocol="-1"),
            one("default group", "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup", ingress=[WORLD]),
            one("half the world", GROUP, ingress=[{**WORLD, "cidrBlocks": ["0.0.0.0/1", "128.0.0.0/1"]}]),
            one("every port is not 443", GROUP, {"ports": [443.0]}, ingress=[{**WORLD, "protocol": "-1", "fromPort": 443.0, "toPort": 443.0}]),
            one("ports that are not known but one", GROUP, ingress=[{**WORLD, "fromPort": 22.0, "toPort": U}]),
            one("a range is not 443", GROUP, {"ports": [443.0]}, ingress=[{**WORLD, "fromPort": 443.0, "toPort": 65535.0}]),
        ),
        unknown=(
            one("ingress", GROUP, ingress=U),
            one("a rule", GROUP, ingress=[U]),
            one("a prefix list of elsewhere", GROUP, ingress=[{"protocol": "tcp", "fromPort": 22.0, "toPort": 22.0, "prefixListIds": ["pl-1"]}]),
            one("the sources", GROUP, ingress=[{**WORLD, "cidrBlocks": U}]),
            one("a source", RULE, type="ingress", **{**WORLD, "cidrBlocks": [U]}),
            one("the ports", GROUP, ingress=[{**WORLD, "fromPort": U, "toPort": U}]),
            one("the end of the ports", GROUP, ingress=[{**WORLD, "fromPort": 443.0, "toPort": U}]),
            one("direction", RULE, **{**WORLD, "type": U}),
        ),
        both=(one("a known source", GROUP, ingress=[{**WORLD, "cidrBlocks": [U, "0.0.0.0/0"]}]),),
        other=BUCKET,
    ),
    "node-ssh": Examples(
        passes=(
            one("none", "aws:eks/nodeGroup:NodeGroup"),
            one("with groups", "aws:eks/nodeGroup:NodeGroup", remoteAccess={"ec2SshKey": "k", "sourceSecurityGroupIds": ["sg-1"]}),
            one("with a new group", "aws:eks/nodeGroup:NodeGroup", remoteAccess={"ec2SshKey": "k", "sourceSecurityGroupIds": [U]}),
        ),
        fails=(
            one("key only", "aws:eks/nodeGroup:NodeGroup", remoteAccess={"ec2SshKey": "k"}),
            one("empty groups", "aws:eks/nodeGroup:NodeGroup", remoteAccess=[{"ec2SshKey": "k", "sourceSecurityGroupIds": []}]),
        ),
        unknown=(
            one("all", "aws:eks/nodeGroup:NodeGroup", remoteAccess=U),
            one("key", "aws:eks/nodeGroup:NodeGroup", remoteAccess={"ec2SshKey": U}),
            one("groups", "aws:eks/nodeGroup:NodeGroup", remoteAccess={"ec2SshKey": "k", "sourceSecurityGroupIds": U}),
        ),
        other=BUCKET,
    ),
    "node-imdsv2": Examples(
        passes=(
            one("required", TEMPLATE, metadataOptions={"httpTokens": "required", "httpPutResponseHopLimit": 2.0}),
            one("off", INSTANCE, metadataOptions={"httpEndpoint": "disabled"}),
            one("Karpenter's default", KARPENTER, spec={}),
        ),
        fails=(
            one("optional", TEMPLATE, metadataOptions={"httpTokens": "optional"}),
            one("not given", TEMPLATE),
            one("launch configuration", "aws:ec2/launchConfiguration:LaunchConfiguration"),
            one("Karpenter", KARPENTER, spec={"metadataOptions": {"httpTokens": "optional"}}),
        ),
        unknown=(one("options", TEMPLATE, metadataOptions=U), one("tokens", INSTANCE, metadataOptions={"httpTokens": U}), one("spec", KARPENTER, spec=U)),
        other=BUCKET,
    ),
    "node-disk-encrypted": Examples(
        passes=(
            one("text", TEMPLATE, **mapping("true")),
            one("bool", TEMPLATE, **mapping(encrypted=True)),
            one("instance store", TEMPLATE, blockDeviceMappings=[{"deviceName": "/dev/sdb", "virtualName": "ephemeral0"}]),
            one("volume", "aws:ebs/volume:Volume", encrypted=True),
            one("Karpenter", KARPENTER, spec=mapping(encrypted=True)),
        ),
        fails=(
            one("text false", TEMPLATE, **mapping("false")),
            one("not given", TEMPLATE, **mapping(None)),
            one("instance", INSTANCE, rootBlockDevice={"encrypted": False}),
            one("launch configuration", "aws:ec2/launchConfiguration:LaunchConfiguration", ebsBlockDevices=[{"encrypted": False}]),
            one("volume", "aws:ebs/volume:Volume"),
            one("Karpenter", KARPENTER, spec=mapping(encrypted=False)),
        ),
        unknown=(one("mappings", TEMPLATE, blockDeviceMappings=U), one("switch", TEMPLATE, **mapping(U)), one("device", INSTANCE, ebsBlockDevices=U)),
        both=(one("second", TEMPLATE, blockDeviceMappings=[U, *mapping("false")["blockDeviceMappings"]]),),
        other=BUCKET,
    ),
    "eks-endpoint-world": Examples(
        passes=(
            endpoint("private", endpointPublicAccess=False, endpointPrivateAccess=True),
            endpoint("private as text", endpointPublicAccess="false"),
            endpoint("private, CIDRs have no effect", endpointPublicAccess=False, publicAccessCidrs=["0.0.0.0/0"]),
            endpoint("one network", endpointPublicAccess=True, publicAccessCidrs=["203.0.113.7/32"]),
        ),
        fails=(
            endpoint("nothing said"),
            endpoint("public", endpointPublicAccess=True),
            endpoint("public as text", endpointPublicAccess="true"),
            endpoint("empty list", endpointPublicAccess=True, publicAccessCidrs=[]),
            endpoint("the world", endpointPublicAccess=True, publicAccessCidrs=["0.0.0.0/0"]),
            endpoint("the world, second", publicAccessCidrs=["203.0.113.7/32", "0.0.0.0/0"]),
            endpoint("IPv6", publicAccessCidrs=["::/0"]),
            endpoint("in two halves", publicAccessCidrs=["0.0.0.0/1", "128.0.0.0/1"]),
            one("in a list", CLUSTER, vpcConfig=[{"endpointPublicAccess": True}]),
        ),
        unknown=(
            one("vpcConfig", CLUSTER, vpcConfig=U),
            endpoint("the switch", endpointPublicAccess=U, publicAccessCidrs=["0.0.0.0/0"]),
            endpoint("the networks", endpointPublicAccess=True, publicAccessCidrs=U),
            endpoint("a network", endpointPublicAccess=True, publicAccessCidrs=[U]),
        ),
        both=(endpoint("the world beside an unknown", publicAccessCidrs=[U, "0.0.0.0/0"]),),
        other=BUCKET,
    ),
    "eks-endpoint-public": Examples(
        passes=(endpoint("private", endpointPublicAccess=False),),
        fails=(endpoint("one network", publicAccessCidrs=["203.0.113.7/32"]),),
        unknown=(endpoint("unknown", endpointPublicAccess=U),),
        other=BUCKET,
    ),
    "eks-secrets-kms": Examples(
        passes=(one("key", CLUSTER, encryptionConfig={"resources": ["secrets"], "provider": {"keyArn": U}}),),
        fails=(one("none", CLUSTER), one("others", CLUSTER, encryptionConfig=[{"resources": []}])),
        unknown=(one("all", CLUSTER, encryptionConfig=U),),
        other=BUCKET,
    ),
    "eks-logs": Examples(
        passes=(one("three", CLUSTER, enabledClusterLogTypes=["audit", "api", "authenticator"]),),
        fails=(one("none", CLUSTER), one("two", CLUSTER, enabledClusterLogTypes=["api", "audit"])),
        unknown=(one("all", CLUSTER, enabledClusterLogTypes=U), one("one", CLUSTER, enabledClusterLogTypes=[U, "api"])),
        other=BUCKET,
    ),
    "eks-version": Examples(
        passes=(
            one("current", CLUSTER, {"today": "2026-12-02"}, version="1.35"),
            one("the newest", CLUSTER, {"today": "2026-12-02"}, version=newest().name),
            one("on its last day", CLUSTER, {"today": "2026-12-02"}, version="1.34"),
            one("on the list", CLUSTER, {"versions": ["1.33"]}, version="1.33"),
        ),
        fails=(
            one("old", CLUSTER, version="1.24"),
            one("a day too late", CLUSTER, {"today": "2026-12-03"}, version="1.34"),
            one("extended support", CLUSTER, {"today": "2026-11-26"}, version="1.33"),
            one("not on the list", CLUSTER, {"versions": ["1.33"]}, version="1.35"),
        ),
        unknown=(
            one("unknown", CLUSTER, version=U),
            one("not given", CLUSTER),
            one("newer than the table", CLUSTER, {"today": "2026-11-26"}, version="1.99"),
        ),
        other=BUCKET,
    ),
    "eks-auth-api": Examples(
        passes=(one("API", CLUSTER, accessConfig={"authenticationMode": "API"}),),
        fails=(one("both", CLUSTER, accessConfig={"authenticationMode": "API_AND_CONFIG_MAP"}), one("none", CLUSTER)),
        unknown=(one("all", CLUSTER, accessConfig=U), one("mode", CLUSTER, accessConfig={"authenticationMode": U})),
        other=BUCKET,
    ),
}  # fmt: skip
ASSOCIATION = "aws:eks/accessPolicyAssociation:AccessPolicyAssociation"
ADMIN = "arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy"
BINDING = "kubernetes:rbac.authorization.k8s.io/v1:ClusterRoleBinding"
CONFIG_MAP = "kubernetes:core/v1:ConfigMap"
MASTERS = "- rolearn: arn:aws:iam::123456789012:role/ops\n  username: ops\n  groups: [{}]\n"


def mapped(
    note: str,
    *,
    key: str = "mapRoles",
    named: str = "rolearn",
    principal: str = "arn:aws:iam::123456789012:role/ops",
    group: str = "system:masters",
    type_: str = CONFIG_MAP,
    config: dict[str, Any] | None = None,
) -> Case:
    text = f"- {named}: {principal}\n  username: ops\n  groups:\n  - {group}\n"
    return one(
        f"aws-auth: {note}", type_, config, metadata={"name": "aws-auth", "namespace": "kube-system"}, data={key: text}
    )


EXAMPLES["eks-admin-access"] = Examples(
    passes=(
        one("viewer", ASSOCIATION, policyArn=ADMIN.replace("ClusterAdmin", "View"), principalArn="arn:x"),
        one("listed", ASSOCIATION, {"principals": ["arn:x"]}, policyArn=ADMIN, principalArn="arn:x"),
        one("binding of view", BINDING, roleRef={"name": "view"}, subjects=[{"kind": "Group", "name": "all"}]),
        one(
            "listed group",
            BINDING,
            {"principals": ["ops"]},
            roleRef={"name": "cluster-admin"},
            subjects=[{"name": "ops"}],
        ),
        mapped("nodes", group="system:nodes"),
        mapped("listed role", config={"principals": ["arn:aws:iam::123456789012:role/ops"]}),
        one(
            "another ConfigMap",
            CONFIG_MAP,
            metadata={"name": "mine"},
            data={"mapRoles": MASTERS.format("system:masters")},
        ),
        one("no roles", CONFIG_MAP, metadata={"name": "aws-auth"}, data={}),
    ),
    fails=(
        one("unlisted", ASSOCIATION, policyArn=ADMIN, principalArn="arn:x"),
        one("unlisted group", BINDING, roleRef={"name": "cluster-admin"}, subjects=[{"kind": "Group", "name": "all"}]),
        *(
            one(
                f"{kind}",
                f"kubernetes:rbac.authorization.k8s.io/{kind}",
                roleRef={"name": "cluster-admin"},
                subjects=[{"name": "all"}],
            )
            for kind in ("v1:RoleBinding", "v1:ClusterRoleBindingPatch", "v1beta1:ClusterRoleBinding")
        ),
        mapped("role"),
        mapped("role, by a patch", type_="kubernetes:core/v1:ConfigMapPatch"),
        mapped("user", key="mapUsers", named="userarn"),
    ),
    unknown=(
        one("policy", ASSOCIATION, policyArn=U, principalArn="arn:x"),
        one("role", BINDING, roleRef=U),
        one("data of aws-auth", CONFIG_MAP, metadata={"name": "aws-auth"}, data=U),
        one("roles of aws-auth", CONFIG_MAP, metadata={"name": "aws-auth"}, data={"mapRoles": U}),
        one("no YAML", CONFIG_MAP, metadata={"name": "aws-auth"}, data={"mapRoles": "- {"}),
        mapped("a role that is unknown", principal=U),
        one("subjects", BINDING, roleRef={"name": "cluster-admin"}, subjects=U),
    ),
    both=(one("second subject", BINDING, roleRef={"name": "cluster-admin"}, subjects=[{"name": U}, {"name": "all"}]),),
    other=BUCKET,
)

WEB = {"cidrBlocks": ["0.0.0.0/0"], "protocol": "tcp", "fromPort": 443.0, "toPort": 443.0}


def behind(note: str, *groups: Given, names: tuple[str, ...] = ("group",)) -> Case:
    template = Given(TEMPLATE, {"vpcSecurityGroupIds": [U]}, "template", {"vpcSecurityGroupIds": names})
    return case(note, *groups, template)


GROUP_OF_ITS_OWN = Given(GROUP, {}, "group")
EXAMPLES["node-web-ingress"] = Examples(
    passes=(
        behind("a load balancer's group beside", Given(GROUP, {"ingress": [WEB]}, "lb"), GROUP_OF_ITS_OWN),
        behind("closed", Given(GROUP, {"ingress": [{**WEB, "cidrBlocks": ["10.0.0.0/16"]}]}, "group")),
    ),
    fails=(
        behind("inline", Given(GROUP, {"ingress": [WEB]}, "group")),
        behind(
            "separate rule",
            GROUP_OF_ITS_OWN,
            Given(RULE, {"type": "ingress", "securityGroupId": U, **WEB}, "rule", {"securityGroupId": ["group"]}),
        ),
        behind(
            "VPC rule",
            GROUP_OF_ITS_OWN,
            Given(
                INGRESS,
                {"securityGroupId": U, "cidrIpv6": "::/0", "ipProtocol": "-1"},
                "rule",
                {"securityGroupId": ["group"]},
            ),
        ),
    ),
    unknown=(behind("ingress", Given(GROUP, {"ingress": U}, "group")),),
    other=BUCKET,
)

"""What hangs on the output of another resource: undecided in the preview, decided in the update."""

from typing import Any

from tests.policies.examples import Examples
from tests.policies.examples.network import (
    GATEWAY,
    PRIVATE,
    PROFILE,
    ROUTED,
    VPC,
    association,
    attached,
    instance,
    nodes,
    role,
    route,
    subnet,
    table,
)
from tests.policies.examples.nodes import GROUP, INGRESS, RULE, WEB
from tests.policies.examples.storage import KMS, ON, TLS, VERSIONS, bucket
from tests.policies.judging import Given, U, case

BLOCK = "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock"


def block(*depends: str, name: str = "block", **props: Any) -> Given:
    return Given(BLOCK, {"bucket": U, **ON, **props}, name, {"bucket": depends})


def through(given: Given, *depends: str) -> Given:
    """The same companion of a bucket, whose bucket comes from other resources."""
    return Given(given.type, given.props, given.name, {"bucket": depends})


KNOWN = Given("aws:s3/bucket:Bucket", {"id": "b-1", "bucket": "b-1"}, "bucket")
OTHER = Given("aws:s3/bucket:Bucket", {}, "other")
BLOCK_OF_OTHER = block("other", name="block-of-other")
ATTACHMENT = Given(
    "aws:ec2/internetGatewayAttachment:InternetGatewayAttachment",
    {"internetGatewayId": U},
    "attachment",
    {"internetGatewayId": ["igw"]},
)
VIA_ASSOCIATION = nodes("subnet-table")
GROUP_OF_NODE = Given(GROUP, {}, "group")
MACHINE = Given(
    "aws:ec2/launchTemplate:LaunchTemplate",
    {"vpcSecurityGroupIds": [U]},
    "template",
    {"vpcSecurityGroupIds": ["group"]},
)
FIRST_RULE = Given(
    RULE,
    {"type": "ingress", "securityGroupId": U, **WEB, "cidrBlocks": ["10.0.0.0/8"]},
    "first",
    {"securityGroupId": ["group"]},
)

EXAMPLES = {
    "s3-public-block": Examples(
        passes=(
            case("through the policy, after creation", KNOWN, TLS, Given(BLOCK, {"bucket": "b-1", **ON}, "block", {"bucket": ["tls"]})),
            case("through the policy, by the bucket's own name", Given("aws:s3/bucket:Bucket", {"bucket": "b"}, "bucket"), TLS, Given(BLOCK, {"bucket": "b", **ON}, "block", {"bucket": ["tls"]})),
            case("the bucket itself beside the policy", bucket(), TLS, block("bucket", "tls")),
        ),
        fails=(
            case("after creation, a switch is off", KNOWN, TLS, Given(BLOCK, {"bucket": "b-1", **ON, "blockPublicAcls": False}, "block", {"bucket": ["tls"]})),
            case("after creation, of another bucket", KNOWN, TLS, Given(BLOCK, {"bucket": "b-9", **ON}, "block", {"bucket": ["tls"]})),
            case("the other bucket's", bucket(), OTHER, BLOCK_OF_OTHER),
            case("a switch is off", bucket(), TLS, block("bucket", "tls", restrictPublicBuckets=False)),
        ),
        unknown=(
            case("through the policy", bucket(), TLS, block("tls")),
            case("through versioning", bucket(), VERSIONS, block("versions")),
            case("through two resources", bucket(), TLS, through(VERSIONS, "tls"), block("versions")),
            case("through a resource of any type", bucket(), Given("acme:index:Naming", {"of": U}, "naming", {"of": ["bucket"]}), block("naming")),
            case("from nowhere that is known", bucket(), block()),
            case("from a stack of others", bucket(), Given("pulumi:pulumi:StackReference", {"name": "acme/base"}, "base"), block("base")),
            case("through a component", Given("acme:index:Store", {}, "store"), Given("aws:s3/bucket:Bucket", {}, "bucket", parent="store"), block("store")),
        ),
        both=(
            case("one through the policy, one without", bucket(), OTHER, TLS, block("tls")),
            case("one of another with a switch off", bucket(), OTHER, TLS, block("tls"), block("other", name="second", blockPublicPolicy=False)),
        ),
    ),
    "s3-tls-kms": Examples(
        fails=(case("versions of another bucket", bucket(), TLS, KMS, OTHER, through(VERSIONS, "other"), through(Given(TLS.type, TLS.props, "tls-2"), "other"), through(Given(KMS.type, KMS.props, "kms-2"), "other")),),
        unknown=(
            case("versions through the policy", bucket(), TLS, KMS, through(VERSIONS, "tls")),
            case("encryption through versioning", bucket(), TLS, through(KMS, "versions"), VERSIONS),
            case("the policy through encryption", bucket(), through(TLS, "kms"), KMS, VERSIONS),
            case("all in a row", bucket(), TLS, through(KMS, "tls"), through(VERSIONS, "kms")),
        ),
    ),
    "node-public-subnet": Examples(
        passes=(case("a private subnet beside its association", VPC, PRIVATE, table(), association("private"), nodes("private")),),
        fails=(case("a public subnet beside its association", *ROUTED, nodes("subnet", "subnet-table", value=[U])),),
        unknown=(
            case("a subnet through its association", *ROUTED, VIA_ASSOCIATION),
            case("a gateway through its attachment", VPC, GATEWAY, ATTACHMENT, subnet(), table(), route("attachment"), association(), nodes("subnet")),
            case("a route's table through the association", VPC, GATEWAY, subnet(), table(), association(), route(at="subnet-table"), nodes("subnet")),
            case("an association's subnet through another resource", VPC, GATEWAY, subnet(), Given("aws:ec2/natGateway:NatGateway", {"subnetId": U}, "nat", {"subnetId": ["subnet"]}), table(), route(at="vpc"), Given("aws:ec2/routeTableAssociation:RouteTableAssociation", {"subnetId": U, "routeTableId": U}, "association", {"subnetId": ["nat"], "routeTableId": ["table"]}), nodes("subnet")),
            case("an instance whose role is known through its policy", *ROUTED, role(), attached("arn:aws:iam::aws:policy/AmazonEKSWorkerNodePolicy"), Given(PROFILE.type, {"name": "profile-1", "role": U}, "profile", {"role": ["attached"]}), instance(profile="profile")),
            case("an attachment whose role is known through the profile", *ROUTED, role(), PROFILE, Given("aws:iam/rolePolicyAttachment:RolePolicyAttachment", {"role": U, "policyArn": "arn:aws:iam::aws:policy/AmazonEKS_CNI_Policy"}, "attached", {"role": ["profile"]}), instance(profile="profile")),
        ),
    ),
    "node-web-ingress": Examples(
        passes=(case("a closed rule through another", MACHINE, GROUP_OF_NODE, FIRST_RULE, Given(RULE, {"type": "ingress", "securityGroupId": U, **WEB, "cidrBlocks": ["10.0.0.0/8"]}, "second", {"securityGroupId": ["first"]})),),
        fails=(case("both named", MACHINE, GROUP_OF_NODE, FIRST_RULE, Given(INGRESS, {"securityGroupId": U, "cidrIpv4": "0.0.0.0/0", "ipProtocol": "-1"}, "second", {"securityGroupId": ["group", "first"]})),),
        unknown=(
            case("a rule's group through another rule", MACHINE, GROUP_OF_NODE, FIRST_RULE, Given(RULE, {"type": "ingress", "securityGroupId": U, **WEB}, "second", {"securityGroupId": ["first"]})),
            case("a node's group through its rule", Given(GROUP, {"ingress": [WEB]}, "group"), FIRST_RULE, Given("aws:ec2/instance:Instance", {"vpcSecurityGroupIds": [U], "tags": {"kubernetes.io/cluster/llm": "owned"}}, "machine", {"vpcSecurityGroupIds": ["first"]})),
        ),
    ),
    "iam-role-conflict": Examples(
        passes=(case("nothing inside", role(), PROFILE, Given("aws:iam/rolePolicyAttachment:RolePolicyAttachment", {"role": U}, "attached", {"role": ["profile"]})),),
        unknown=(case("a role through its profile", role(managedPolicyArns=["arn:aws:iam::aws:policy/ReadOnlyAccess"]), PROFILE, Given("aws:iam/rolePolicyAttachment:RolePolicyAttachment", {"role": U}, "attached", {"role": ["profile"]})),),
    ),
    "vpc-flow-logs": Examples(
        fails=(case("of another VPC", VPC, Given("aws:ec2/vpc:Vpc", {}, "second"), Given("aws:ec2/flowLog:FlowLog", {"vpcId": U}, "log", {"vpcId": ["second"]})),),
        unknown=(case("through the gateway", VPC, GATEWAY, Given("aws:ec2/flowLog:FlowLog", {"vpcId": U}, "log", {"vpcId": ["igw"]})),),
    ),
}  # fmt: skip

"""Karpenter's node classes: AMIs, metadata, disks, and the queue and role beside them."""

from typing import Any

from tests.policies.examples import Examples
from tests.policies.examples.iam import allow, document
from tests.policies.judging import Case, Given, U, case

CLASS = "kubernetes:karpenter.k8s.aws/v1:EC2NodeClass"
BETA = "kubernetes:karpenter.k8s.aws/v1beta1:EC2NodeClass"
OTHER = Given("aws:s3/bucket:Bucket", {"bucket": "b"})
QUEUE_POLICY, QUEUE, TOPIC_POLICY = (
    "aws:sqs/queuePolicy:QueuePolicy",
    "aws:sqs/queue:Queue",
    "aws:sns/topicPolicy:TopicPolicy",
)
TEMPLATE, INSTANCE = "aws:ec2/launchTemplate:LaunchTemplate", "aws:ec2/instance:Instance"
NODE_ROLE = "arn:aws:iam::123456789012:role/node"
POLICY = "aws:iam/policy:Policy"


def one(note: str, kind: str = CLASS, **spec: Any) -> Case:
    return case(note, Given(kind, {"spec": spec}))


def amis(note: str, *terms: Any, kind: str = CLASS) -> Case:
    return one(note, kind, amiSelectorTerms=list(terms))


def options(note: str, kind: str = CLASS, **given: Any) -> Case:
    return one(note, kind, metadataOptions=given)


def machine(note: str, **given: Any) -> Case:
    """A launch template that nothing here uses, and so may be one for nodes."""
    return case(note, Given(TEMPLATE, {"metadataOptions": given}))


def policy(note: str, kind: str, *statements: Any) -> Case:
    return case(note, Given(kind, {"policy": document(*statements)}))


def passed(note: str, action: str = "iam:PassRole", resource: str = NODE_ROLE, **more: Any) -> Case:
    return policy(note, POLICY, allow(action, resource, **more))


SEND = ("sqs:SendMessage", "arn:aws:sqs:us-east-1:123456789012:llm")
TLS = {
    "Effect": "Deny",
    "Principal": "*",
    "Action": "sqs:*",
    "Resource": "*",
    "Condition": {"Bool": {"aws:SecureTransport": "false"}},
}

EXAMPLES = {
    "nodeclass-ami-pinned": Examples(
        passes=(
            amis("a dated alias", {"alias": "al2023@v20260120"}),
            amis("a version of Bottlerocket", {"alias": "bottlerocket@v1.44.0"}),
            amis("an id", {"id": "ami-0123456789abcdef0"}),
            amis("a name", {"name": "llm-node-2026-11-01", "owner": "self"}),
            amis("tags of one's own", {"tags": {"release": "v12"}, "owner": "123456789012"}),
            amis("a parameter of one AMI", {"ssmParameter": "/aws/service/eks/optimized-ami/1.35/amazon-linux-2023/x86_64/standard/amazon-eks-node-al2023-x86_64-standard-1.35-v20260120/image_id"}),
            amis("former version", {"id": "ami-1"}, kind=BETA),
            one("a patch of other parts", f"{CLASS}Patch", tags={"a": "b"}),
        ),
        fails=(
            amis("latest", {"alias": "al2023@latest"}),
            amis("latest of Bottlerocket", {"alias": "bottlerocket@latest"}),
            amis("capital letters", {"alias": "al2023@LATEST"}),
            amis("no version", {"alias": "al2023"}),
            amis("any name", {"name": "*"}),
            amis("a pattern of names", {"name": "amazon-eks-node-al2023-*", "owner": "amazon"}),
            amis("tags without an owner", {"tags": {"release": "v12"}}),
            amis("any value of a tag", {"tags": {"release": "*"}, "owner": "self"}),
            amis("the second term", {"id": "ami-1"}, {"name": "llm-*"}),
            amis("only an owner", {"owner": "self"}),
            amis("AWS's moving parameter", {"ssmParameter": "/aws/service/eks/optimized-ami/1.35/amazon-linux-2023/x86_64/standard/recommended/image_id"}),
            one("no terms"),
            one("no terms, former version", BETA, amiFamily="AL2"),
            amis("a patch", {"alias": "al2023@latest"}, kind=f"{CLASS}Patch"),
        ),
        unknown=(
            one("terms", amiSelectorTerms=U),
            amis("a term", U),
            amis("alias", {"alias": U}),
            amis("owner", {"tags": {"release": "v12"}, "owner": U}),
            case("spec", Given(CLASS, {"spec": U})),
        ),
        both=(amis("one of two", {"alias": "al2023@latest"}, {"id": U}),),
        other=OTHER,
    ),
    "node-imds-hops": Examples(
        passes=(
            options("one", httpPutResponseHopLimit=1.0),
            one("Karpenter's default"),
            options("default among others", httpTokens="required"),
            options("switched off", httpEndpoint="disabled", httpPutResponseHopLimit=2.0),
            options("former version", BETA, httpPutResponseHopLimit=1.0),
            machine("launch template, one", httpPutResponseHopLimit=1.0),
            machine("launch template, switched off", httpEndpoint="disabled", httpPutResponseHopLimit=2.0),
            machine("launch template, not given", httpTokens="required"),
            case("machine of containers of another kind", Given(INSTANCE, {"userData": "echo ECS_CLUSTER=a", "metadataOptions": {"httpPutResponseHopLimit": 2.0}})),
        ),
        fails=(
            machine("launch template, two", httpPutResponseHopLimit=2.0),
            case("launch template as a list of blocks", Given(TEMPLATE, {"metadataOptions": [{"httpPutResponseHopLimit": 2.0}]})),
            case("instance that starts a kubelet", Given(INSTANCE, {"userData": "/etc/eks/bootstrap.sh llm", "metadataOptions": {"httpPutResponseHopLimit": 64.0}})),
            case("launch configuration", Given("aws:ec2/launchConfiguration:LaunchConfiguration", {"metadataOptions": {"httpPutResponseHopLimit": 2.0}})),
            options("two", httpPutResponseHopLimit=2.0),
            options("text", httpPutResponseHopLimit="3"),
            one("default of the former version", BETA),
            options("default among others, former version", BETA, httpTokens="required"),
        ),
        unknown=(one("options", metadataOptions=U), options("limit", httpPutResponseHopLimit=U), machine("limit of a launch template", httpPutResponseHopLimit=U),
            case("instance that may be a node", Given(INSTANCE, {"userData": U, "metadataOptions": {"httpPutResponseHopLimit": 2.0}}))),
        other=OTHER,
    ),
    "node-imdsv2": Examples(
        passes=(options("Karpenter's default among others", httpPutResponseHopLimit=1.0), options("switched off", httpEndpoint="disabled", httpTokens="optional")),
        fails=(options("former version", BETA, httpTokens="optional"),),
        unknown=(options("tokens of Karpenter", httpTokens=U),),
    ),
    "s3-policy-public": Examples(
        passes=(
            policy("a queue for events", QUEUE_POLICY, allow(*SEND, Principal={"Service": ["events.amazonaws.com", "sqs.amazonaws.com"]}), TLS),
            policy("a queue for one rule", QUEUE_POLICY, allow(*SEND, Principal="*", Condition={"ArnEquals": {"aws:SourceArn": "arn:aws:events:us-east-1:123456789012:rule/llm"}})),
        ),
        fails=(
            policy("a queue for everybody", QUEUE_POLICY, allow(*SEND, Principal="*")),
            policy("a queue for every account", QUEUE_POLICY, allow(*SEND, Principal={"AWS": "*"})),
            policy("a queue's own policy", QUEUE, allow(*SEND, Principal="*")),
            policy("a queue over TLS for everybody", QUEUE_POLICY, allow(*SEND, Principal="*", Condition={"Bool": {"aws:SecureTransport": "true"}})),
            policy("a queue for any source", QUEUE_POLICY, allow(*SEND, Principal="*", Condition={"ArnLike": {"aws:SourceArn": "*"}})),
            policy("a topic for everybody", TOPIC_POLICY, allow("sns:Publish", "*", Principal="*")),
        ),
        unknown=(policy("who sends to a queue", QUEUE_POLICY, allow(*SEND, Principal={"Service": U})),),
    ),
    "iam-pass-role": Examples(
        passes=(
            passed("to EC2", Condition={"StringEquals": {"iam:PassedToService": "ec2.amazonaws.com"}}),
            passed("any case", Condition={"stringlike": {"iam:passedtoservice": ["ec2.amazonaws.com", "ec2.amazonaws.com.cn"]}}),
            passed("to one resource", Condition={"ArnLike": {"iam:AssociatedResourceARN": "arn:aws:ec2:us-east-1:123456789012:instance/*"}}),
            passed("to a service of any partition", Condition={"StringLike": {"iam:PassedToService": "ec2.amazonaws.com*"}}),
            passed("another action", "iam:GetRole"),
            passed("every action is the business of another rule", "iam:*"),
        ),
        fails=(
            passed("one role"),
            passed("every role", resource="*"),
            passed("a pattern", "iam:Pass*"),
            passed("another case", "IAM:passrole"),
            passed("any service", Condition={"StringLike": {"iam:PassedToService": "*"}}),
            passed("any service, with its domain", Condition={"StringLike": {"iam:PassedToService": "*.amazonaws.com"}}),
            passed("many services", Condition={"StringLike": {"iam:PassedToService": ["ec2.amazonaws.com", "ec*.amazonaws.com"]}}),
            passed("any resource", Condition={"ArnLike": {"iam:AssociatedResourceArn": "arn:aws:*:*:*:*"}}),
            passed("any but one", Condition={"StringNotEquals": {"iam:PassedToService": "lambda.amazonaws.com"}}),
            passed("where there is one", Condition={"StringEqualsIfExists": {"iam:PassedToService": "ec2.amazonaws.com"}}),
            passed("another condition", Condition={"StringEquals": {"aws:RequestedRegion": "us-east-1"}}),
        ),
        unknown=(
            passed("service", Condition={"StringEquals": {"iam:PassedToService": U}}),
            passed("condition", Condition=U),
            passed("action", U),
            case("document", Given(POLICY, {"policy": U})),
        ),
        other=OTHER,
    ),
}  # fmt: skip

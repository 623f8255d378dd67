"""What AWS refuses: bad inputs, wrong order, and the words it says it in."""

import json
from concurrent.futures import ThreadPoolExecutor

import pytest

from rehearsal.aws.client import AwsClient, AwsError
from rehearsal.aws.functions import FUNCTIONS
from rehearsal.aws.provider import AwsProvider
from rehearsal.plugins.errors import ProviderError, UnknownTypeError
from rehearsal.plugins.provider import Resource
from rehearsal.plugins.wire import UNKNOWN

from .conftest import make_sandbox
from .scene import TRUST, Scene, policy, queue_policy

NODES = {
    "clusterName": "c",
    "nodeRoleArn": "arn:aws:iam::123456789012:role/r",
    "subnetIds": ["subnet-1"],
    "scalingConfig": {"minSize": 0, "desiredSize": 1, "maxSize": 2},
}

TABLE = {"name": "keys", "billingMode": "PAY_PER_REQUEST", "hashKey": "pk", "attributes": [{"name": "pk", "type": "S"}]}
ALARM = {
    "namespace": "AWS/SQS",
    "metricName": "ApproximateAgeOfOldestMessage",
    "statistic": "Maximum",
    "period": 60,
    "evaluationPeriods": 1,
    "threshold": 60,
    "comparisonOperator": "GreaterThanThreshold",
}
QUERIES = {key: value for key, value in ALARM.items() if key not in {"namespace", "metricName", "statistic", "period"}}
DELIVERY = {"destination": "extended_s3", "extendedS3Configuration": {"bucketArn": "b", "roleArn": "r"}}


def delivery_to(**changes):
    return {**DELIVERY, "extendedS3Configuration": {**DELIVERY["extendedS3Configuration"], **changes}}


BAD = [
    (
        "aws:ecr/pullThroughCacheRule:PullThroughCacheRule",
        {"ecrRepositoryPrefix": "llm-dev/docker-hub", "upstreamRegistryUrl": "registry-1.docker.io"},
        "credentialArn: is needed for registry-1.docker.io",
    ),
    (
        "aws:ecr/pullThroughCacheRule:PullThroughCacheRule",
        {"ecrRepositoryPrefix": "llm-dev/nvidia", "upstreamRegistryUrl": "nvcr.io"},
        "upstreamRegistryUrl: nvcr.io is not one of",
    ),
    (
        "aws:ecr/pullThroughCacheRule:PullThroughCacheRule",
        {"ecrRepositoryPrefix": "llm-a-very-long-stack/ecr-public", "upstreamRegistryUrl": "public.ecr.aws"},
        "is not a prefix of repositories of at most 30 characters",
    ),
    (
        "aws:ecr/pullThroughCacheRule:PullThroughCacheRule",
        {
            "ecrRepositoryPrefix": "llm-dev/ghcr",
            "upstreamRegistryUrl": "ghcr.io",
            "credentialArn": "arn:aws:secretsmanager:us-east-1:123456789012:secret:ghcr-AbCdEf",
        },
        "is not a secret whose name begins with ecr-pullthroughcache/",
    ),
    (
        "aws:ecr/repositoryCreationTemplate:RepositoryCreationTemplate",
        {"prefix": "llm-dev/ghcr", "appliedFors": ["PULL_THROUGH_CACHE"], "resourceTags": {"stack": "dev"}},
        "customRoleArn: is needed for resourceTags",
    ),
    (
        "aws:cloudwatch/metricAlarm:MetricAlarm",
        {**ALARM, "treatMissingData": "ok"},
        "treatMissingData: ok is not one of breaching, notBreaching",
    ),
    (
        "aws:cloudwatch/metricAlarm:MetricAlarm",
        {**ALARM, "comparisonOperator": ">"},
        "comparisonOperator: > is not one of",
    ),
    ("aws:cloudwatch/metricAlarm:MetricAlarm", {**ALARM, "alarmActions": ["a"] * 6}, "an alarm has 5 at most"),
    ("aws:cloudwatch/metricAlarm:MetricAlarm", {**ALARM, "period": 90}, "period: 90 is not a multiple of 60"),
    ("aws:cloudwatch/metricAlarm:MetricAlarm", {**ALARM, "evaluationPeriods": 1441}, "are longer than 86400 s"),
    (
        "aws:cloudwatch/metricAlarm:MetricAlarm",
        {**ALARM, "datapointsToAlarm": 2},
        "2 is more than evaluationPeriods, 1",
    ),
    (
        "aws:cloudwatch/metricAlarm:MetricAlarm",
        {**ALARM, "extendedStatistic": "p95"},
        "exactly one of statistic and extendedStatistic",
    ),
    ("aws:cloudwatch/metricAlarm:MetricAlarm", QUERIES, "metricName: needed without metricQueries"),
    (
        "aws:cloudwatch/metricAlarm:MetricAlarm",
        {**QUERIES, "metricQueries": [{"id": "a", "expression": "SEARCH('x', 'Sum')", "returnData": True}]},
        "an alarm cannot have a SEARCH expression",
    ),
    (
        "aws:cloudwatch/metricAlarm:MetricAlarm",
        {**QUERIES, "metricQueries": [{"id": "a", "expression": "1"}]},
        "metricQueries: 0 queries have returnData, not one",
    ),
    ("aws:cloudwatch/dashboard:Dashboard", {"dashboardName": "a", "dashboardBody": "{"}, "dashboardBody: is not JSON"),
    ("aws:cloudwatch/dashboard:Dashboard", {"dashboardName": "a", "dashboardBody": "{}"}, "needs widgets, 500 at most"),
    (
        "aws:cloudwatch/dashboard:Dashboard",
        {"dashboardName": "a", "dashboardBody": '{"widgets": [{"type": "chart", "properties": {}}]}'},
        "widget 0 needs properties, and a type of",
    ),
    (
        "aws:cloudwatch/dashboard:Dashboard",
        {
            "dashboardName": "a",
            "dashboardBody": '{"widgets": [{"type": "text", "x": 20, "width": 6, "properties": {}}]}',
        },
        "widget 0 is wider than the 24 columns",
    ),
    ("aws:lambda/function:Function", {"role": "r", "code": "c", "timeout": 901}, "timeout: 901 is not within 1 to 900"),
    ("aws:lambda/function:Function", {"role": "r"}, "code: one of code, imageUri and s3Bucket is needed"),
    (
        "aws:lambda/function:Function",
        {"role": "r", "code": "c", "deadLetterConfig": {"targetArn": "arn:aws:s3:::b"}},
        "deadLetterConfig.targetArn: arn:aws:s3:::b is neither a queue nor a topic",
    ),
    (
        "aws:lambda/permission:Permission",
        {"function": "f", "principal": "sns.amazonaws.com", "action": "sns:Publish"},
        "action: sns:Publish is not an action of lambda:",
    ),
    (
        "aws:budgets/budget:Budget",
        {"limitAmount": "1", "notifications": [{"threshold": 80}]},
        "notifications[0]: needs a subscriber",
    ),
    ("aws:budgets/budget:Budget", {"limitAmount": "a lot"}, "limitAmount: a lot is not an amount"),
    (
        "aws:kinesis/firehoseDeliveryStream:FirehoseDeliveryStream",
        {"destination": "splunk"},
        "destination: splunk: the rehearsal delivers to extended_s3 only",
    ),
    (
        "aws:kinesis/firehoseDeliveryStream:FirehoseDeliveryStream",
        delivery_to(bufferingInterval=901),
        "bufferingInterval: 901 is not within 0 to 900",
    ),
    (
        "aws:kinesis/firehoseDeliveryStream:FirehoseDeliveryStream",
        delivery_to(bufferingSize=5, dynamicPartitioningConfiguration={"enabled": True}),
        "bufferingSize: 5 is not within 64 to 128",
    ),
    (
        "aws:kinesis/firehoseDeliveryStream:FirehoseDeliveryStream",
        delivery_to(prefix="logs/!{timestamp:yyyy}/"),
        "errorOutputPrefix: needed with an expression in prefix",
    ),
    ("aws:dynamodb/table:Table", {**TABLE, "rangeKey": "sk"}, "attributes: no attribute is named sk, which is a key"),
    (
        "aws:dynamodb/table:Table",
        {**TABLE, "attributes": [{"name": name, "type": "S"} for name in ("pk", "ttl")]},
        "attributes: ttl is the key of no index: DynamoDB refuses it",
    ),
    ("aws:dynamodb/table:Table", {**TABLE, "name": "a b"}, "name: a b: 3 to 255 letters, digits"),
    ("aws:dynamodb/table:Table", {**TABLE, "billingMode": "PROVISIONED"}, "readCapacity: needed unless"),
    (
        "aws:s3/bucketObjectv2:BucketObjectv2",
        {"bucket": "b", "key": "k", "content": "a", "contentBase64": "YQ=="},
        "contentBase64: conflicts with content",
    ),
    (
        "aws:s3/bucketObjectv2:BucketObjectv2",
        {"bucket": "b", "key": "k", "content": "a", "tags": {f"t{n}": "x" for n in range(11)}},
        "and an S3 object has 10 at most",
    ),
    (
        "aws:route53/record:Record",
        {"zoneId": "Z", "name": "a", "type": "A", "records": ["10.0.0.1"]},
        "ttl: needed with records",
    ),
    (
        "aws:route53/record:Record",
        {"zoneId": "Z", "name": "a", "type": "A"},
        "records: exactly one of records and aliases",
    ),
    (
        "aws:ec2/vpc:Vpc",
        {"cidrBlock": "10.0.0.1/16"},
        "cidrBlock: 10.0.0.1/16 has host bits set; the network is 10.0.0.0/16",
    ),
    ("aws:ec2/vpc:Vpc", {"cidrBlock": "10.0.0.0/8"}, "cidrBlock: 10.0.0.0/8 must be between /16 and /28"),
    ("aws:ec2/vpc:Vpc", {"cidrBlock": "ten"}, "cidrBlock: ten is not a CIDR block"),
    ("aws:ec2/subnet:Subnet", {"vpcId": "v", "cidrBlock": "10.0.0.0/29"}, "must be between /16 and /28"),
    ("aws:ec2/natGateway:NatGateway", {"subnetId": "s"}, "allocationId: a public NAT gateway needs"),
    (
        "aws:ec2/route:Route",
        {"routeTableId": "r", "destinationCidrBlock": "0.0.0.0/0"},
        "exactly one target, this one has none",
    ),
    (
        "aws:ec2/vpcEndpoint:VpcEndpoint",
        {"vpcId": "v", "serviceName": "s3", "vpcEndpointType": "Interface", "routeTableIds": ["r"]},
        "routeTableIds: a Interface endpoint takes no routeTableIds",
    ),
    ("aws:ec2/securityGroup:SecurityGroup", {"name": "sg-x"}, "name: sg-x: a group's name cannot begin with sg-"),
    (
        "aws:ec2/securityGroup:SecurityGroup",
        {"ingress": [{"protocol": "tcp", "fromPort": 443, "toPort": 80, "cidrBlocks": ["10.0.0.1/8"]}]},
        "ingress[0].fromPort: ports 443 to 80 are not a range",
    ),
    (
        "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule",
        {"securityGroupId": "g", "ipProtocol": "foo", "cidrIpv4": "10.0.0.0/8"},
        "ipProtocol: foo is not a protocol",
    ),
    (
        "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule",
        {"securityGroupId": "g", "ipProtocol": "-1"},
        "exactly one of cidrIpv4",
    ),
    (
        "aws:ec2/launchTemplate:LaunchTemplate",
        {"blockDeviceMappings": [{"ebs": {"volumeType": "gp3", "throughput": 1000, "iops": 3000}}]},
        "blockDeviceMappings[0].ebs.throughput: 1000 MiB/s needs at least 4000 IOPS",
    ),
    ("aws:iam/role:Role", {"assumeRolePolicy": "{"}, "assumeRolePolicy: is not JSON"),
    ("aws:iam/role:Role", {"assumeRolePolicy": "{}"}, "assumeRolePolicy: a policy document needs a Statement"),
    ("aws:iam/role:Role", {"assumeRolePolicy": policy("s3:Get")}, "a statement of a trust policy needs Principal"),
    ("aws:iam/role:Role", {"assumeRolePolicy": TRUST, "name": "x" * 65}, "has 65 characters, 64 are allowed"),
    ("aws:iam/policy:Policy", {"policy": TRUST}, "policy: a policy for roles has no Principal"),
    ("aws:iam/policy:Policy", {"policy": policy("x" * 7000)}, "AWS allows 6144"),
    ("aws:kms/key:Key", {"deletionWindowInDays": 1}, "deletionWindowInDays: 1 is not within 7 to 30"),
    ("aws:s3/bucket:Bucket", {"bucket": "Bad_Name"}, "bucket: Bad_Name: 3 to 63 lower-case letters"),
    ("aws:s3/bucketPolicy:BucketPolicy", {"bucket": "b", "policy": policy("s3:*")}, "needs a Principal"),
    ("aws:cloudwatch/logGroup:LogGroup", {"retentionInDays": 31}, "retentionInDays: 31 is not one of"),
    ("aws:eks/cluster:Cluster", {"version": "9.99", "vpcConfig": {}}, "version: 9.99 is not one of"),
    ("aws:eks/cluster:Cluster", {"vpcConfig": {"subnetIds": ["s"]}}, "subnets in at least two zones are needed"),
    (
        "aws:eks/nodeGroup:NodeGroup",
        {**NODES, "updateConfig": {"maxUnavailable": 1, "maxUnavailablePercentage": 10}},
        "updateConfig: exactly one of maxUnavailable and maxUnavailablePercentage",
    ),
    (
        "aws:eks/nodeGroup:NodeGroup",
        {**NODES, "updateConfig": {"maxUnavailable": 1, "updateStrategy": "SURGE"}},
        "updateConfig.updateStrategy: SURGE is not one of DEFAULT, MINIMAL",
    ),
    (
        "aws:eks/nodeGroup:NodeGroup",
        {**NODES, "releaseVersion": "v20260714"},
        "releaseVersion: v20260714 is not an AMI release",
    ),
    (
        "aws:eks/nodeGroup:NodeGroup",
        {**NODES, "scalingConfig": {"minSize": 3, "desiredSize": 1, "maxSize": 2}},
        "scalingConfig.desiredSize: minSize <= desiredSize <= maxSize does not hold for [3, 1, 2]",
    ),
    (
        "aws:eks/nodeGroup:NodeGroup",
        {**NODES, "taints": [{"key": "a", "effect": "NoSchedule"}]},
        "taints[0].effect: NoSchedule",
    ),
    (
        "aws:eks/accessEntry:AccessEntry",
        {"type": "EC2_LINUX", "userName": "me"},
        "userName: an entry of type EC2_LINUX takes no userName",
    ),
    ("aws:eks/accessEntry:AccessEntry", {"type": "NODES"}, "type: NODES is not one of STANDARD, EC2"),
    ("aws:iam/serviceLinkedRole:ServiceLinkedRole", {"awsServiceName": "spot"}, "spot is not a service principal"),
    (
        "aws:sqs/queuePolicy:QueuePolicy",
        {"queueUrl": "http://q/1/mine", "policy": queue_policy("arn:aws:sqs:us-east-1:1:other", "A")},
        "policy: arn:aws:sqs:us-east-1:1:other is not queue mine",
    ),
    ("aws:cloudwatch/eventRule:EventRule", {}, "eventPattern: a rule needs eventPattern or scheduleExpression"),
    ("aws:cloudwatch/eventRule:EventRule", {"eventPattern": "{"}, "eventPattern: is not JSON"),
    (
        "aws:cloudwatch/eventRule:EventRule",
        {"eventPattern": '{"source": "aws.ec2"}'},
        "source must be a list of values or an object, not 'aws.ec2'",
    ),
    (
        "aws:cloudwatch/eventTarget:EventTarget",
        {"arn": "arn:aws:lambda:r:1:f"},
        "delivers events to SQS queues, SNS topics and log",
    ),
    ("aws:cloudwatch/eventTarget:EventTarget", {"eventBusName": "own"}, "own: the rehearsal has the default event bus"),
    (
        "aws:iam/openIdConnectProvider:OpenIdConnectProvider",
        {"url": "oidc.eks.us-east-1.amazonaws.com/id/A", "clientIdLists": []},
        "url: oidc.eks.us-east-1.amazonaws.com/id/A must begin with https://",
    ),
]


@pytest.mark.parametrize(("kind", "inputs", "reason"), BAD)
def test_bad_inputs_are_refused_in_a_preview(stack, kind, inputs, reason):
    assert any(reason in problem for problem in stack.problems(kind, inputs)), stack.problems(kind, inputs)


def test_what_is_not_known_yet_is_never_wrong(stack):
    missing = ("exactly one target", "exactly one of", "allocationId", "a rule needs", "needed without", "is needed")
    for kind, inputs, reason in BAD:
        unknown = dict.fromkeys(inputs, UNKNOWN)
        if not any(text in reason for text in missing):
            assert stack.problems(kind, unknown) == []


REPLACED = [
    ("aws:ec2/vpc:Vpc", {"cidrBlock": "10.0.0.0/16"}, {"cidrBlock": "10.1.0.0/16"}, False),
    ("aws:iam/role:Role", {"assumeRolePolicy": TRUST, "path": "/a/"}, {"path": "/b/"}, False),
    ("aws:iam/role:Role", {"assumeRolePolicy": TRUST, "name": "fixed", "path": "/a/"}, {"path": "/b/"}, True),
    ("aws:s3/bucket:Bucket", {"bucket": "one-bucket"}, {"bucket": "other-bucket"}, False),
    ("aws:eks/nodeGroup:NodeGroup", NODES, {"instanceTypes": ["g6.xlarge"]}, False),
    ("aws:eks/nodeGroup:NodeGroup", {**NODES, "nodeGroupName": "g"}, {"capacityType": "SPOT"}, True),
    (
        "aws:eks/nodeGroup:NodeGroup",
        {**NODES, "launchTemplate": {"id": "lt-1", "version": "1"}},
        {"launchTemplate": {"id": "lt-2", "version": "1"}},
        False,
    ),
]


@pytest.mark.parametrize(("kind", "inputs", "changes", "first"), REPLACED)
def test_replaced_where_aws_would(stack, kind, inputs, changes, first):
    old = stack.check(kind, "r", inputs)
    news = stack.check(kind, "r", {**inputs, **changes}, old)
    resource = Resource.of(f"urn:pulumi:dev::t::{kind}::r")
    diff = stack.provider.diff(resource, "x", old_inputs=old, old_outputs={}, news=news, ignore_changes=[])
    assert diff.replaces
    assert diff.delete_before_replace is first
    ignored = stack.provider.diff(
        resource, "x", old_inputs=old, old_outputs={}, news=news, ignore_changes=list(changes)
    )
    assert not ignored.changed


def test_a_new_version_of_a_launch_template_updates_its_node_group(stack):
    kind = "aws:eks/nodeGroup:NodeGroup"
    old = stack.check(kind, "r", {**NODES, "launchTemplate": {"id": "lt-1", "version": "1"}})
    news = stack.check(kind, "r", {**NODES, "launchTemplate": {"id": "lt-1", "version": "2"}}, old)
    resource = Resource.of(f"urn:pulumi:dev::t::{kind}::r")
    diff = stack.provider.diff(resource, "x", old_inputs=old, old_outputs={}, news=news, ignore_changes=[])
    assert diff.detailed == {"launchTemplate.version": "update"}
    assert not diff.replaces


def test_order_of_deletion(stack):
    scene = Scene(stack)
    nat = scene.nat()
    gateway = scene.gateway()
    group = scene.group("referred")
    user = stack.create(
        "aws:ec2/securityGroup:SecurityGroup",
        "user",
        vpcId=scene.vpc().id,
        ingress=[{"protocol": "tcp", "fromPort": 1, "toPort": 2, "securityGroups": [group.id]}],
    )
    for made, why in (
        (scene.eip("nat-eip"), f"in use by {nat.id}"),
        (gateway, f"{nat.id} in {scene.vpc().id} has a mapped public address"),
        (scene.subnet(), f"{nat.id} is in it"),
        (group, f"a rule of {user.id} refers to it"),
    ):
        with pytest.raises(ProviderError, match=why):
            made.delete()
    nat.delete()
    scene.subnet().delete()
    with pytest.raises(ProviderError, match=f"{gateway.id} is attached"):
        scene.vpc().delete()


def test_a_protected_cluster_stays(stack):
    scene = Scene(stack)
    cluster = scene.cluster()
    inputs = {key: value for key, value in cluster.inputs.items() if key not in {"name", "__defaults"}}
    cluster.update(**inputs, deletionProtection=True)
    with pytest.raises(ProviderError, match="has deletion protection; set deletionProtection to false"):
        cluster.delete()
    cluster.update(**inputs, deletionProtection=False)


def test_moto_and_our_own_looks_refuse_bad_references(stack):
    scene = Scene(stack)
    nodes = {"clusterName": scene.cluster().id, "nodeRoleArn": scene.role()["arn"], "subnetIds": [scene.subnet().id]}
    nodes["scalingConfig"] = {"minSize": 0, "desiredSize": 0, "maxSize": 1}
    for kind, inputs, why in (
        (
            "aws:ec2/subnet:Subnet",
            {"vpcId": "vpc-123", "cidrBlock": "10.0.0.0/24"},
            "CreateSubnet: InvalidVpcID.NotFound",
        ),
        (
            "aws:ec2/route:Route",
            {"routeTableId": scene.table().id, "destinationCidrBlock": "0.0.0.0/0", "natGatewayId": "nat-1"},
            "InvalidNatGatewayID.NotFound: The NatGateway ID 'nat-1' does not exist",
        ),
        (
            "aws:eks/nodeGroup:NodeGroup",
            {**nodes, "instanceTypes": ["g9.huge"]},
            "instance type g9.huge is not offered in us-east-1a",
        ),
        (
            "aws:eks/nodeGroup:NodeGroup",
            {**nodes, "version": "1.35", "releaseVersion": "1.34.9-20260714"},
            "Requested release version 1.34.9-20260714 is not valid for kubernetes version 1.35",
        ),
        (
            "aws:eks/nodeGroup:NodeGroup",
            {**nodes, "launchTemplate": {"id": "lt-0123456789abcdef0", "version": "1"}},
            "InvalidLaunchTemplateId",
        ),
        (
            "aws:eks/addon:Addon",
            {"clusterName": "none", "addonName": "coredns"},
            "ResourceNotFoundException: no cluster none",
        ),
        (
            "aws:ec2/vpc:Vpc",
            {"cidrBlock": "10.0.0.0/16", "colour": "red"},
            "Vpc.colour: the rehearsal does not know this input",
        ),
    ):
        with pytest.raises(ProviderError, match=why) as error:
            stack.create(kind, "bad", **inputs)
        assert "\n" not in str(error.value)


def test_a_node_group_goes_forward_and_never_back(stack):
    scene = Scene(stack)
    nodes = {"clusterName": scene.cluster().id, "nodeRoleArn": scene.role()["arn"], "subnetIds": [scene.subnet().id]}
    nodes["scalingConfig"] = {"minSize": 0, "desiredSize": 0, "maxSize": 1}
    kind = "aws:eks/nodeGroup:NodeGroup"
    group = stack.create(kind, "g", **nodes, version="1.34", releaseVersion="1.34.9-20260714")
    # An upgrade that says no release leaves the old one in the inputs, and does not send it.
    group.update(**nodes, version="1.35", releaseVersion="1.34.9-20260714")
    group.update(**nodes, version="1.35", releaseVersion="1.35.7-20260901")
    with pytest.raises(ProviderError, match="cannot be rolled back"):
        group.update(**nodes, version="1.35", releaseVersion="1.35.6-20260714")
    with pytest.raises(ProviderError, match="not valid for kubernetes version"):
        group.update(**nodes, version="1.35", releaseVersion="1.36.2-20261001")


def test_unknown_types_and_functions_are_refused_by_name(stack):
    with pytest.raises(UnknownTypeError, match="has no aws:rds/instance:Instance"):
        stack.check("aws:rds/instance:Instance", "x", {})
    with pytest.raises(UnknownTypeError, match="has no aws:ec2/getAmi:getAmi"):
        stack.provider.invoke("aws:ec2/getAmi:getAmi", {})


def test_a_sandbox_that_is_gone_is_no_resource_that_is_gone(stack, tmp_path, monkeypatch):
    vpc = Scene(stack).vpc()
    monkeypatch.setattr("rehearsal.aws.client._RESTART_SECONDS", 0.3)
    elsewhere = AwsProvider(make_sandbox(tmp_path))
    with pytest.raises(ProviderError, match=r"nothing answers at http://127\.0\.0\.1:"):
        elsewhere.read(vpc.resource, vpc.id, vpc.inputs, vpc.outputs)


def test_what_moto_lacks_is_no_resource_that_is_gone(sandbox):
    with pytest.raises(AwsError, match="moto has no eks ListAddons") as error:
        AwsClient(sandbox).call("eks", "us-east-1", "list_addons", {"clusterName": "c"})
    assert not error.value.not_found


def test_sixteen_at_once(stack):
    with ThreadPoolExecutor(16) as pool:
        made = list(
            pool.map(
                lambda index: stack.create("aws:ec2/vpc:Vpc", f"v{index}", cidrBlock=f"10.{index}.0.0/16"), range(32)
            )
        )
    assert len({item.id for item in made}) == 32


def test_functions(stack):
    scene = Scene(stack)
    args = {
        "aws:ssm/getParameter:getParameter": {
            "name": "/aws/service/eks/optimized-ami/1.35/amazon-linux-2023/x86_64/standard/recommended/image_id"
        },
        "aws:eks/getAddonVersion:getAddonVersion": {"addonName": "vpc-cni", "kubernetesVersion": "1.35"},
        "aws:eks/getCluster:getCluster": {"name": scene.cluster().id},
        "aws:ec2/getVpc:getVpc": {"id": scene.vpc().id},
        "aws:ec2/getSubnets:getSubnets": {"filters": [{"name": "vpc-id", "values": [scene.vpc().id]}]},
        "aws:ec2/getSubnet:getSubnet": {"id": scene.subnet().id},
        "aws:ec2/getInstanceType:getInstanceType": {"instanceType": "g5.2xlarge"},
        "aws:iam/getRole:getRole": {"name": scene.role().id},
        "aws:index/getServicePrincipal:getServicePrincipal": {"serviceName": "ec2"},
        "aws:iam/getPolicyDocument:getPolicyDocument": {
            "statements": [
                {
                    "actions": ["sts:AssumeRole"],
                    "principals": [{"type": "Service", "identifiers": ["ec2.amazonaws.com"]}],
                    "conditions": [{"test": "StringEquals", "variable": "a", "values": ["b"]}],
                }
            ]
        },
    }
    answers = {token: stack.provider.invoke(token, args.get(token, {})) for token in FUNCTIONS}
    assert answers["aws:index/getCallerIdentity:getCallerIdentity"]["accountId"] == "123456789012"
    assert answers["aws:index/getPartition:getPartition"]["partition"] == "aws"
    assert answers["aws:index/getRegion:getRegion"]["name"] == "us-east-1"
    assert answers["aws:index/getAvailabilityZones:getAvailabilityZones"]["names"][:2] == ["us-east-1a", "us-east-1b"]
    assert len(answers["aws:ec2/getSubnets:getSubnets"]["ids"]) == 2
    assert answers["aws:ec2/getInstanceType:getInstanceType"]["gpuses"][0]["name"] == "A10G"
    assert answers["aws:ssm/getParameter:getParameter"]["value"].startswith("ami-")
    assert json.loads(answers["aws:iam/getPolicyDocument:getPolicyDocument"]["json"])["Statement"] == [
        {
            "Effect": "Allow",
            "Action": "sts:AssumeRole",
            "Principal": {"Service": "ec2.amazonaws.com"},
            "Condition": {"StringEquals": {"a": "b"}},
        }
    ]

"""Things that the tests stand their resources on."""

import hashlib
import json

from rehearsal.plugins.wire import Asset

TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Principal": {"Service": "eks.amazonaws.com"}, "Action": "sts:AssumeRole"}],
    }
)


def policy(action: str) -> str:
    statement = {"Effect": "Allow", "Action": [action], "Resource": ["*"]}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def bucket_policy(bucket: str, sid: str) -> str:
    statement = {
        "Sid": sid,
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": [f"arn:aws:s3:::{bucket}", f"arn:aws:s3:::{bucket}/*"],
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def queue_policy(arn: str, sid: str) -> str:
    statement = {
        "Sid": sid,
        "Effect": "Allow",
        "Principal": {"Service": ["events.amazonaws.com", "sqs.amazonaws.com"]},
        "Action": "sqs:SendMessage",
        "Resource": arn,
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def topic_policy(arn: str, sid: str, condition: dict | None = None) -> str:
    statement = {
        "Sid": sid,
        "Effect": "Allow",
        "Principal": {"Service": "events.amazonaws.com"},
        "Action": "sns:Publish",
        "Resource": arn,
    }
    return json.dumps(
        {"Version": "2012-10-17", "Statement": [statement | ({"Condition": condition} if condition else {})]}
    )


def asset(text: str) -> Asset:
    return Asset(archive=False, fields={"text": text, "hash": hashlib.sha256(text.encode()).hexdigest()})


def archive(files: dict[str, str]) -> Asset:
    return Asset(
        archive=True, fields={"assets": {name: asset(text) for name, text in files.items()}, "hash": str(files)}
    )


def dashboard(title: str) -> str:
    widget = {"type": "text", "x": 0, "y": 0, "width": 24, "height": 2, "properties": {"markdown": title}}
    return json.dumps({"widgets": [widget]})


def delivery(scene, seconds: int) -> dict:
    return {
        "roleArn": scene.role()["arn"],
        "bucketArn": scene.bucket()["arn"],
        "prefix": "logs/responses/",
        "errorOutputPrefix": "logs/errors/",
        "bufferingInterval": seconds,
        "bufferingSize": 64,
        "compressionFormat": "GZIP",
        "kmsKeyArn": scene.key()["arn"],
    }


class Scene:
    """Things that a case may stand on, made when first asked for."""

    def __init__(self, stack):
        self.stack = stack

    def vpc(self):
        return self.once("aws:ec2/vpc:Vpc", "vpc", cidrBlock="10.0.0.0/16")

    def subnet(self, zone="a", block="10.0.1.0/24"):
        inputs = {"vpcId": self.vpc().id, "cidrBlock": block, "availabilityZone": f"us-east-1{zone}"}
        return self.once("aws:ec2/subnet:Subnet", f"subnet-{zone}", **inputs)

    def once(self, kind, name, /, **inputs):
        for made in self.stack.made:
            if made.resource.type == kind and made.resource.name == name:
                return made
        return self.stack.create(kind, name, **inputs)

    def eip(self, name="eip"):
        return self.once("aws:ec2/eip:Eip", name, domain="vpc")

    def nat(self, name="nat"):
        return self.once(
            "aws:ec2/natGateway:NatGateway", name, subnetId=self.subnet().id, allocationId=self.eip(f"{name}-eip").id
        )

    def table(self, name="table"):
        return self.once("aws:ec2/routeTable:RouteTable", name, vpcId=self.vpc().id)

    def gateway(self):
        return self.once("aws:ec2/internetGateway:InternetGateway", "igw", vpcId=self.vpc().id)

    def group(self, name="group"):
        return self.once("aws:ec2/securityGroup:SecurityGroup", name, vpcId=self.vpc().id, description="d")

    def role(self, name="role"):
        return self.once("aws:iam/role:Role", name, assumeRolePolicy=TRUST)

    def key(self):
        return self.once("aws:kms/key:Key", "key", enableKeyRotation=True)

    def bucket(self, name="bucket"):
        return self.once("aws:s3/bucket:Bucket", name, forceDestroy=True)

    def queue(self, name="queue"):
        return self.once("aws:sqs/queue:Queue", name, messageRetentionSeconds=300)

    def topic(self, name="topic"):
        return self.once("aws:sns/topic:Topic", name)

    def function(self):
        return self.once(
            "aws:lambda/function:Function",
            "function",
            role=self.role()["arn"],
            runtime="python3.13",
            handler="chat.handler",
            code=archive({"chat.py": "a = 1"}),
        )

    def event_rule(self, name="rule", pattern='{"source": ["aws.ec2"]}'):
        return self.once("aws:cloudwatch/eventRule:EventRule", name, eventPattern=pattern)

    def log_group(self):
        return self.once("aws:cloudwatch/logGroup:LogGroup", "logs", retentionInDays=7)

    def template(self):
        return self.once("aws:ec2/launchTemplate:LaunchTemplate", "template")

    def cluster(self):
        subnets = [self.subnet().id, self.subnet("b", "10.0.2.0/24").id]
        return self.once(
            "aws:eks/cluster:Cluster",
            "cluster",
            roleArn=self.role()["arn"],
            version="1.35",
            vpcConfig={"subnetIds": subnets, "endpointPrivateAccess": True},
            accessConfig={"authenticationMode": "API"},
        )

    def secret(self):
        return self.once("aws:secretsmanager/secret:Secret", "secret", recoveryWindowInDays=0)

    def aws(self, service):
        return self.stack.provider._aws.client(service, "us-east-1")

    def certificate(self):
        return self.once(
            "aws:acm/certificate:Certificate", "cert", domainName="llm.example.com", validationMethod="DNS"
        )

    def zone(self):
        """A hosted zone, which no stack makes."""
        found = self.aws("route53").list_hosted_zones()["HostedZones"]
        if not found:
            self.aws("route53").create_hosted_zone(Name="example.com", CallerReference="once")
            return self.zone()
        return found[0]["Id"].rpartition("/")[2]

    def validation_record(self):
        (option,) = self.certificate()["domainValidationOptions"]
        return self.once(
            "aws:route53/record:Record",
            "validation",
            zoneId=self.zone(),
            name=option["resourceRecordName"],
            type=option["resourceRecordType"],
            ttl=60,
            records=[option["resourceRecordValue"]],
        )


def logs_bucket(scene):
    bucket = scene.bucket("target")
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "logging.s3.amazonaws.com"},
        "Action": "s3:PutObject",
        "Resource": f"arn:aws:s3:::{bucket.id}/*",
    }
    text = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    scene.once("aws:s3/bucketPolicy:BucketPolicy", "logs", bucket=bucket.id, policy=text)
    return bucket

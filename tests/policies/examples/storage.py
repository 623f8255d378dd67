"""Storage, identities, cost."""

import json
from typing import Any

from tests.policies.examples import Examples
from tests.policies.examples.iam import ROLE, allow, document
from tests.policies.judging import Case, Given, U, case

OTHER = Given("aws:ec2/eip:Eip", {"domain": "vpc"})
ON = dict.fromkeys(("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets"), True)


def bucket(**props: Any) -> Given:
    return Given("aws:s3/bucket:Bucket", props, "bucket")


def of_bucket(kind: str, name: str, **props: Any) -> Given:
    return Given(f"aws:s3/{kind[0].lower()}{kind[1:]}:{kind}", {"bucket": U, **props}, name, {"bucket": ["bucket"]})


def block(**props: Any) -> Given:
    return of_bucket("BucketPublicAccessBlock", "block", **props)


def one(note: str, type_: str, config: dict[str, Any] | None = None, **props: Any) -> Case:
    return case(note, Given(type_, props), **(config or {}))


TLS = of_bucket("BucketPolicy", "tls", policy=json.dumps(document({"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "*", "Condition": {"Bool": {"aws:SecureTransport": "false"}}})))  # fmt: skip
KMS = of_bucket("BucketServerSideEncryptionConfiguration", "kms", rules=[{"applyServerSideEncryptionByDefault": {"sseAlgorithm": "aws:kms"}}])  # fmt: skip
VERSIONS = of_bucket("BucketVersioning", "versions", versioningConfiguration={"status": "Enabled"})
BUCKET_POLICY = "aws:s3/bucketPolicy:BucketPolicy"
CLASS = "kubernetes:storage.k8s.io/v1:StorageClass"
KEY, REPOSITORY, EFS = "aws:kms/key:Key", "aws:ecr/repository:Repository", "aws:efs/fileSystem:FileSystem"
PERMISSION = "aws:lambda/permission:Permission"
EVENTS = "aws:cloudwatch/eventPermission:EventPermission"
IMAGE = "aws:ec2/amiLaunchPermission:AmiLaunchPermission"
POOL = "aws:eks/nodeGroup:NodeGroup"
NODE_POOL = "kubernetes:karpenter.sh/v1:NodePool"
ATTACHED = Given("aws:iam/rolePolicyAttachment:RolePolicyAttachment", {"role": U}, "attached", {"role": ["role"]})


def attachments(note: str, **props: Any) -> Case:
    return case(note, Given(ROLE, props, "role"), ATTACHED)


def resource_policy(note: str, *statements: Any, type_: str = BUCKET_POLICY) -> Case:
    return one(note, type_, policy=document(*statements))


EXAMPLES = {
    "s3-public-block": Examples(
        passes=(
            case("blocked", bucket(), block(**ON)),
            case("by the account", bucket(), Given("aws:s3/accountPublicAccessBlock:AccountPublicAccessBlock", ON, "account")),
            case("by id", Given("aws:s3/bucket:Bucket", {"id": "b-1"}), Given("aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock", {"bucket": "b-1", **ON}, "block")),
        ),
        fails=(case("none", bucket()), case("three of four", bucket(), block(**{**ON, "restrictPublicBuckets": False}))),
        unknown=(case("one", bucket(), block(**{**ON, "blockPublicAcls": U})),),
        other=OTHER,
    ),
    "s3-policy-public": Examples(
        passes=(
            case("TLS only", TLS),
            resource_policy("organization", allow("s3:GetObject", Principal="*", Condition={"StringEquals": {"aws:PrincipalOrgID": "o-1"}})),
            resource_policy("a network", allow("s3:GetObject", Principal="*", Condition={"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}})),
            resource_policy("a VPC endpoint", allow("s3:GetObject", Principal="*", Condition={"StringEquals": {"aws:SourceVpce": "vpce-1"}})),
            resource_policy("the key's account, by a service", allow("kms:*", "*", Principal={"AWS": "*"}, Condition={"StringEquals": {"kms:CallerAccount": "123456789012"}}), type_=KEY),
            resource_policy("a role", allow("s3:GetObject", Principal={"AWS": "arn:aws:iam::123456789012:role/x"})),
            resource_policy("account root of a key", allow("kms:*", "*", Principal={"AWS": "arn:aws:iam::123456789012:root"}), type_=KEY),
            one("a key without", KEY, policy=None),
            resource_policy("the owner, as SNS writes by default", allow("sns:Publish", "*", Principal={"AWS": "*"}, Condition={"StringEquals": {"AWS:SourceOwner": "123456789012"}}), type_="aws:sns/topicPolicy:TopicPolicy"),
            *(resource_policy(f"notifications of a bucket: {arn}", allow("sqs:SendMessage", "*", Principal="*", Condition={"ArnLike": {"aws:SourceArn": arn}}), type_="aws:sqs/queuePolicy:QueuePolicy") for arn in ("arn:aws:s3:::weights", "arn:aws:s3:*:*:weights")),
            resource_policy("mounts alone, as the console of EFS writes", allow("elasticfilesystem:ClientMount", "*", Principal={"AWS": "*"}, Condition={"Bool": {"elasticfilesystem:AccessedViaMountTarget": "true"}}), type_="aws:efs/fileSystemPolicy:FileSystemPolicy"),
            resource_policy("mounts alone, JSON's true", allow("elasticfilesystem:ClientMount", "*", Principal={"AWS": "*"}, Condition={"Bool": {"elasticfilesystem:AccessedViaMountTarget": True}}), type_="aws:efs/fileSystemPolicy:FileSystemPolicy"),
            resource_policy("access points of one account", allow("s3:*", Principal="*", Condition={"StringEquals": {"s3:DataAccessPointAccount": "123456789012"}})),
            resource_policy("an organization's services", allow("sqs:SendMessage", "*", Principal="*", Condition={"StringEquals": {"aws:SourceOrgID": "o-1"}}), type_="aws:sqs/queuePolicy:QueuePolicy"),
            one("a topic's function", PERMISSION, action="lambda:InvokeFunction", function="f", principal="sns.amazonaws.com", sourceArn="arn:aws:sns:us-east-1:123456789012:t"),
            one("an organization's function", PERMISSION, action="lambda:InvokeFunction", function="f", principal="*", principalOrgId="o-1"),
            one("an address with signatures", "aws:lambda/functionUrl:FunctionUrl", functionName="f", authorizationType="AWS_IAM"),
            one("events of an account", EVENTS, principal="123456789012", statementId="x"),
            one("events of an organization", EVENTS, principal="*", statementId="x", condition={"key": "aws:PrincipalOrgID", "type": "StringEquals", "value": "o-1"}),
            one("an image for one account", IMAGE, imageId="ami-1", accountId="123456789012"),
        ),
        fails=(
            one("a function for everybody", PERMISSION, action="lambda:InvokeFunction", function="f", principal="*"),
            one("a function's address for everybody", PERMISSION, action="lambda:InvokeFunctionUrl", function="f", principal="*", functionUrlAuthType="NONE", sourceArn=""),
            one("an address without signatures", "aws:lambda/functionUrl:FunctionUrl", functionName="f", authorizationType="NONE"),
            one("a layer for everybody", "aws:lambda/layerVersionPermission:LayerVersionPermission", layerName="l", principal="*", action="lambda:GetLayerVersion"),
            one("events of everybody", EVENTS, principal="*", statementId="x"),
            one("an image for everybody", IMAGE, imageId="ami-1", group="all"),
            one("logs of everybody", "aws:cloudwatch/logResourcePolicy:LogResourcePolicy", policyDocument=document(allow("logs:PutLogEvents", "*", Principal={"AWS": "*"}))),
            resource_policy("not by mounts", allow("elasticfilesystem:ClientMount", "*", Principal={"AWS": "*"}, Condition={"Bool": {"elasticfilesystem:AccessedViaMountTarget": "false"}}), type_="aws:efs/fileSystemPolicy:FileSystemPolicy"),
            resource_policy("any owner", allow("sns:Publish", "*", Principal="*", Condition={"StringLike": {"aws:SourceOwner": "*"}}), type_="aws:sns/topicPolicy:TopicPolicy"),
            resource_policy("everybody", allow("s3:GetObject", Principal="*")),
            resource_policy("every account", allow("ecr:*", "*", Principal={"AWS": ["*"]}), type_="aws:ecr/repositoryPolicy:RepositoryPolicy"),
            *(resource_policy(type_, allow("s3:GetObject", "*", Principal="*"), type_=type_) for type_ in ("aws:s3/bucket:Bucket", "aws:sns/topic:Topic", "aws:efs/fileSystemPolicy:FileSystemPolicy", "aws:s3/accessPoint:AccessPoint")),
            *(resource_policy(type_, allow("*", "*", Principal="*"), type_=type_) for type_ in ("aws:ses/identityPolicy:IdentityPolicy", "aws:msk/clusterPolicy:ClusterPolicy", "aws:acmpca/policy:Policy", "aws:s3/vectorsVectorBucketPolicy:VectorsVectorBucketPolicy")),
            one("a registry of packages", "aws:codeartifact/repositoryPermissionsPolicy:RepositoryPermissionsPolicy", policyDocument=document(allow("codeartifact:ReadFromRepository", "*", Principal="*"))),
            one("a registry of models", "aws:sagemaker/modelPackageGroupPolicy:ModelPackageGroupPolicy", resourcePolicy=document(allow("sagemaker:DescribeModelPackage", "*", Principal={"AWS": "*"}))),
            one("a domain of Elasticsearch", "aws:elasticsearch/domain:Domain", accessPolicies=document(allow("es:*", "*", Principal={"AWS": "*"}))),
            *(resource_policy(f"notifications of whatever bucket: {arn}", allow("sqs:SendMessage", "*", Principal="*", Condition={"ArnLike": {"aws:SourceArn": arn}}), type_="aws:sqs/queuePolicy:QueuePolicy") for arn in ("arn:aws:s3:::*", "arn:aws:s3:::weights-*", "arn:aws:s3:*:*:accesspoint/weights", "arn:aws:sns:*:*:weights")),
            resource_policy("the whole network", allow("s3:GetObject", Principal="*", Condition={"IpAddress": {"aws:SourceIp": "0.0.0.0/0"}})),
            resource_policy("key", allow("kms:Decrypt", "*", Principal={"AWS": "*"}), type_=KEY),
        ),
        unknown=(one("document", BUCKET_POLICY, policy=U), one("who calls a function", PERMISSION, principal=U), one("the source of a function", PERMISSION, principal="*", sourceArn=U), resource_policy("principal", allow("s3:GetObject", Principal=U))),
        other=OTHER,
    ),
    "s3-tls-kms": Examples(
        passes=(case("all", bucket(), TLS, KMS, VERSIONS),),
        fails=(case("none", bucket()), case("no TLS", bucket(), KMS, VERSIONS), case("no KMS", bucket(), TLS, VERSIONS), case("no versions", bucket(), TLS, KMS)),
        unknown=(case("policy", bucket(), KMS, VERSIONS, of_bucket("BucketPolicy", "tls", policy=U)),),
        other=OTHER,
    ),
    "model-bucket-retain": Examples(
        passes=(case("kept", Given("aws:s3/bucket:Bucket", {"forceDestroy": False}, protect=True)),),
        fails=(case("forced", Given("aws:s3/bucket:Bucket", {"forceDestroy": True}, protect=True)), case("unprotected", bucket())),
        unknown=(case("force", Given("aws:s3/bucket:Bucket", {"forceDestroy": U}, protect=True)),),
        other=OTHER,
    ),
    "kms-rotation": Examples(
        passes=(one("rotated", KEY, enableKeyRotation=True), one("asymmetric", KEY, customerMasterKeySpec="RSA_2048")),
        fails=(one("not", KEY), one("off", KEY, enableKeyRotation=False, customerMasterKeySpec="SYMMETRIC_DEFAULT")),
        unknown=(one("switch", KEY, enableKeyRotation=U), one("kind", KEY, customerMasterKeySpec=U)),
        other=OTHER,
    ),
    "efs-encrypted": Examples(
        passes=(one("on", EFS, encrypted=True),),
        fails=(one("none", EFS), one("off", EFS, encrypted=False)),
        unknown=(one("switch", EFS, encrypted=U),),
        other=OTHER,
    ),
    "ebs-class-encrypted": Examples(
        passes=(
            one("on", CLASS, provisioner="ebs.csi.aws.com", parameters={"type": "gp3", "encrypted": "true"}),
            one("another driver", CLASS, provisioner="efs.csi.aws.com"),
        ),
        fails=(
            one("no parameters", CLASS, provisioner="ebs.csi.aws.com"),
            one("off", CLASS, provisioner="ebs.csi.eks.amazonaws.com", parameters={"encrypted": "false"}),
        ),
        unknown=(
            one("switch", CLASS, provisioner="ebs.csi.aws.com", parameters={"encrypted": U}),
            one("driver", CLASS, provisioner=U),
        ),
        other=OTHER,
    ),
    "ecr-immutable-scan": Examples(
        passes=(one("both", REPOSITORY, imageTagMutability="IMMUTABLE_WITH_EXCLUSION", imageScanningConfiguration={"scanOnPush": True}),),
        fails=(one("neither", REPOSITORY), one("mutable", REPOSITORY, imageTagMutability="MUTABLE", imageScanningConfiguration={"scanOnPush": True})),
        unknown=(one("tags", REPOSITORY, imageTagMutability=U, imageScanningConfiguration={"scanOnPush": True}),),
        other=OTHER,
    ),
    "iam-user-policy": Examples(
        passes=(one("a role", ROLE),),
        fails=(one("user", "aws:iam/user:User"), one("key", "aws:iam/accessKey:AccessKey", user=U)),
        unknown=(),
        other=OTHER,
    ),
    "iam-role-conflict": Examples(
        passes=(attachments("attachment only"), attachments("empty list", managedPolicyArns=[])),
        fails=(attachments("both", managedPolicyArns=["arn:aws:iam::aws:policy/ReadOnlyAccess"]),),
        unknown=(attachments("unknown", managedPolicyArns=U),),
        other=OTHER,
    ),
    "gpu-budget": Examples(
        passes=(
            one("within", POOL, {"gpus": 4.0}, instanceTypes=["g5.2xlarge"], scalingConfig={"maxSize": 4.0}),
            one("no GPU", POOL, {"gpus": 0.0}, instanceTypes=["m5.xlarge"], scalingConfig={"maxSize": 40.0}),
            one("from the launch template", POOL, scalingConfig={"maxSize": 2.0}),
            one("limited", NODE_POOL, {"gpus": 4.0}, spec={"limits": {"nvidia.com/gpu": "4"}}),
        ),
        fails=(
            one("no limits", NODE_POOL, spec={}),
            one("too many", POOL, {"gpus": 4.0}, instanceTypes=["g5.2xlarge"], scalingConfig={"maxSize": 5.0}),
            one("too big", POOL, {"gpus": 4.0}, instanceTypes=["g5.2xlarge", "p5.48xlarge"], scalingConfig={"maxSize": 1.0}),
            one("not listed", POOL, {"instance_types": ["g6e.12xlarge"]}, instanceTypes=["g5.2xlarge"], scalingConfig={"maxSize": 1.0}),
            one("limits too high", NODE_POOL, spec={"limits": {"nvidia.com/gpu": 99.0}}),
        ),
        unknown=(
            one("types", POOL, instanceTypes=[U], scalingConfig={"maxSize": 1.0}),
            one("size", POOL, instanceTypes=["g5.2xlarge"], scalingConfig={"maxSize": U}),
            one("not in the table", POOL, instanceTypes=["zz.9xlarge"], scalingConfig={"maxSize": 1.0}),
        ),
        other=OTHER,
    ),
    "required-tags": Examples(
        passes=(one("own", KEY, tags={"owner": "x"}), one("default tags", KEY, tagsAll={"owner": U})),
        fails=(one("none", KEY), one("others", KEY, {"tags": ["owner", "env"]}, tags={"owner": "x"})),
        unknown=(one("tags", KEY, tags=U),),
        other=OTHER,
    ),
}  # fmt: skip

"""Rules on what keeps data: buckets, keys, registries, file systems."""

from typing import Final

from pulumi_policy import EnforcementLevel

from guardrails.analysis.iam_documents import judge_statements
from guardrails.analysis.iam_principals import NETWORKS, open_to_everybody
from guardrails.engine.graph import Graph
from guardrails.engine.rule import Finding, Findings, Rule, Stack, Subject, Unknown, guard
from guardrails.engine.values import UNKNOWN, Value, as_list, get_path, objects, parse_bool, require

BUCKETS: Final = ("aws:s3/bucket:Bucket", "aws:s3/bucketV2:BucketV2")
PUBLIC_BLOCK: Final = "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock"
ACCOUNT_BLOCK: Final = "aws:s3/accountPublicAccessBlock:AccountPublicAccessBlock"
BUCKET_POLICY: Final = "aws:s3/bucketPolicy:BucketPolicy"
ENCRYPTION: Final = tuple(
    f"aws:s3/bucketServerSideEncryptionConfiguration{v}:BucketServerSideEncryptionConfiguration{v}" for v in ("", "V2")
)
VERSIONING: Final = tuple(f"aws:s3/bucketVersioning{v}:BucketVersioning{v}" for v in ("", "V2"))
_SWITCHES: Final = ("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets")
RESOURCE_POLICIES: Final = dict.fromkeys((
    BUCKET_POLICY, *BUCKETS, "aws:s3/accessPoint:AccessPoint", "aws:s3control/accessPointPolicy:AccessPointPolicy",
    "aws:s3control/bucketPolicy:BucketPolicy", "aws:ecr/repositoryPolicy:RepositoryPolicy",
    "aws:ecr/registryPolicy:RegistryPolicy", "aws:efs/fileSystemPolicy:FileSystemPolicy",
    "aws:sqs/queuePolicy:QueuePolicy", "aws:sqs/queue:Queue", "aws:sns/topicPolicy:TopicPolicy",
    "aws:sns/topic:Topic", "aws:kms/key:Key", "aws:kms/keyPolicy:KeyPolicy",
    "aws:secretsmanager/secretPolicy:SecretPolicy", "aws:secretsmanager/secret:Secret",
    "aws:dynamodb/resourcePolicy:ResourcePolicy", "aws:kinesis/resourcePolicy:ResourcePolicy",
    "aws:cloudwatch/eventBusPolicy:EventBusPolicy", "aws:backup/vaultPolicy:VaultPolicy",
    "aws:kms/externalKey:ExternalKey", "aws:kms/replicaKey:ReplicaKey", "aws:glue/resourcePolicy:ResourcePolicy",
    "aws:s3control/objectLambdaAccessPointPolicy:ObjectLambdaAccessPointPolicy",
    "aws:s3/vectorsVectorBucketPolicy:VectorsVectorBucketPolicy", "aws:ses/identityPolicy:IdentityPolicy",
    "aws:sesv2/emailIdentityPolicy:EmailIdentityPolicy", "aws:msk/clusterPolicy:ClusterPolicy",
    "aws:acmpca/policy:Policy", "aws:redshift/resourcePolicy:ResourcePolicy",
    "aws:redshiftserverless/resourcePolicy:ResourcePolicy", "aws:schemas/registryPolicy:RegistryPolicy",
    "aws:mediastore/containerPolicy:ContainerPolicy",
), "policy") | {
    "aws:codeartifact/domainPermissions:DomainPermissions": "policyDocument",
    "aws:codeartifact/repositoryPermissionsPolicy:RepositoryPermissionsPolicy": "policyDocument",
    "aws:elasticsearch/domain:Domain": "accessPolicies",
    "aws:elasticsearch/domainPolicy:DomainPolicy": "accessPolicies",
    "aws:sagemaker/modelPackageGroupPolicy:ModelPackageGroupPolicy": "resourcePolicy",
    "aws:s3tables/tablePolicy:TablePolicy": "resourcePolicy",
    "aws:opensearch/domainPolicy:DomainPolicy": "accessPolicies",
    "aws:opensearch/domain:Domain": "accessPolicies",
    "aws:cloudwatch/logResourcePolicy:LogResourcePolicy": "policyDocument",
    "aws:s3tables/tableBucketPolicy:TableBucketPolicy": "resourcePolicy",
    "aws:glacier/vault:Vault": "accessPolicy",
}  # fmt: skip
# Permissions that AWS takes apart from a document: who gets it, how everybody is written, and what else narrows it.
_PERMISSIONS: Final = {
    "aws:lambda/permission:Permission": ("principal", "*", ("sourceArn", "sourceAccount", "principalOrgId")),
    "aws:lambda/layerVersionPermission:LayerVersionPermission": ("principal", "*", ("organizationId",)),
    "aws:lambda/functionUrl:FunctionUrl": ("authorizationType", "NONE", ()),
    "aws:cloudwatch/eventPermission:EventPermission": ("principal", "*", ("condition",)),
    "aws:ec2/amiLaunchPermission:AmiLaunchPermission": ("group", "all", ()),
}

EBS_PROVISIONERS: Final = frozenset({"ebs.csi.aws.com", "ebs.csi.eks.amazonaws.com", "kubernetes.io/aws-ebs"})
"""The EBS driver's add-on, EKS Auto Mode, and the name of the former in-tree plugin."""


class _Companions:
    """The resources of some types that configure buckets."""

    def __init__(self, stack: Stack, graph: Graph, *types: str) -> None:
        self._found: dict[str, list[Subject]] = {}
        self._perhaps: dict[str, Subject] = {}
        for item in stack.of(*types):
            targets = [graph.targets(item, "bucket", item.props.get("bucket"), kind) for kind in BUCKETS]
            found = [bucket for one in targets for bucket in one.subjects]
            for bucket in found:
                self._found.setdefault(bucket.urn, []).append(item)
            reached = [bucket for one in targets for bucket in one.through]
            if not found and not reached and all(one.anything for one in targets):
                reached = list(stack.of(*BUCKETS))
            self._perhaps |= {bucket.urn: item for bucket in reached}

    def of(self, bucket: Subject) -> list[Subject]:
        """Those that name a bucket."""
        return self._found.get(bucket.urn, [])

    def lacks(self, bucket: Subject, what: str) -> Finding | Unknown:
        """Return the finding on a bucket to which nothing known gives something, unless the update may show one."""
        perhaps = self._perhaps.get(bucket.urn)
        if perhaps is None:
            return Finding(what, bucket.urn)
        return Unknown(f"{what}, unless {perhaps.name} is for it, whose bucket is unknown", bucket.urn)


def _blocks(stack: Stack) -> Findings:
    for account in stack.of(ACCOUNT_BLOCK):
        if all(parse_bool(account.props.get(key)) is True for key in _SWITCHES):
            return
    blocks = _Companions(stack, Graph(stack), PUBLIC_BLOCK)
    for bucket in stack.of(*BUCKETS):
        if not blocks.of(bucket):
            yield blocks.lacks(bucket, "has no public access block")
        for block in blocks.of(bucket):
            for key in _SWITCHES:
                yield from guard(_switch(bucket, block, key), bucket.urn)


def _switch(bucket: Subject, block: Subject, key: str) -> Findings:
    if parse_bool(require(block.props, key, of=" of its public access block")) is not True:
        yield Finding(f"{key} of its public access block is not true", bucket.urn)


def _public_policy(subject: Subject) -> Findings:
    document = subject.props.get(RESOURCE_POLICIES[subject.type])
    if document is None or document == "":
        return
    yield from judge_statements("policy", document, lambda statement: open_to_everybody(statement, NETWORKS), loud=True)


def _admits_all(subject: Subject) -> Findings:
    if subject.type in RESOURCE_POLICIES:
        yield from _public_policy(subject)
        return
    key, everybody, narrowing = _PERMISSIONS[subject.type]
    values = [subject.props.get(one) for one in narrowing]
    if subject.value(key) != everybody or any(one is not UNKNOWN and one not in (None, "") for one in values):
        return
    what = f"{key} is {everybody}: every AWS account"
    yield Unknown(f"{what}, unless an unknown condition narrows it") if UNKNOWN in values else Finding(what)


def _companions_of_bucket(stack: Stack) -> Findings:
    graph = Graph(stack)
    policies = _Companions(stack, graph, BUCKET_POLICY)
    encryption = _Companions(stack, graph, *ENCRYPTION)
    versioning = _Companions(stack, graph, *VERSIONING)
    for bucket in stack.of(*BUCKETS):
        documents = [item.props.get("policy") for item in policies.of(bucket)]
        if any(document is UNKNOWN for document in documents):
            yield Unknown("its policy is unknown", bucket.urn)
        elif not any("aws:securetransport" in str(document).lower() for document in documents):
            yield policies.lacks(bucket, "has no policy that requires TLS")
        rules = [rule for item in encryption.of(bucket) for rule in as_list(item.props.get("rules"))]
        if not any(rule is UNKNOWN or _with_kms(rule) for rule in rules):
            yield encryption.lacks(bucket, "is not encrypted with a KMS key")
        states = [get_path(item.props, "versioningConfiguration", "status") for item in versioning.of(bucket)]
        inline = parse_bool(get_path(bucket.props, "versioning", "enabled"))
        if not any(state is UNKNOWN or state == "Enabled" for state in states) and not inline:
            yield versioning.lacks(bucket, "keeps no versions")


def _with_kms(rule: Value) -> bool:
    default = next(objects(get_path(rule, "applyServerSideEncryptionByDefault")), {})
    return default.get("sseAlgorithm") is UNKNOWN or str(default.get("sseAlgorithm")).startswith("aws:kms")


def _retained(subject: Subject) -> Findings:
    if not subject.protect:
        yield Finding("option protect is off")
    if parse_bool(subject.value("forceDestroy")):
        yield Finding("forceDestroy is true: destroy deletes the objects with it")


def _rotation(subject: Subject) -> Findings:
    symmetric = {None, "SYMMETRIC_DEFAULT"}
    spec, usage = subject.props.get("customerMasterKeySpec"), subject.props.get("keyUsage")
    if spec not in {*symmetric, UNKNOWN} or usage == "GENERATE_VERIFY_MAC":
        return
    if (
        parse_bool(subject.value("enableKeyRotation")) is not True
        and subject.value("customerMasterKeySpec") in symmetric
    ):
        yield Finding("enableKeyRotation is not true")


def _file_system(subject: Subject) -> Findings:
    if parse_bool(subject.value("encrypted")) is not True:
        yield Finding("encrypted is not true")


def _storage_class(subject: Subject) -> Findings:
    if subject.value("provisioner") in EBS_PROVISIONERS and not parse_bool(subject.value("parameters", "encrypted")):
        yield Finding("parameters.encrypted is not true")


def _registry(subject: Subject) -> Findings:
    yield from guard(_movable_tags(subject))
    if not parse_bool(subject.value("imageScanningConfiguration", "scanOnPush")):
        yield Finding("images are not scanned on push")


def _movable_tags(subject: Subject) -> Findings:
    if not str(subject.value("imageTagMutability")).startswith("IMMUTABLE"):
        yield Finding("its tags can be moved")


RULES: Final = (
    Rule(
        id="s3-public-block",
        family="storage",
        level=EnforcementLevel.MANDATORY,
        blocks="a bucket without a full public access block",
        why="One policy or ACL later the weights, or the prompts in the logs, are public.",
        fix="add an aws.s3.BucketPublicAccessBlock with all four switches on",
        benchmarks="FSBP S3.1, S3.8, CKV2_AWS_6, CKV_AWS_53-56, trivy AWS-0086, AWS-0087, cdk-nag S2",
        types=frozenset({*BUCKETS, PUBLIC_BLOCK, ACCOUNT_BLOCK}),
        judge_stack=_blocks,
    ),
    Rule(
        id="s3-policy-public",
        family="storage",
        level=EnforcementLevel.MANDATORY,
        blocks="a resource policy or a permission that admits every AWS account",
        why="Principal * is every AWS account, and for a bucket or a function's address everybody without one.",
        fix="name the principals, or add a condition on aws:PrincipalOrgID; of a function, its source or AWS_IAM",
        benchmarks="FSBP S3.2, KMS.5, Lambda.1, CKV_AWS_70, CKV_AWS_33, CKV_AWS_32, CKV_AWS_387, cdk-nag ECR1",
        types=frozenset({*RESOURCE_POLICIES, *_PERMISSIONS}),
        judge=_admits_all,
    ),
    Rule(
        id="s3-tls-kms",
        family="storage",
        level=EnforcementLevel.ADVISORY,
        blocks="a bucket without TLS-only policy, KMS key or versions",
        why="TLS keeps tokens off the wire, a key can be disabled, a version brings back what was overwritten.",
        fix="use ModelBucket, or add the policy, the key and the versioning",
        benchmarks="FSBP S3.5, CKV_AWS_379, CKV_AWS_145, CKV_AWS_21, cdk-nag S10",
        types=frozenset({*BUCKETS, BUCKET_POLICY, *ENCRYPTION, *VERSIONING}),
        judge_stack=_companions_of_bucket,
    ),
    Rule(
        id="model-bucket-retain",
        family="storage",
        level=EnforcementLevel.ADVISORY,
        blocks="a bucket that a destroy takes along",
        why="Weights take days to make again, checkpoints cannot be.",
        fix="set forceDestroy to false and the option protect",
        benchmarks="",
        types=frozenset(BUCKETS),
        judge=_retained,
    ),
    Rule(
        id="kms-rotation",
        family="storage",
        level=EnforcementLevel.ADVISORY,
        blocks="a symmetric key that is not rotated",
        why="Rotation limits what one leaked key opens.",
        fix="set enable_key_rotation",
        benchmarks="CKV_AWS_7, trivy AWS-0065, cdk-nag KMS5, AWSGuard cmk-backing-key-rotation-enabled",
        types=frozenset({"aws:kms/key:Key"}),
        judge=_rotation,
    ),
    Rule(
        id="efs-encrypted",
        family="storage",
        level=EnforcementLevel.MANDATORY,
        blocks="a file system that is not encrypted",
        why="A cache of weights and compiled kernels is as worth stealing as the bucket.",
        fix="set encrypted (it cannot be changed later)",
        benchmarks="FSBP EFS.1, CKV_AWS_42, trivy AWS-0037, cdk-nag EFS1, AWSGuard efs-encrypted",
        types=frozenset({"aws:efs/fileSystem:FileSystem"}),
        judge=_file_system,
    ),
    Rule(
        id="ebs-class-encrypted",
        family="storage",
        level=EnforcementLevel.MANDATORY,
        blocks="a StorageClass whose EBS volumes are not encrypted",
        why="Volumes that pods claim are made by the driver: no other resource of the stack shows whether they are encrypted.",
        fix='set parameters.encrypted to "true" (a class cannot be changed later, it is replaced)',
        benchmarks="FSBP EC2.3, CKV_AWS_3, trivy AWS-0026, AWSGuard encrypted-volumes",
        types=frozenset({"kubernetes:storage.k8s.io/v1:StorageClass"}),
        judge=_storage_class,
    ),
    Rule(
        id="ecr-immutable-scan",
        family="storage",
        level=EnforcementLevel.ADVISORY,
        blocks="a registry with movable tags or without scans",
        why="A moved tag runs other code on the next node; an unscanned image hides known holes.",
        fix="set image_tag_mutability to IMMUTABLE and scan_on_push",
        benchmarks="FSBP ECR.1, ECR.2, CKV_AWS_51, CKV_AWS_163, trivy AWS-0030, AWS-0031",
        types=frozenset({"aws:ecr/repository:Repository"}),
        judge=_registry,
    ),
)

import json

import pulumi

from components import ModelBucket, ModelBucketArgs
from components.iam import PolicyDocument
from settings.models.bucket import BucketSettings
from tests.components.builders import bucket, document, on_aws
from tests.harness import deploy


def test_objects_are_encrypted_with_an_own_key_and_a_bucket_key():
    made = bucket()
    assert made.error is None
    rule = made.one("BucketServerSideEncryptionConfiguration").inputs["rules"][0]
    assert rule["bucketKeyEnabled"] is True
    default = rule["applyServerSideEncryptionByDefault"]
    assert default["sseAlgorithm"] == "aws:kms"
    assert default["kmsMasterKeyId"].endswith(":models")
    assert made.one("aws:kms/key:Key").inputs["enableKeyRotation"] is True


def test_nothing_is_public():
    made = bucket()
    block = made.one("BucketPublicAccessBlock").inputs
    switches = ("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets")
    assert [block[key] for key in switches] == [True] * 4
    assert made.one("BucketOwnershipControls").inputs["rule"] == {"objectOwnership": "BucketOwnerEnforced"}


def test_plain_http_is_refused():
    statement = document(bucket().one("BucketPolicy"))["RefusePlainHttp"]
    assert statement["Effect"] == "Deny"
    assert statement["Principal"] == "*"
    assert statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
    assert statement["Resource"] == ["arn:aws:s3:::models-0123456", "arn:aws:s3:::models-0123456/*"]


def test_every_prefix_has_its_lifecycle():
    made = bucket(lifecycle={"logs": {"expire_days": 30, "noncurrent_days": 5}})
    rules = {rule["id"]: rule for rule in made.one("BucketLifecycleConfiguration").inputs["rules"]}
    assert list(rules) == ["weights", "datasets", "checkpoints", "outputs", "logs", "compile-cache"]
    assert [rule["filter"] for rule in rules.values()] == [{"prefix": f"{area}/"} for area in rules]
    assert rules["logs"]["expiration"] == {"days": 30}
    assert rules["logs"]["noncurrentVersionExpiration"] == {"noncurrentDays": 5}
    assert rules["weights"]["expiration"] == {"expiredObjectDeleteMarker": True}
    assert {rule["abortIncompleteMultipartUpload"]["daysAfterInitiation"] for rule in rules.values()} == {7}


def test_a_compile_cache_that_was_removed_is_gone_after_a_day_and_nothing_in_use():
    rules = bucket().one("BucketLifecycleConfiguration").inputs["rules"]
    (rule,) = [one for one in rules if one["id"] == "compile-cache"]
    assert rule["noncurrentVersionExpiration"] == {"noncurrentDays": 1}
    assert rule["expiration"] == {"expiredObjectDeleteMarker": True}


def test_old_versions_of_the_gateways_files_go_and_nothing_current():
    rules = bucket(gateway=True).one("BucketLifecycleConfiguration").inputs["rules"]
    assert [rule["filter"] for rule in rules if rule["id"] == "gateway"] == [{"prefix": "gateway/"}]
    assert rules[-1]["noncurrentVersionExpiration"] == {"noncurrentDays": 30}
    assert rules[-1]["expiration"] == {"expiredObjectDeleteMarker": True}, (
        "days would end the archive that pods start with"
    )


def test_old_versions_are_kept_before_rules_speak_of_them():
    made = bucket()
    versioning = made.one("BucketVersioning")
    assert versioning.inputs["versioningConfiguration"] == {"status": "Enabled"}
    assert versioning.urn in made.one("BucketLifecycleConfiguration").depends_on


def test_protection_stands_on_bucket_and_key_alone():
    made = bucket(protect=True, retain=True)
    assert {one.type for one in made.registrations if one.protect} == {"aws:s3/bucket:Bucket", "aws:kms/key:Key"}


def test_what_is_retained_keeps_its_encryption_and_privacy():
    made = bucket(retain=True)
    children = [one for one in made.registrations if one.type.startswith("aws:")]
    assert [one.retain_on_delete for one in children] == [True] * len(children)
    assert not made.one("aws:s3/bucket:Bucket").inputs.get("forceDestroy")


def test_a_bucket_that_is_not_kept_goes_with_its_objects():
    made = bucket()
    assert made.one("aws:s3/bucket:Bucket").inputs["forceDestroy"] is True
    assert not any(one.retain_on_delete or one.protect for one in made.registrations)


def granted(kind: str) -> dict[str, dict[str, object]]:
    """The statements of a grant, rendered."""

    def program() -> None:
        made = ModelBucket("models", ModelBucketArgs(bucket=BucketSettings()), on_aws())
        grant = made.grant_read if kind == "read" else made.grant_write
        pulumi.export("policy", PolicyDocument(grant("weights/llama/")).json)

    run = deploy(program)
    assert run.error is None
    return {one["Sid"]: one for one in json.loads(run.exports["policy"])["Statement"]}


def test_reading_is_confined_to_the_prefix():
    grant = granted("read")
    assert grant["ListPrefix"]["Action"] == ["s3:ListBucket"]
    assert grant["ListPrefix"]["Resource"] == ["arn:aws:s3:::models-0123456"]
    assert grant["ListPrefix"]["Condition"] == {"StringLike": {"s3:prefix": ["weights/llama", "weights/llama/*"]}}
    assert grant["ReadPrefix"]["Action"] == ["s3:GetObject"]
    assert grant["ReadPrefix"]["Resource"] == ["arn:aws:s3:::models-0123456/weights/llama/*"]
    assert grant["DecryptObjects"]["Action"] == ["kms:Decrypt"]
    assert grant["DecryptObjects"]["Resource"] == ["arn:aws:kms:us-east-1:123456789012:models"]


def test_writing_adds_what_an_upload_needs_and_no_more():
    grant = granted("write")
    added = {action for sid in set(grant) - set(granted("read")) for action in grant[sid]["Action"]}
    assert added == {"s3:PutObject", "s3:AbortMultipartUpload", "kms:GenerateDataKey"}

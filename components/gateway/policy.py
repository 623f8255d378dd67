"""What the gateway may do in AWS: read keys and tenants, write counters and usage, get its one archive, put usage files."""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi

from components.gateway.context import USAGE_FOLDER
from components.iam import PolicyDocument, Statement

READ = ("dynamodb:GetItem", "dynamodb:BatchGetItem", "dynamodb:Query")
READ_PARTITIONS = ("KEY#*", "TENANT#*", "TENANTS", "COUNT#*", "SPEND#*", "USAGE#*")
"""Partition keys that it reads: when keys were last used, it only writes."""
WRITE = ("dynamodb:UpdateItem", "dynamodb:PutItem")
WRITE_PARTITIONS = ("USED#*", "COUNT#*", "SPEND#*", "USAGE#*")
"""Partition keys that it writes: no key, no tenant, no limit."""


@dataclass(frozen=True, kw_only=True)
class Grant:
    """With what the gateway works."""

    region: str
    """AWS region."""
    table_arn: pulumi.Input[str]
    """ARN of its table."""
    key_arn: pulumi.Input[str]
    """ARN of the KMS key of table and bucket."""
    bucket_arn: pulumi.Input[str]
    """ARN of the platform's bucket."""
    archive_key: str
    """Key of its archive in the bucket."""
    stream_arn: pulumi.Input[str] | None = None
    """ARN of the Firehose stream of response logs; None where nothing agrees to any."""


def gateway_policy(grant: Grant) -> PolicyDocument:
    """The gateway's permissions.

    DynamoDB and S3 decrypt with the caller's own permission on the key (DynamoDB Developer Guide, "How DynamoDB uses AWS
    KMS"; S3 User Guide, "Using server-side encryption with AWS KMS keys"), so each is admitted to the key by itself.
    """
    return PolicyDocument(
        [
            _table("ReadTable", READ, READ_PARTITIONS, grant),
            _table("WriteCounters", WRITE, WRITE_PARTITIONS, grant),
            Statement(
                sid="UseKeyInDynamoDb",
                actions=["kms:Decrypt", "kms:DescribeKey"],
                resources=[grant.key_arn],
                conditions={"StringEquals": {"kms:ViaService": f"dynamodb.{grant.region}.amazonaws.com"}},
            ),
            Statement(
                sid="GetArchive",
                actions=["s3:GetObject"],
                resources=[pulumi.Output.concat(grant.bucket_arn, f"/{grant.archive_key}")],
            ),
            Statement(
                sid="PutUsage",
                actions=["s3:PutObject"],
                resources=[pulumi.Output.concat(grant.bucket_arn, f"/{USAGE_FOLDER}/*")],
            ),
            *_responses(grant.stream_arn),
            Statement(
                sid="UseKeyInS3",
                actions=["kms:Decrypt", "kms:GenerateDataKey"],
                resources=[grant.key_arn],
                conditions={"StringEquals": {"kms:ViaService": f"s3.{grant.region}.amazonaws.com"}},
            ),
        ]
    )


def _responses(stream_arn: pulumi.Input[str] | None) -> list[Statement]:
    if stream_arn is None:
        return []
    return [Statement(sid="PutResponses", actions=["firehose:PutRecordBatch"], resources=[stream_arn])]


def _table(sid: str, actions: Sequence[str], partitions: Sequence[str], grant: Grant) -> Statement:
    return Statement(
        sid=sid,
        actions=actions,
        resources=[grant.table_arn],
        conditions={"ForAllValues:StringLike": {"dynamodb:LeadingKeys": list(partitions)}},
    )

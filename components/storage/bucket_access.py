"""IAM statements to read and write a prefix of the bucket, for services of the platform stack and of team stacks."""

from dataclasses import dataclass

import pulumi

from components.iam import Statement


@dataclass(frozen=True, kw_only=True)
class BucketAccess:
    """The bucket and its key, as IAM statements name them."""

    bucket_arn: pulumi.Input[str]
    """ARN of the bucket."""
    key_arn: pulumi.Input[str]
    """ARN of the KMS key its objects are encrypted with."""

    def read(self, prefix: str) -> list[Statement]:
        """Statements to list and read objects below ``prefix``, and nothing else."""
        where = prefix.strip("/")
        return [
            Statement(
                sid="ListPrefix",
                actions=["s3:ListBucket"],
                resources=[self.bucket_arn],
                conditions={"StringLike": {"s3:prefix": [where, f"{where}/*"]}},
            ),
            Statement(
                sid="ReadPrefix",
                actions=["s3:GetObject"],
                resources=[pulumi.Output.concat(self.bucket_arn, f"/{where}/*")],
            ),
            Statement(sid="DecryptObjects", actions=["kms:Decrypt"], resources=[self.key_arn]),
        ]

    def write(self, prefix: str) -> list[Statement]:
        """Statements to read and write objects below ``prefix``."""
        return [
            *self.read(prefix),
            Statement(
                sid="WritePrefix",
                actions=["s3:PutObject", "s3:AbortMultipartUpload"],
                resources=[pulumi.Output.concat(self.bucket_arn, f"/{prefix.strip('/')}/*")],
            ),
            Statement(sid="EncryptObjects", actions=["kms:GenerateDataKey"], resources=[self.key_arn]),
        ]

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
            self.decrypt(),
        ]

    def get(self, sid: str, prefix: pulumi.Input[str]) -> Statement:
        """The statement to get objects below ``prefix`` whose keys are known, without listing."""
        return Statement(sid=sid, actions=["s3:GetObject"], resources=[self._below(prefix)])

    def put_new(self, sid: str, prefix: pulumi.Input[str]) -> Statement:
        """The statement to put objects below ``prefix`` where none is yet: no request without ``If-None-Match`` is allowed.

        It allows no multipart upload, whose first request has no such header, and no second version
        (https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes-enforce.html).
        """
        return Statement(
            sid=sid,
            actions=["s3:PutObject"],
            resources=[self._below(prefix)],
            conditions={"Null": {"s3:if-none-match": "false"}},
        )

    def decrypt(self) -> Statement:
        """The statement to decrypt objects."""
        return Statement(sid="DecryptObjects", actions=["kms:Decrypt"], resources=[self.key_arn])

    def encrypt(self) -> Statement:
        """The statement to encrypt objects."""
        return Statement(sid="EncryptObjects", actions=["kms:GenerateDataKey"], resources=[self.key_arn])

    def _below(self, prefix: pulumi.Input[str]) -> pulumi.Output[str]:
        return pulumi.Output.concat(self.bucket_arn, "/", prefix, "/*")

    def write(self, prefix: str) -> list[Statement]:
        """Statements to read and write objects below ``prefix``."""
        return [
            *self.read(prefix),
            Statement(
                sid="WritePrefix",
                actions=["s3:PutObject", "s3:AbortMultipartUpload"],
                resources=[pulumi.Output.concat(self.bucket_arn, f"/{prefix.strip('/')}/*")],
            ),
            self.encrypt(),
        ]

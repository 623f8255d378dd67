"""Response logs: the stream that the gateway writes to, the key of what arrives in the bucket, and the one role that reads it."""

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components.gateway.context import GatewayArgs
from components.iam import PolicyDocument, Statement, trust_service
from components.kms import THIS_KEY, account_decides, encryption_key
from components.storage.bucket_access import BucketAccess
from settings.derived.bucket_prefixes import RESPONSES
from settings.derived.gateway.names import auditor_role, delivery_role, response_stream
from settings.models.response_logs import ResponseLogsSettings

CONSENT_TAG = "response-logs-consent"
"""Tag of the stream, without which guardrails refuse it: who agreed."""
BUFFER_SECONDS = 300
"""How long Firehose collects records for an object, unless they are 5 MiB before."""
BUFFER_MIB = 5
_HOUR = "!{timestamp:yyyy/MM/dd/HH}"
_ERRORS = "!{firehose:error-output-type}/!{timestamp:yyyy/MM/dd}"


@dataclass(frozen=True, kw_only=True)
class ResponseLogs:
    """What response logs need."""

    stream: aws.kinesis.FirehoseDeliveryStream
    """The stream."""
    auditor: aws.iam.Role
    """The role that reads them."""


def response_logs(
    name: str, args: GatewayArgs, settings: ResponseLogsSettings, parent: pulumi.Resource
) -> ResponseLogs:
    """The stream, the key, and the two roles.

    The key is not the bucket's, which every service may use: its policy lets these two roles alone decrypt, whatever the
    account's IAM policies are.
    """
    child, invoke = pulumi.ResourceOptions(parent=parent), pulumi.InvokeOptions(parent=parent)
    delivery = aws.iam.Role(
        f"{name}-firehose",
        name=delivery_role(args.names.stack),
        description="Firehose: writes response logs",
        assume_role_policy=trust_service("firehose.amazonaws.com", conditions=_own_account(invoke)).json,
        permissions_boundary=args.permissions_boundary,
        opts=child,
    )
    auditor = aws.iam.Role(
        f"{name}-auditor",
        name=auditor_role(args.names.stack),
        description="Auditor: reads response logs, and nothing else",
        assume_role_policy=_trust(settings.auditors).json,
        permissions_boundary=args.permissions_boundary,
        opts=child,
    )
    key = encryption_key(f"{name}-responses", "Encrypts response logs", child, _key_policy(auditor, delivery, invoke))
    access = BucketAccess(bucket_arn=args.platform.bucket_arn, key_arn=key.arn)
    aws.iam.RolePolicy(
        f"{name}-auditor", role=auditor.name, policy=PolicyDocument(access.read(RESPONSES)).json, opts=child
    )
    granted = aws.iam.RolePolicy(f"{name}-firehose", role=delivery.name, policy=_delivery(args, key).json, opts=child)
    stream = aws.kinesis.FirehoseDeliveryStream(
        f"{name}-responses",
        name=response_stream(args.names.stack),
        destination="extended_s3",
        tags={CONSENT_TAG: settings.consent},
        # What waits in the stream is read by no API; the bucket's key, which the deployment may grant, encrypts it.
        server_side_encryption=aws.kinesis.FirehoseDeliveryStreamServerSideEncryptionArgs(
            enabled=True, key_type="CUSTOMER_MANAGED_CMK", key_arn=args.platform.key_arn
        ),
        extended_s3_configuration=aws.kinesis.FirehoseDeliveryStreamExtendedS3ConfigurationArgs(
            role_arn=delivery.arn,
            bucket_arn=args.platform.bucket_arn,
            prefix=f"{RESPONSES}/{_HOUR}/",
            error_output_prefix=f"{RESPONSES}/errors/{_ERRORS}/",
            buffering_interval=BUFFER_SECONDS,
            buffering_size=BUFFER_MIB,
            compression_format="GZIP",
            file_extension=".jsonl.gz",
            kms_key_arn=key.arn,
        ),
        # Firehose tries the role when the stream is made.
        opts=pulumi.ResourceOptions.merge(child, pulumi.ResourceOptions(depends_on=[granted])),
    )
    return ResponseLogs(stream=stream, auditor=auditor)


def _own_account(invoke: pulumi.InvokeOptions) -> pulumi.Output[dict[str, dict[str, str]]]:
    """Only for a stream of this account: Firehose is one service for all of them."""
    account = aws.get_caller_identity_output(opts=invoke).account_id
    return account.apply(lambda number: {"StringEquals": {"aws:SourceAccount": number}})


def _trust(auditors: tuple[str, ...]) -> PolicyDocument:
    return PolicyDocument(
        [
            Statement(sid=f"TrustAuditor{number}", actions=["sts:AssumeRole"], principals={"AWS": arn})
            for number, arn in enumerate(auditors, 1)
        ]
    )


def _key_policy(auditor: aws.iam.Role, delivery: aws.iam.Role, invoke: pulumi.InvokeOptions) -> PolicyDocument:
    partition = aws.get_partition_output(opts=invoke).partition
    account = aws.get_caller_identity_output(opts=invoke).account_id
    roles = pulumi.Output.all(auditor.arn, delivery.arn)
    others = Statement(
        sid="OnlyAuditorDecrypts",
        effect="Deny",
        actions=["kms:Decrypt", "kms:ReEncryptFrom", "kms:CreateGrant"],
        principals={"*": "*"},
        resources=["*"],
        conditions=roles.apply(lambda arns: {"ArnNotEquals": {"aws:PrincipalArn": list(arns)}}),
        because=THIS_KEY,
    )
    return PolicyDocument([account_decides(partition, account), others])


def _delivery(args: GatewayArgs, key: aws.kms.Key) -> PolicyDocument:
    """Permissions of Firehose (Amazon Data Firehose Developer Guide, "Grant Firehose access to an Amazon S3 destination")."""
    below = pulumi.Output.concat(args.platform.bucket_arn, f"/{RESPONSES}/*")
    return PolicyDocument(
        [
            Statement(sid="PutResponses", actions=["s3:PutObject", "s3:AbortMultipartUpload"], resources=[below]),
            Statement(
                sid="LookAtBucket",
                actions=["s3:GetBucketLocation", "s3:ListBucketMultipartUploads"],
                resources=[args.platform.bucket_arn],
            ),
            Statement(
                sid="EncryptResponses",
                actions=["kms:GenerateDataKey", "kms:Decrypt"],
                resources=[key.arn],
                conditions={"StringEquals": {"kms:ViaService": f"s3.{args.facts.region}.amazonaws.com"}},
            ),
        ]
    )

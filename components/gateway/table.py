"""The DynamoDB table of the gateway: keys, tenants and their limits, counters, usage."""

import pulumi
import pulumi_aws as aws

from components.gateway.context import GatewayArgs


def table(name: str, args: GatewayArgs, parent: pulumi.Resource) -> aws.dynamodb.Table:
    """The table: on demand, encrypted with the platform's key, with point-in-time recovery.

    Its name is fixed, since people type it, and what reads it finds it by name.
    """
    attribute = aws.dynamodb.TableAttributeArgs
    return aws.dynamodb.Table(
        name,
        name=args.names.table,
        billing_mode="PAY_PER_REQUEST",
        hash_key="pk",
        range_key="sk",
        attributes=[attribute(name="pk", type="S"), attribute(name="sk", type="S")],
        ttl=aws.dynamodb.TableTtlArgs(attribute_name="ttl", enabled=True),
        point_in_time_recovery=aws.dynamodb.TablePointInTimeRecoveryArgs(enabled=True),
        server_side_encryption=aws.dynamodb.TableServerSideEncryptionArgs(
            enabled=True, kms_key_arn=args.platform.key_arn
        ),
        deletion_protection_enabled=args.protect,
        opts=pulumi.ResourceOptions(parent=parent, protect=args.protect),
    )

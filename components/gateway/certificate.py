"""The certificate of the gateway's domain, and the domain's record."""

import pulumi
import pulumi_aws as aws

from components.gateway.context import GatewayArgs

RECORD_SECONDS = 60
"""Time to live of the records: how long clients keep an address that changed."""


def certificate(name: str, args: GatewayArgs, parent: pulumi.Resource) -> pulumi.Input[str] | None:
    """ARN of the certificate that the load balancer gets, once it is issued; None without a domain.

    A given one is used as it is. A private CA issues at once; a public certificate is issued when ACM finds its record in
    the hosted zone, and renewed as long as the record is there.
    """
    gateway, child = args.gateway, pulumi.ResourceOptions(parent=parent)
    if gateway.domain is None or gateway.certificate_arn:
        return gateway.certificate_arn
    if gateway.private_ca_arn:
        return aws.acm.Certificate(
            name, domain_name=gateway.domain, certificate_authority_arn=gateway.private_ca_arn, opts=child
        ).arn
    requested = aws.acm.Certificate(name, domain_name=gateway.domain, validation_method="DNS", opts=child)
    wanted = requested.domain_validation_options.apply(lambda options: options[0])
    record = aws.route53.Record(
        f"{name}-validation",
        zone_id=gateway.zone_id,
        name=wanted.apply(lambda one: one.resource_record_name or ""),
        type=wanted.apply(lambda one: one.resource_record_type or ""),
        records=[wanted.apply(lambda one: one.resource_record_value or "")],
        ttl=RECORD_SECONDS,
        # An account has one such record for a domain, whichever of its certificates made it: the same name, the same value.
        allow_overwrite=True,
        opts=child,
    )
    return aws.acm.CertificateValidation(
        name, certificate_arn=requested.arn, validation_record_fqdns=[record.fqdn], opts=child
    ).certificate_arn


def domain_record(
    name: str, args: GatewayArgs, load_balancer: pulumi.Input[str], parent: pulumi.Resource
) -> aws.route53.Record | None:
    """The domain's CNAME to the load balancer; None without a domain, or where the record is made elsewhere."""
    if args.gateway.domain is None or args.gateway.zone_id is None:
        return None
    return aws.route53.Record(
        name,
        zone_id=args.gateway.zone_id,
        name=args.gateway.domain,
        type="CNAME",
        records=[load_balancer],
        ttl=RECORD_SECONDS,
        opts=pulumi.ResourceOptions(parent=parent),
    )

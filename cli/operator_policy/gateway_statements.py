"""Statements on what a gateway needs in AWS: its table, its archive, its certificate, the records of its domain,
its stream of response logs.

A policy of its own, for stacks with a gateway: with it the whole is more than the inline policies of a role may be.
"""

from collections.abc import Iterator

from cli.operator_policy.statement import NEW, NEW_TAG, OWN, Allowed, Place, actions_of
from settings.models.base import NAMESPACE


def gateway_statements(place: Place) -> list[Allowed]:
    """Statements on the resources of the component ``Gateway``, apart from its role."""
    return [*_table(place), *_archive(place), *_certificate(place), *_records(place), *_streams(place)]


def _table(place: Place) -> Iterator[Allowed]:
    yield Allowed(
        sid="UseTables",
        actions=actions_of(
            "dynamodb",
            "CreateTable DeleteTable DescribeContinuousBackups DescribeTable DescribeTimeToLive ListTagsOfResource TagResource "
            "UntagResource UpdateContinuousBackups UpdateTable UpdateTimeToLive",
        ),
        resources=[place.arn("dynamodb", "table/llm-*")],
        because="one table a gateway, llm-STACK-gateway",
    )


def _archive(place: Place) -> Iterator[Allowed]:
    yield Allowed(
        sid="PutArchive",
        actions=actions_of("s3", "GetObject GetObjectTagging PutObject PutObjectTagging"),
        resources=[f"arn:{place.partition}:s3:::models-*/gateway/*"],
        because="Pulumi ends the bucket's name with random digits, and the archive's name is its checksum",
    )
    yield Allowed(
        sid="EncryptWithOwnKeys",
        actions=actions_of(
            "kms", "Decrypt Encrypt GenerateDataKey GenerateDataKeyWithoutPlaintext ReEncryptFrom ReEncryptTo"
        ),
        resources=[place.arn("kms", "key/*")],
        conditions=OWN,
        because="KMS makes the ids; the tag says whose it is",
    )


def _certificate(place: Place) -> Iterator[Allowed]:
    yield Allowed(
        sid="RequestCertificates",
        actions=["acm:RequestCertificate"],
        resources=["*"],
        conditions={"StringEquals": {NEW_TAG: NAMESPACE, "aws:RequestedRegion": place.region}},
        because="a new certificate has no id yet; it must carry the platform's tag",
    )
    yield Allowed(
        sid="TagNewCertificates",
        actions=["acm:AddTagsToCertificate"],
        resources=[place.arn("acm", "certificate/*")],
        conditions=NEW,
        because="ACM checks the first tags of a certificate like later ones, when it has none yet",
    )
    yield Allowed(
        sid="UseCertificates",
        actions=actions_of(
            "acm", "AddTagsToCertificate DeleteCertificate RemoveTagsFromCertificate UpdateCertificateOptions"
        ),
        resources=[place.arn("acm", "certificate/*")],
        conditions=OWN,
        because="ACM makes the ids; the tag says whose it is",
    )
    yield Allowed(
        sid="LookAtCertificates",
        actions=actions_of("acm", "DescribeCertificate ListTagsForCertificate"),
        resources=[place.arn("acm", "certificate/*")],
        because="called right after a certificate is requested, when its tags may not count yet; these only read",
    )
    yield Allowed(
        sid="IssueCertificates",
        actions=["acm-pca:DescribeCertificateAuthority", "acm-pca:IssueCertificate", "acm-pca:GetCertificate"],
        resources=[f"arn:{place.partition}:acm-pca:{place.region}:*:certificate-authority/*"],
        because="a private CA may be another account's, shared by AWS RAM",
    )


def _records(place: Place) -> Iterator[Allowed]:
    if not place.zones:
        return
    yield Allowed(
        sid="UseRecords",
        actions=actions_of("route53", "ChangeResourceRecordSets GetHostedZone ListResourceRecordSets"),
        resources=[f"arn:{place.partition}:route53:::hostedzone/{zone}" for zone in place.zones],
        because="the hosted zones of the gateways' domains",
    )
    yield Allowed(
        sid="LookAtChanges",
        actions=["route53:GetChange"],
        resources=[f"arn:{place.partition}:route53:::change/*"],
        because="Route 53 makes the ids of changes; it only reads",
    )


def _streams(place: Place) -> Iterator[Allowed]:
    yield Allowed(
        sid="UseStreams",
        actions=actions_of(
            "firehose",
            "CreateDeliveryStream DeleteDeliveryStream DescribeDeliveryStream ListTagsForDeliveryStream "
            "StartDeliveryStreamEncryption StopDeliveryStreamEncryption TagDeliveryStream UntagDeliveryStream UpdateDestination",
        ),
        resources=[place.arn("firehose", "deliverystream/llm-*")],
        because="one stream of response logs a gateway, llm-STACK-responses",
    )

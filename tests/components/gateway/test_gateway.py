"""The gateway's component: order, table, archive, exports."""

from typing import Any
from unittest import mock

import pytest

from components.gateway import archive
from components.gateway.gateway import Gateway
from gateway.archive.errors import ArchiveError
from tests.components.builders import on_kubernetes
from tests.components.gateway.builders import CERTIFICATE, PRIVATE_CA, arguments, gateway
from tests.harness import ARCHIVE, deploy

MADE = gateway()


def test_pods_wait_for_what_they_read_and_for_the_load_balancer() -> None:
    waits = MADE.one("Deployment").depends_on
    names = {one.urn.partition("$")[2] for one in MADE.registrations if one.urn in waits}
    for kind in ("ConfigMap", "Ingress", "NetworkPolicy", "ServiceAccount", "ClusterRoleBinding", "RolePolicy"):
        assert any(f":{kind}::" in name for name in names), kind
    assert MADE.one("BucketObjectv2").urn in waits
    assert MADE.one("Service").urn in MADE.one("Ingress").depends_on


def test_everything_in_the_cluster_waits_for_the_platform() -> None:
    assert MADE.one("LogGroup", "ready").urn in MADE.one("Namespace").depends_on


def test_the_table_is_encrypted_recoverable_and_on_demand() -> None:
    table = MADE.one("Table").inputs
    assert table["name"] == "llm-dev-gateway"
    assert table["billingMode"] == "PAY_PER_REQUEST"
    assert (table["hashKey"], table["rangeKey"]) == ("pk", "sk")
    assert table["attributes"] == [{"name": "pk", "type": "S"}, {"name": "sk", "type": "S"}]
    assert table["ttl"] == {"attributeName": "ttl", "enabled": True}
    assert table["pointInTimeRecovery"] == {"enabled": True}
    assert table["serverSideEncryption"]["kmsKeyArn"] == "arn:aws:kms:us-east-1:123456789012:key/1"
    assert table["deletionProtectionEnabled"] is False


def test_a_protected_stack_keeps_its_table() -> None:
    table = gateway(protect=True).one("Table")
    assert table.protect
    assert table.inputs["deletionProtectionEnabled"] is True


def test_the_namespace_is_restricted_and_its_pods_wait_for_the_load_balancer() -> None:
    labels = MADE.one("Namespace").inputs["metadata"]["labels"]
    assert labels["pod-security.kubernetes.io/enforce"] == "restricted"
    assert labels["elbv2.k8s.aws/pod-readiness-gate-inject"] == "enabled"
    assert "llm-platform/gateway" not in labels, "the gateway does not serve its own namespace"


def test_the_archive_is_in_the_bucket_under_its_checksum() -> None:
    placed = MADE.one("BucketObjectv2").inputs
    assert placed["key"] == f"gateway/{ARCHIVE.stem}.zip"
    assert placed["bucket"] == "models-1"


def test_an_archive_that_cannot_be_built_ends_the_preview_with_its_line() -> None:
    def fail() -> None:
        raise ArchiveError("gateway archive: there is no uv")

    def program() -> None:
        with mock.patch.object(archive, "build", fail):
            Gateway("gateway", arguments(), on_kubernetes())

    assert str(deploy(program).error) == "gateway archive: there is no uv"


def test_without_a_domain_its_url_is_the_load_balancers() -> None:
    assert MADE.exports["gateway_url"] == "http://gateway.elb.example.com/v1"
    assert MADE.exports["gateway_table"] == "llm-dev-gateway"
    assert MADE.exports["gateway_tls"] is False
    assert not MADE.of_type("Certificate")
    assert not MADE.of_type("Record")


@pytest.mark.parametrize(
    ("settings", "arn", "records"),
    [
        ({"certificate_arn": CERTIFICATE}, CERTIFICATE, 0),
        ({"certificate_arn": CERTIFICATE, "zone_id": "Z0123456789"}, CERTIFICATE, 1),
        ({"private_ca_arn": PRIVATE_CA}, "arn:aws:acm:us-east-1:123456789012:gateway", 0),
        ({"zone_id": "Z0123456789"}, "arn:aws:acm:us-east-1:123456789012:gateway", 2),
    ],
)
def test_with_a_domain_it_speaks_https(settings: dict[str, Any], arn: str, records: int) -> None:
    made = gateway(domain="llm.example.com", **settings)
    annotations = made.one("Ingress").inputs["metadata"]["annotations"]
    assert annotations["alb.ingress.kubernetes.io/certificate-arn"] == arn
    assert annotations["alb.ingress.kubernetes.io/listen-ports"] == '[{"HTTPS": 443}]'
    assert made.exports["gateway_url"] == "https://llm.example.com/v1"
    assert made.exports["gateway_tls"] is True
    assert len(made.of_type("Record")) == records
    if records:
        record = made.one("Record", "gateway").inputs
        assert (record["name"], record["type"]) == ("llm.example.com", "CNAME")
        assert record["records"] == ["gateway.elb.example.com"]


def test_a_public_certificate_is_waited_for() -> None:
    made = gateway(domain="llm.example.com", zone_id="Z0123456789")
    assert made.one("Certificate").inputs["validationMethod"] == "DNS"
    validation = made.one("Record", "gateway-validation").inputs
    assert validation["name"] == "_x.llm.example.com."
    assert validation["records"] == ["_y.acm-validations.aws."]
    # Another certificate of the account for the domain, of another region say, has made the same record.
    assert validation["allowOverwrite"] is True
    assert made.one("CertificateValidation").inputs["validationRecordFqdns"] == ["_x.llm.example.com."]


def test_a_private_ca_issues_without_a_validation() -> None:
    made = gateway(domain="llm.corp.example", private_ca_arn=PRIVATE_CA)
    assert made.one("Certificate").inputs["certificateAuthorityArn"] == PRIVATE_CA
    assert not made.of_type("CertificateValidation")

"""The hosted zone of a gateway's domain."""

from typing import Any

import pytest

from preflight.checks.hosted_zone import check
from preflight.finding import Finding
from preflight.subject import DomainPlan
from tests.preflight.fakes import FakeCloud, subject

ZONE = "Z0123456789ABCDEFGHIJ"


def found(name: str = "llm.example.com", *, private: bool = False, records: Any = (), **plan: str) -> list[Finding]:
    """Findings on a domain in the zone of example.com."""
    zone = {"Id": f"/hostedzone/{ZONE}", "Name": "example.com.", "Config": {"PrivateZone": private}}
    cloud = FakeCloud(
        get_hosted_zone={"HostedZone": zone}, list_resource_record_sets={"ResourceRecordSets": list(records)}
    )
    return list(check(subject(domain=DomainPlan(name=name, zone_id=ZONE, **plan)), cloud))


def test_a_domain_in_its_public_zone_is_good() -> None:
    assert found() == []
    assert found("llm.eu.example.com", records=[{"Name": "llm.eu.example.com.", "Type": "CNAME"}]) == []


@pytest.mark.parametrize(
    ("name", "where", "message"),
    [
        ("example.com", "gateway.domain", "itself, where Route 53 takes no CNAME"),
        ("llm.example.org", "gateway.zone_id", "is the zone of example.com, and llm.example.org is not in it"),
        ("notexample.com", "gateway.zone_id", "is not in it"),
    ],
)
def test_a_domain_whose_record_cannot_be_made_is_refused(name: str, where: str, message: str) -> None:
    (one,) = found(name)
    assert (one.refuses, one.where) == (True, where)
    assert message in one.message


def test_a_zone_that_is_not_there_is_refused() -> None:
    (one,) = check(subject(domain=DomainPlan(name="llm.example.com", zone_id=ZONE)), FakeCloud())
    assert (one.refuses, one.message) == (True, f"{ZONE} is not a hosted zone of this account")


def test_a_private_zone_validates_no_certificate() -> None:
    (one,) = found(private=True)
    assert one.refuses
    assert "is a private zone" in one.message
    assert found(private=True, private_ca_arn="arn:aws:acm-pca:us-east-1:111122223333:certificate-authority/x") == []
    assert found(private=True, certificate_arn="arn:aws:acm:us-east-1:111122223333:certificate/x") == []


def test_a_record_of_another_type_is_in_the_way() -> None:
    (one,) = found(records=[{"Name": "LLM.example.com.", "Type": "A"}])
    assert one.refuses
    assert "has a record of type A in zone" in one.message
    assert found(records=[{"Name": "other.example.com.", "Type": "A"}]) == []


@pytest.mark.parametrize("domain", [None, DomainPlan(name="llm.example.com", certificate_arn="arn")])
def test_nothing_is_looked_up_without_a_zone(domain: DomainPlan | None) -> None:
    cloud = FakeCloud()
    assert list(check(subject(domain=domain), cloud)) == []
    assert cloud.asked == []

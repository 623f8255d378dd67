"""Where the certificate of a gateway's domain comes from."""

from typing import Any

import pytest

from preflight.checks.certificate import check
from preflight.finding import Finding
from preflight.subject import DomainPlan
from tests.preflight.fakes import FakeCloud, subject

CERTIFICATE = "arn:aws:acm:us-east-1:111122223333:certificate/11111111-2222-3333-4444-555555555555"
AUTHORITY = "arn:aws:acm-pca:us-east-1:111122223333:certificate-authority/11111111-2222-3333-4444-555555555555"
NAMED = DomainPlan(name="llm.example.com", certificate_arn=CERTIFICATE)
PRIVATE = DomainPlan(name="llm.example.com", private_ca_arn=AUTHORITY)


def found(**changes: Any) -> list[Finding]:
    """Findings on a certificate that is as AWS has it."""
    certificate = {"Status": "ISSUED", "DomainName": "llm.example.com", **changes}
    return list(check(subject(domain=NAMED), FakeCloud(describe_certificate={"Certificate": certificate})))


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"DomainName": "*.example.com"},
        {"DomainName": "other.example.com", "SubjectAlternativeNames": ["other.example.com", "LLM.example.com"]},
    ],
)
def test_an_issued_certificate_of_the_domain_is_good(changes: dict[str, Any]) -> None:
    assert found(**changes) == []


@pytest.mark.parametrize(
    ("changes", "refuses", "message"),
    [
        ({"Status": "EXPIRED"}, True, "is EXPIRED: name one that is issued"),
        ({"Status": "PENDING_VALIDATION"}, False, "is not issued yet"),
        ({"DomainName": "*.eu.example.com"}, False, "is for *.eu.example.com and not for llm.example.com"),
        ({"DomainName": "example.com"}, False, "is for example.com and not"),
    ],
)
def test_one_that_does_not_serve_is_found(changes: dict[str, Any], refuses: bool, message: str) -> None:  # noqa: FBT001
    (one,) = found(**changes)
    assert (one.level, one.refuses, one.where) == ("error", refuses, "gateway.certificate_arn")
    assert message in one.message


@pytest.mark.parametrize("plan", [NAMED, PRIVATE])
def test_one_that_is_not_there_is_refused(plan: DomainPlan) -> None:
    (one,) = check(subject(domain=plan), FakeCloud())
    assert one.refuses
    assert one.message == f"{plan.certificate_arn or plan.private_ca_arn} does not exist"


@pytest.mark.parametrize(("status", "many"), [("ACTIVE", 0), ("PENDING_CERTIFICATE", 1), ("DISABLED", 1)])
def test_only_an_active_ca_issues(status: str, many: int) -> None:
    answer = {"CertificateAuthority": {"Status": status}}
    made = list(check(subject(domain=PRIVATE), FakeCloud(describe_certificate_authority=answer)))
    assert [one.refuses for one in made] == [True] * many


def test_nothing_is_looked_up_without_a_domain() -> None:
    cloud = FakeCloud()
    assert list(check(subject(), cloud)) == []
    assert cloud.asked == []

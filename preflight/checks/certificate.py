"""What the certificate of the gateway's domain comes from: the one that is named, or the private CA.

A load balancer takes issued certificates only; without one the update waits for its address until it gives up.
"""

from collections.abc import Iterator

from preflight.cloud import Cloud, GoneError
from preflight.finding import Finding, error, refusal
from preflight.subject import DomainPlan, Subject

WAITS = "PENDING_VALIDATION"


def check(subject: Subject, cloud: Cloud) -> Iterator[Finding]:
    """Refuse what is not there or cannot be used; report a certificate of other names, or one that is not issued yet."""
    plan = subject.domain
    if plan is None:
        return
    if plan.certificate_arn:
        yield from _certificate(plan, plan.certificate_arn, cloud)
    if plan.private_ca_arn:
        yield from _authority(plan.private_ca_arn, cloud)


def _certificate(plan: DomainPlan, arn: str, cloud: Cloud) -> Iterator[Finding]:
    where = "gateway.certificate_arn"
    try:
        found = cloud.ask("acm", "describe_certificate", CertificateArn=arn)["Certificate"]
    except GoneError:
        yield refusal(where, f"{arn} does not exist")
        return
    status = str(found["Status"])
    if status == WAITS:
        yield error(
            where, f"{arn} is not issued yet, which the load balancer waits for: make the records that ACM lists"
        )
    elif status != "ISSUED":
        yield refusal(where, f"{arn} is {status}: name one that is issued")
    names = dict.fromkeys([str(found["DomainName"]), *found.get("SubjectAlternativeNames", ())])
    if not any(_covers(name.lower(), plan.name) for name in names):
        yield error(where, f"is for {', '.join(names)} and not for {plan.name}: clients will refuse it")


def _covers(name: str, domain: str) -> bool:
    """Whether a name of a certificate is the domain's; ``*`` stands for one label."""
    return name == domain or (name.startswith("*.") and name[2:] == domain.partition(".")[2])


def _authority(arn: str, cloud: Cloud) -> Iterator[Finding]:
    where = "gateway.private_ca_arn"
    try:
        found = cloud.ask("acm-pca", "describe_certificate_authority", CertificateAuthorityArn=arn)
    except GoneError:
        yield refusal(where, f"{arn} does not exist")
        return
    status = found["CertificateAuthority"]["Status"]
    if status != "ACTIVE":
        yield refusal(where, f"{arn} is {status}, and only one that is ACTIVE issues certificates")

"""The hosted zone of the gateway's domain: it exists, has the domain, and its kind lets ACM validate the certificate.

In another zone the AWS provider makes the records under that zone's name (``expandRecordName`` of
hashicorp/terraform-provider-aws, internal/service/route53), and in a private one ACM never finds its own: either way the update
waits more than an hour for the certificate.
"""

from collections.abc import Iterator

from preflight.cloud import Cloud, GoneError
from preflight.finding import Finding, refusal
from preflight.subject import DomainPlan, Subject


def check(subject: Subject, cloud: Cloud) -> Iterator[Finding]:
    """Refuse a zone in which the domain's records cannot be made, or do not help."""
    plan = subject.domain
    if plan is None or plan.zone_id is None:
        return
    where = "gateway.zone_id"
    try:
        answer = cloud.ask("route53", "get_hosted_zone", Id=plan.zone_id)["HostedZone"]
    except GoneError:
        yield refusal(where, f"{plan.zone_id} is not a hosted zone of this account")
        return
    zone = str(answer["Name"]).rstrip(".").lower()
    if plan.name == zone:
        yield refusal(
            "gateway.domain",
            f"is the name of hosted zone {plan.zone_id} itself, where Route 53 takes no CNAME, which the stack makes: "
            f"choose a name below it, such as llm.{zone}",
        )
    elif not plan.name.endswith(f".{zone}"):
        yield refusal(
            where, f"{plan.zone_id} is the zone of {zone}, and {plan.name} is not in it: name the domain's zone"
        )
    elif found := _other_record(plan, cloud):
        yield refusal(
            "gateway.domain",
            f"has a record of type {found} in zone {plan.zone_id}, beside which Route 53 takes no CNAME, which the stack makes: "
            "delete that record, or choose another domain",
        )
    if plan.validated and answer.get("Config", {}).get("PrivateZone"):
        yield refusal(
            where,
            f"{plan.zone_id} is a private zone, and ACM validates certificates in public ones only: name a public one, "
            "or set private_ca_arn or certificate_arn too",
        )


def _other_record(plan: DomainPlan, cloud: Cloud) -> str | None:
    """Type of a record of the domain's name beside which a CNAME cannot be; None where there is not any."""
    records = cloud.ask(
        "route53", "list_resource_record_sets", HostedZoneId=plan.zone_id, StartRecordName=plan.name, MaxItems="10"
    )
    types = [one["Type"] for one in records["ResourceRecordSets"] if one["Name"].rstrip(".").lower() == plan.name]
    return next((one for one in types if one != "CNAME"), None)

"""Waits until ACM has validated a certificate; no resource of AWS."""

from collections.abc import Iterator, Mapping
from typing import Any

from rehearsal.aws.context import ResourceContext
from rehearsal.aws.handler import ResourceHandler
from rehearsal.aws.resource_type import ResourceType
from rehearsal.aws.spec import Lookup
from rehearsal.plugins.errors import ProviderError
from rehearsal.plugins.wire import Properties

_CERTIFICATE = Lookup(
    operation="describe_certificate", arguments={"CertificateArn": "{certificateArn}"}, path="Certificate"
)


class CertificateValidationHandler(ResourceHandler):
    """A certificate is validated when its records are in a hosted zone."""

    def create(self, context: ResourceContext, inputs: Properties) -> str:
        """Return the certificate's ARN if ACM would issue it now."""
        found = context.lookup("acm", _CERTIFICATE, inputs)
        if found is None:
            raise ProviderError(f"CertificateValidation: no certificate {inputs['certificateArn']}")
        records = {_plain(name) for name in _records(context)}
        for option in found.get("DomainValidationOptions") or []:
            wanted = option.get("ResourceRecord")
            if wanted and _plain(wanted["Name"]) not in records:
                raise ProviderError(
                    f"CertificateValidation: {wanted['Name']} {wanted['Type']} of {option['DomainName']} is in no hosted zone: "
                    "ACM would wait for it for 75 minutes; make the record of domainValidationOptions first"
                )
        return str(inputs["certificateArn"])

    def read(self, context: ResourceContext, resource_id: str, properties: Properties) -> Any:
        """Return something while the certificate exists."""
        return None if context.lookup("acm", _CERTIFICATE, {"certificateArn": resource_id}) is None else {}

    def id_of(self, context: ResourceContext, inputs: Properties, answer: Mapping[str, Any]) -> str:
        """Return the certificate's ARN."""
        return str(inputs["certificateArn"])


def _records(context: ResourceContext) -> Iterator[str]:
    for zone in context.call("route53", "list_hosted_zones")["HostedZones"]:
        for record in context.call("route53", "list_resource_record_sets", HostedZoneId=zone["Id"])[
            "ResourceRecordSets"
        ]:
            yield record["Name"]


def _plain(name: str) -> str:
    return name.rstrip(".").lower()


TYPE = ResourceType(
    token="aws:acm/certificateValidation:CertificateValidation",
    service="acm",
    create="describe_certificate",
    id="{certificateArn}",
    replace=frozenset({"certificateArn", "validationRecordFqdns"}),
    handler=CertificateValidationHandler,
    note="passes when the certificate's records are in a hosted zone of moto",
)

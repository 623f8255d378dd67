"""Certificates of ACM."""

from typing import Any

from rehearsal.aws.context import ResourceContext
from rehearsal.aws.given_ids import given_id
from rehearsal.aws.handler import ResourceHandler
from rehearsal.aws.patching import replace_methods
from rehearsal.aws.resource_type import ResourceType
from rehearsal.aws.spec import Lookup, TagCalls
from rehearsal.plugins.wire import Properties


class CertificateHandler(ResourceHandler):
    """A certificate; what it must be validated with comes from ACM."""

    def create_params(self, context: ResourceContext, inputs: Properties) -> dict[str, Any]:
        """Return the request; an alternative name that is the domain itself is not one."""
        others = [name for name in inputs.get("subjectAlternativeNames") or [] if name != inputs["domainName"]]
        rest = {key: value for key, value in inputs.items() if key != "subjectAlternativeNames"}
        return super().create_params(context, {**rest, **({"subjectAlternativeNames": others} if others else {})})

    def outputs(
        self, context: ResourceContext, resource_id: str, inputs: Properties, found: Any, before: Properties
    ) -> Properties:
        """Return ACM's answer in the provider's form; a certificate that moto makes again keeps its times."""
        outputs = super().outputs(context, resource_id, inputs, found, before)
        options = [
            {
                "domainName": option["DomainName"],
                "resourceRecordName": option["ResourceRecord"]["Name"],
                "resourceRecordType": option["ResourceRecord"]["Type"],
                "resourceRecordValue": option["ResourceRecord"]["Value"],
            }
            for option in found.get("DomainValidationOptions") or []
            if "ResourceRecord" in option
        ]
        names = sorted({inputs["domainName"], *(inputs.get("subjectAlternativeNames") or [])})
        private = bool(inputs.get("certificateAuthorityArn"))
        method = "NONE" if private else inputs.get("validationMethod", "NONE")
        # The state keeps what ACM said at creation: it becomes ISSUED later, outside the program.
        kept = {"status": before.get("status", found["Status"]), "domainValidationOptions": options}
        kept |= {"subjectAlternativeNames": names, "type": "PRIVATE" if private else "AMAZON_ISSUED"}
        return outputs | kept | {"validationMethod": method}


def _certificates_of_the_account() -> None:
    """Make a certificate under the id that its request names."""
    from moto.acm.models import AWSCertificateManagerBackend as Backend  # noqa: PLC0415 - the server alone imports moto

    original = Backend.request_certificate

    def request_certificate(self: Backend, domain_name: str, idempotency_token: str, *rest: Any) -> str:
        arn = original(self, domain_name, idempotency_token, *rest)
        if ident := given_id(idempotency_token):
            certificate = self._certificates.pop(arn)
            arn = f"{arn.rpartition('/')[0]}/{ident}"
            certificate.arn, certificate.status = arn, "ISSUED"
            self._certificates[arn] = certificate
        return arn

    replace_methods(Backend, request_certificate)


TYPE = ResourceType(
    token="aws:acm/certificate:Certificate",
    service="acm",
    create="request_certificate",
    id="CertificateArn",
    read=Lookup(operation="describe_certificate", arguments={"CertificateArn": "{id}"}, path="Certificate"),
    delete=("delete_certificate", {"CertificateArn": "{id}"}),
    skip=frozenset({"earlyRenewalDuration", "validationOptions"}),
    replace=frozenset(
        {"domainName", "subjectAlternativeNames", "validationMethod", "certificateAuthorityArn", "keyAlgorithm"}
    ),
    tags=TagCalls(
        member="Tags",
        add="add_tags_to_certificate",
        remove="remove_tags_from_certificate",
        arguments={"CertificateArn": "{id}"},
        removed="Tags",
        read=Lookup(operation="list_tags_for_certificate", arguments={"CertificateArn": "{id}"}, path="Tags"),
    ),
    outputs={"arn": "{id}", "notAfter": "NotAfter", "notBefore": "NotBefore"},
    empty={
        "keyAlgorithm": "RSA_2048",
        "pendingRenewal": False,
        "renewalEligibility": "INELIGIBLE",
        "renewalSummaries": [],
        "validationEmails": [],
    },
    moto_patches=(_certificates_of_the_account,),
    handler=CertificateHandler,
)

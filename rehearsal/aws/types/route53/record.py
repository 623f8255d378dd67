"""Records of Route 53's hosted zones."""

from typing import Any

from rehearsal.aws.context import ResourceContext
from rehearsal.aws.given_ids import given_id
from rehearsal.aws.handler import ResourceHandler
from rehearsal.aws.patching import replace_methods
from rehearsal.aws.resource_type import Failures, ResourceType
from rehearsal.aws.shapes import like
from rehearsal.aws.spec import Lookup
from rehearsal.plugins.errors import ProviderError
from rehearsal.plugins.wire import Properties, contains_unknown


class RecordHandler(ResourceHandler):
    """A record set; all operations are changes of its zone."""

    def create(self, context: ResourceContext, inputs: Properties) -> str:
        """Make it; one that exists is overwritten where the program allows it."""
        if not inputs.get("allowOverwrite") and self._found(context, inputs) is not None:
            zone = self._zone(context, inputs)
            raise ProviderError(
                f"ChangeResourceRecordSets: InvalidChangeBatch: {inputs['name']} {inputs['type']} exists in {zone}"
            )
        self._change(context, "UPSERT", inputs)
        return f"{inputs['zoneId']}_{inputs['name']}_{inputs['type']}"

    def read(self, context: ResourceContext, resource_id: str, properties: Properties) -> Any:
        """Return the record set; None if it or its zone does not exist."""
        return self._found(context, properties)

    def update(
        self, context: ResourceContext, resource_id: str, old: Properties, new: Properties, outputs: Properties
    ) -> None:
        """Write it again."""
        self._change(context, "UPSERT", new)

    def outputs(
        self, context: ResourceContext, resource_id: str, inputs: Properties, found: Any, before: Properties
    ) -> Properties:
        """Add the whole name."""
        outputs = super().outputs(context, resource_id, inputs, found, before)
        return outputs | {"fqdn": str(found["Name"]).rstrip(".")}

    def current_inputs(self, context: ResourceContext, resource_id: str, inputs: Properties, found: Any) -> Properties:
        """Return the inputs with the values that the zone has now."""
        now = dict(inputs)
        if "records" in inputs:
            values = [one["Value"] for one in found.get("ResourceRecords", [])]
            now |= {"records": like(inputs["records"], values), "ttl": found.get("TTL", inputs.get("ttl"))}
        return now

    def delete(self, context: ResourceContext, resource_id: str, inputs: Properties, outputs: Properties) -> None:
        """Delete it."""
        self._change(context, "DELETE", inputs)

    def _found(self, context: ResourceContext, inputs: Properties) -> Any:
        zone = context.lookup("route53", _ZONE, inputs)
        if zone is None:
            return None
        name = _whole(inputs["name"], zone["Name"])
        listed = context.call("route53", "list_resource_record_sets", HostedZoneId=inputs["zoneId"])
        same = [
            one
            for one in listed["ResourceRecordSets"]
            if (one["Name"].rstrip("."), one["Type"]) == (name, inputs["type"])
        ]
        return same[0] if same else None

    def _zone(self, context: ResourceContext, inputs: Properties) -> str:
        zone = context.lookup("route53", _ZONE, inputs)
        if zone is None:
            raise ProviderError(f"ChangeResourceRecordSets: NoSuchHostedZone: no hosted zone {inputs['zoneId']}")
        return str(zone["Name"])

    def _change(self, context: ResourceContext, action: str, inputs: Properties) -> None:
        record: dict[str, Any] = {"Name": _whole(inputs["name"], self._zone(context, inputs)), "Type": inputs["type"]}
        if inputs.get("aliases"):
            (alias,) = inputs["aliases"]
            record["AliasTarget"] = {
                "DNSName": alias["name"],
                "HostedZoneId": alias["zoneId"],
                "EvaluateTargetHealth": bool(alias.get("evaluateTargetHealth")),
            }
        else:
            record |= {"TTL": inputs["ttl"], "ResourceRecords": [{"Value": value} for value in inputs["records"]]}
        change = {"Changes": [{"Action": action, "ResourceRecordSet": record}]}
        context.call("route53", "change_resource_record_sets", HostedZoneId=inputs["zoneId"], ChangeBatch=change)


def _whole(name: str, zone: str) -> str:
    """The name with that of its zone, which the provider appends where it is missing."""
    name, zone = name.rstrip(".").lower(), zone.rstrip(".")
    return name if name == zone or name.endswith(f".{zone}") else f"{name}.{zone}" if name else zone


def _content(_: ResourceContext, inputs: Properties) -> Failures:
    """Check that it has values, or an alias."""
    if contains_unknown([inputs.get("records"), inputs.get("aliases")]):
        return []
    if bool(inputs.get("records")) == bool(inputs.get("aliases")):
        return [("records", "exactly one of records and aliases must be given")]
    if inputs.get("records") and inputs.get("ttl") is None:
        return [("ttl", "needed with records")]
    return []


def _zones_of_the_account() -> None:
    """Make a hosted zone under the id that its caller reference names."""
    from moto.route53.models import HostedZoneIdentifier, Route53Backend  # noqa: PLC0415 - the server alone imports moto
    from moto.utilities.id_generator import moto_id_manager  # noqa: PLC0415

    original = Route53Backend.create_hosted_zone

    def create_hosted_zone(self: Route53Backend, name: str, *args: Any, **named: Any) -> Any:
        if ident := given_id(named.get("caller_reference")):
            moto_id_manager.set_custom_id(HostedZoneIdentifier(self.account_id, name, None), ident)
        return original(self, name, *args, **named)

    replace_methods(Route53Backend, create_hosted_zone)


_ZONE = Lookup(operation="get_hosted_zone", arguments={"Id": "{zoneId}"}, path="HostedZone")

TYPE = ResourceType(
    token="aws:route53/record:Record",
    service="route53",
    create="change_resource_record_sets",
    id="{zoneId}_{name}_{type}",
    delete=("change_resource_record_sets", {}),
    skip=frozenset({"allowOverwrite"}),
    replace=frozenset({"zoneId", "name", "type", "setIdentifier"}),
    empty={"allowOverwrite": False},
    checks=(_content,),
    moto_patches=(_zones_of_the_account,),
    handler=RecordHandler,
)

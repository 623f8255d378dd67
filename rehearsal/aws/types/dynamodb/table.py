"""Tables of DynamoDB."""

from typing import Any

from rehearsal.aws.context import ResourceContext
from rehearsal.aws.handler import ResourceHandler
from rehearsal.aws.input_checks import text_of
from rehearsal.aws.resource_type import Failures, ResourceType
from rehearsal.aws.spec import Lookup, TagCalls, UpdateCall
from rehearsal.plugins.errors import ProviderError
from rehearsal.plugins.wire import Properties, Value, contains_unknown

_KEYS = (("hashKey", "HASH"), ("rangeKey", "RANGE"))
_ON_DEMAND = "PAY_PER_REQUEST"
# What the handler sends itself, with operations of its own or in another form.
_OWN = frozenset({"attributes", "hashKey", "rangeKey", "readCapacity", "writeCapacity", "serverSideEncryption"})
_LATER = frozenset({"ttl", "pointInTimeRecovery"})


class TableHandler(ResourceHandler):
    """A table; its recovery and its expiry are set by operations of their own."""

    def create_params(self, context: ResourceContext, inputs: Properties) -> dict[str, Any]:
        """Return the parameters, with keys, encryption and capacity in DynamoDB's form."""
        params = super().create_params(context, inputs)
        params["AttributeDefinitions"] = [
            {"AttributeName": one["name"], "AttributeType": one["type"]} for one in inputs.get("attributes") or []
        ]
        params["KeySchema"] = [
            {"AttributeName": inputs[key], "KeyType": kind} for key, kind in _KEYS if inputs.get(key)
        ]
        if encryption := _one(inputs.get("serverSideEncryption")):
            key = {"KMSMasterKeyId": encryption["kmsKeyArn"]} if encryption.get("kmsKeyArn") else {}
            params["SSESpecification"] = {"Enabled": bool(encryption.get("enabled")), "SSEType": "KMS", **key}
        if inputs.get("billingMode") != _ON_DEMAND:
            params["ProvisionedThroughput"] = {
                "ReadCapacityUnits": inputs.get("readCapacity"),
                "WriteCapacityUnits": inputs.get("writeCapacity"),
            }
        return params

    def finish(self, context: ResourceContext, resource_id: str, inputs: Properties) -> None:
        """Set recovery and expiry."""
        for key in sorted(_LATER & inputs.keys()):
            self._set(context, resource_id, key, inputs[key], {})

    def update(
        self, context: ResourceContext, resource_id: str, old: Properties, new: Properties, outputs: Properties
    ) -> None:
        """Change it; recovery and expiry by their own operations."""
        for key in sorted(_LATER):
            if old.get(key) != new.get(key):
                self._set(context, resource_id, key, new.get(key), _one(old.get(key)))
        super().update(context, resource_id, old, new, outputs)

    def _set(self, context: ResourceContext, name: str, key: str, value: Value, old: Properties) -> None:
        wanted = _one(value)
        on = bool(wanted.get("enabled"))
        if key == "pointInTimeRecovery":
            specification = {"PointInTimeRecoveryEnabled": on}
            context.call(
                "dynamodb",
                "update_continuous_backups",
                TableName=name,
                PointInTimeRecoverySpecification=specification,
            )
        elif on or old.get("enabled"):
            attribute = wanted.get("attributeName") or old.get("attributeName")
            expiry = {"Enabled": on, "AttributeName": attribute}
            context.call("dynamodb", "update_time_to_live", TableName=name, TimeToLiveSpecification=expiry)


def _one(value: Value) -> Properties:
    """The block of a property that has one block at most."""
    if isinstance(value, list):
        value = value[0] if value else None
    return dict(value or {})


def _keys(_: ResourceContext, inputs: Properties) -> Failures:
    """Check keys and attributes: each key needs an attribute, each attribute a use."""
    if contains_unknown([inputs.get("attributes"), inputs.get("hashKey"), inputs.get("rangeKey")]):
        return []
    if not inputs.get("hashKey"):
        return [("hashKey", "a table needs a hash key")]
    named = {one.get("name") for one in inputs.get("attributes") or []}
    keys = {inputs[key] for key, _ in _KEYS if inputs.get(key)}
    missing = [("attributes", f"no attribute is named {key}, which is a key") for key in sorted(keys - named)]
    if inputs.get("globalSecondaryIndexes") or inputs.get("localSecondaryIndexes"):
        return missing
    unused = sorted(str(name) for name in named - keys)
    return missing + [("attributes", f"{name} is the key of no index: DynamoDB refuses it") for name in unused]


def _name(_: ResourceContext, inputs: Properties) -> Failures:
    """Check the name by AWS's rules."""
    name = text_of(inputs.get("name"))
    if name is None:
        return []
    good = 3 <= len(name) <= 255 and all(letter.isascii() and (letter.isalnum() or letter in "_.-") for letter in name)
    return [] if good else [("name", f"{name}: 3 to 255 letters, digits, underscores, hyphens and dots")]


def _capacity(_: ResourceContext, inputs: Properties) -> Failures:
    """Check that a table with provisioned capacity has some."""
    mode = inputs.get("billingMode") or "PROVISIONED"
    if mode != "PROVISIONED":
        return []
    short = [key for key in ("readCapacity", "writeCapacity") if inputs.get(key) is None]
    return [(key, "needed unless billingMode is PAY_PER_REQUEST") for key in short]


def _unprotected(_: ResourceContext, resource_id: str, properties: Properties) -> None:
    """Refuse to delete a table that is protected."""
    if properties.get("deletionProtectionEnabled"):
        raise ProviderError(
            f"DeleteTable: ValidationException: {resource_id} has deletion protection; set deletionProtectionEnabled false first"
        )


TYPE = ResourceType(
    token="aws:dynamodb/table:Table",
    service="dynamodb",
    create="create_table",
    id="{name}",
    read=Lookup(operation="describe_table", arguments={"TableName": "{id}"}, path="Table"),
    delete=("delete_table", {"TableName": "{id}"}),
    renames={"name": "TableName"},
    skip=_OWN | _LATER,
    replace=frozenset({"name", "hashKey", "rangeKey", "serverSideEncryption.kmsKeyArn"}),
    updates=(
        UpdateCall(
            properties=("deletionProtectionEnabled",), operation="update_table", arguments={"TableName": "{id}"}
        ),
    ),
    tags=TagCalls(
        member="Tags",
        add="tag_resource",
        remove="untag_resource",
        arguments={"ResourceArn": "arn:{partition}:dynamodb:{region}:{account}:table/{id}"},
        read=Lookup(
            operation="list_tags_of_resource",
            arguments={"ResourceArn": "arn:{partition}:dynamodb:{region}:{account}:table/{id}"},
            path="Tags",
        ),
    ),
    name="name",
    outputs={"arn": "TableArn"},
    defaults={"billingMode": "PROVISIONED"},
    empty={
        "globalSecondaryIndexes": [],
        "readCapacity": 0,
        "streamArn": "",
        "streamLabel": "",
        "streamViewType": "",
        "tableClass": "STANDARD",
        "writeCapacity": 0,
    },
    checks=(_keys, _name, _capacity),
    guards=(_unprotected,),
    handler=TableHandler,
)

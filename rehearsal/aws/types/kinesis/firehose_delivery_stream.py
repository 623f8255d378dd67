"""Firehose streams that deliver to S3."""

import gzip
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import uuid4

from rehearsal.aws.context import ResourceContext
from rehearsal.aws.handler import ResourceHandler
from rehearsal.aws.input_checks import text_of
from rehearsal.aws.patching import replace_methods
from rehearsal.aws.resource_type import Failures, ResourceType
from rehearsal.aws.spec import Lookup, TagCalls
from rehearsal.plugins.errors import ProviderError
from rehearsal.plugins.wire import Properties

_NAME = {"DeliveryStreamName": "{name}"}
_LETTERS = {"yyyy": "%Y", "MM": "%m", "dd": "%d", "HH": "%H"}
_LEAST_SECONDS, _MOST_SECONDS, _MOST_MIB = 0, 900, 128
_LEAST_MIB_PARTITIONED = 64


def object_key(stream: str, version: str, destination: Mapping[str, Any], now: datetime) -> str:
    """Key of an object that a stream delivers.

    Of expressions in the prefix, ``!{timestamp:...}`` is evaluated, with the letters of a year, month, day and hour; without any,
    year, month, day and hour follow the prefix (Amazon Data Firehose Developer Guide, "Understand custom prefixes for Amazon S3
    objects").
    """
    prefix = str(destination.get("Prefix") or "")
    if "!{" in prefix:
        for pattern in re.findall(r"!\{timestamp:([^}]*)\}", prefix):
            made = re.sub(r"yyyy|MM|dd|HH", lambda letters: now.strftime(_LETTERS[letters[0]]), pattern)
            prefix = prefix.replace(f"!{{timestamp:{pattern}}}", made)
    else:
        prefix += now.strftime("%Y/%m/%d/%H/")
    packed = destination.get("CompressionFormat") == "GZIP"
    extension = destination.get("FileExtension") or (".gz" if packed else "")
    return f"{prefix}{stream}-{version}-{now:%Y-%m-%d-%H-%M-%S}-{uuid4()}{extension}"


def _deliver_as_firehose() -> None:
    """Deliver under the stream's prefix, compressed and with its key: moto's objects have a date of their own, and neither."""
    from moto.core.utils import utcnow  # noqa: PLC0415 - the server alone imports moto
    from moto.firehose.models import FirehoseBackend  # noqa: PLC0415 - as above
    from moto.s3.models import s3_backends  # noqa: PLC0415 - as above

    def put_s3_records(
        self: FirehoseBackend,
        delivery_stream_name: str,
        version_id: str,
        s3_destination: dict[str, Any],
        records: list[dict[str, bytes]],
    ) -> list[dict[str, str]]:
        data = b"".join(record["Data"] for record in records)
        if s3_destination.get("CompressionFormat") == "GZIP":
            data = gzip.compress(data)
        encryption = s3_destination.get("EncryptionConfiguration", {}).get("KMSEncryptionConfig", {})
        key = encryption.get("AWSKMSKeyARN")
        s3_backends[self.account_id][self.partition].put_object(
            s3_destination["BucketARN"].split(":")[-1],
            object_key(delivery_stream_name, version_id, s3_destination, utcnow()),
            data,
            encryption="aws:kms" if key else None,
            kms_key_id=key,
        )
        return [{"RecordId": str(uuid4())} for _ in records]

    replace_methods(FirehoseBackend, put_s3_records)


def _destination(_: ResourceContext, inputs: Properties) -> Failures:
    """Check destination and buffers (Amazon Data Firehose API Reference, BufferingHints; "Dynamic partitioning")."""
    kind = text_of(inputs.get("destination"))
    if kind not in (None, "extended_s3"):
        return [("destination", f"{kind}: the rehearsal delivers to extended_s3 only")]
    config = inputs.get("extendedS3Configuration")
    if not isinstance(config, Mapping):
        return [] if config is not None or kind is None else [("extendedS3Configuration", "needed for extended_s3")]
    problems: Failures = []
    seconds, size = config.get("bufferingInterval"), config.get("bufferingSize")
    if isinstance(seconds, int) and not _LEAST_SECONDS <= seconds <= _MOST_SECONDS:
        problems.append(("extendedS3Configuration.bufferingInterval", f"{seconds} is not within 0 to {_MOST_SECONDS}"))
    partitioned = config.get("dynamicPartitioningConfiguration")
    least = _LEAST_MIB_PARTITIONED if isinstance(partitioned, Mapping) and partitioned.get("enabled") else 1
    if isinstance(size, int) and not least <= size <= _MOST_MIB:
        problems.append(("extendedS3Configuration.bufferingSize", f"{size} is not within {least} to {_MOST_MIB}"))
    prefix = text_of(config.get("prefix"))
    if prefix and "!{" in prefix and not config.get("errorOutputPrefix"):
        problems.append(("extendedS3Configuration.errorOutputPrefix", "needed with an expression in prefix"))
    return problems


def _configuration(config: Mapping[str, Any]) -> dict[str, Any]:
    logging = config.get("cloudwatchLoggingOptions")
    processing = config.get("processingConfiguration")
    partitioning = config.get("dynamicPartitioningConfiguration")
    made = {
        "RoleARN": config["roleArn"],
        "BucketARN": config["bucketArn"],
        "Prefix": config.get("prefix"),
        "ErrorOutputPrefix": config.get("errorOutputPrefix"),
        "CompressionFormat": config.get("compressionFormat", "UNCOMPRESSED"),
        "BufferingHints": {
            "IntervalInSeconds": config.get("bufferingInterval", 300),
            "SizeInMBs": config.get("bufferingSize", 5),
        },
        "EncryptionConfiguration": {"KMSEncryptionConfig": {"AWSKMSKeyARN": config["kmsKeyArn"]}}
        if config.get("kmsKeyArn")
        else {"NoEncryptionConfig": "NoEncryption"},
        "CloudWatchLoggingOptions": logging
        and {
            "Enabled": bool(logging.get("enabled")),
            "LogGroupName": logging.get("logGroupName", ""),
            "LogStreamName": logging.get("logStreamName", ""),
        },
        "ProcessingConfiguration": processing
        and {
            "Enabled": bool(processing.get("enabled")),
            "Processors": [_processor(p) for p in processing["processors"]],
        },
        "DynamicPartitioningConfiguration": partitioning and {"Enabled": bool(partitioning.get("enabled"))},
        "FileExtension": config.get("fileExtension"),
    }
    return {key: value for key, value in made.items() if value is not None}


def _processor(processor: Mapping[str, Any]) -> dict[str, Any]:
    parameters = [
        {"ParameterName": one["parameterName"], "ParameterValue": one["parameterValue"]}
        for one in processor.get("parameters") or []
    ]
    return {"Type": processor["type"], "Parameters": parameters}


class DeliveryStreamHandler(ResourceHandler):
    """A stream, whose destination has another form in AWS's API."""

    def create_params(self, context: ResourceContext, inputs: Properties) -> dict[str, Any]:
        """Return name, destination, encryption and tags."""
        plain = {key: inputs[key] for key in ("name", "tags") if inputs.get(key)}
        params = super().create_params(context, plain)
        params["DeliveryStreamType"] = "DirectPut"
        params["ExtendedS3DestinationConfiguration"] = _configuration(inputs["extendedS3Configuration"])
        encryption = inputs.get("serverSideEncryption") or {}
        if encryption.get("enabled"):
            key = {"KeyARN": encryption["keyArn"]} if encryption.get("keyArn") else {}
            kind = encryption.get("keyType", "AWS_OWNED_CMK")
            params["DeliveryStreamEncryptionConfigurationInput"] = {"KeyType": kind, **key}
        return params

    def read(self, context: ResourceContext, resource_id: str, properties: Properties) -> Any:
        """Return the stream of this name."""
        name = {"name": resource_id.rpartition("/")[2]}
        return super().read(context, resource_id, {**properties, **name})

    def update(
        self, context: ResourceContext, resource_id: str, old: Properties, new: Properties, outputs: Properties
    ) -> None:
        """Update tags and destination."""
        super().update(context, resource_id, old, {**old, "tags": new.get("tags")}, outputs)
        changed = {key for key in {*old, *new} if old.get(key) != new.get(key)} - {"tags", "tagsAll", "__defaults"}
        if changed - {"extendedS3Configuration"}:
            raise ProviderError(
                f"FirehoseDeliveryStream: {', '.join(sorted(changed))} cannot be changed in the rehearsal"
            )
        if changed:
            found = self.read(context, resource_id, new)
            context.call(
                "firehose",
                "update_destination",
                DeliveryStreamName=found["DeliveryStreamName"],
                CurrentDeliveryStreamVersionId=found["VersionId"],
                DestinationId=found["Destinations"][0]["DestinationId"],
                ExtendedS3DestinationUpdate=_configuration(new["extendedS3Configuration"]),
            )


TYPE = ResourceType(
    token="aws:kinesis/firehoseDeliveryStream:FirehoseDeliveryStream",
    service="firehose",
    create="create_delivery_stream",
    id="DeliveryStreamARN",
    read=Lookup(operation="describe_delivery_stream", arguments=_NAME, path="DeliveryStreamDescription"),
    delete=("delete_delivery_stream", _NAME),
    renames={"name": "DeliveryStreamName"},
    skip=frozenset({"destination", "extendedS3Configuration", "serverSideEncryption"}),
    replace=frozenset({"name", "destination"}),
    tags=TagCalls(
        member="Tags",
        add="tag_delivery_stream",
        remove="untag_delivery_stream",
        arguments=_NAME,
        read=Lookup(operation="list_tags_for_delivery_stream", arguments=_NAME, path="Tags"),
    ),
    name="name",
    name_length=64,
    outputs={"arn": "{id}", "destinationId": "Destinations.0.DestinationId", "versionId": "VersionId"},
    checks=(_destination,),
    handler=DeliveryStreamHandler,
    moto_patches=(_deliver_as_firehose,),
    note="each batch of records is an object in S3 at once; nothing is transformed or partitioned",
)

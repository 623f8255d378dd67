"""Behaviours of buckets, their settings and log groups."""

import json
from typing import Any

from rehearsal.aws.behaviour import Behaviour
from rehearsal.aws.calls import AwsError
from rehearsal.aws.context import Context
from rehearsal.aws.shapes import to_params
from rehearsal.plugins.errors import ProviderError
from rehearsal.plugins.wire import Properties

_POLICY_RECORD = "aws:s3/bucketPolicy:BucketPolicy"


class Bucket(Behaviour):
    """A bucket; its deletion may have to empty it first."""

    def create_params(self, context: Context, inputs: Properties) -> dict[str, Any]:
        """The name, and outside us-east-1 the region."""
        params: dict[str, Any] = {"Bucket": inputs["bucket"]}
        if context.region != "us-east-1":
            params["CreateBucketConfiguration"] = {"LocationConstraint": context.region}
        if inputs.get("objectLockEnabled"):
            params["ObjectLockEnabledForBucket"] = True
        return params

    def create(self, context: Context, inputs: Properties) -> str:
        """Make it, unless somebody has it: moto lets its owner make a bucket twice in us-east-1."""
        begun = context.records.begun(inputs["bucket"], context.token)
        if not begun and super().look(context, inputs["bucket"], inputs) is not None:
            raise ProviderError(f"CreateBucket: BucketAlreadyOwnedByYou: {inputs['bucket']} exists already")
        # A killed run's own bucket must not be taken for somebody else's.
        context.records.begin(inputs["bucket"], context.token)
        return super().create(context, inputs)

    def look(self, context: Context, resource_id: str, properties: Properties) -> Any:
        """The bucket; its answer has no content."""
        return None if super().look(context, resource_id, properties) is None else {}

    def delete(self, context: Context, resource_id: str, inputs: Properties, outputs: Properties) -> None:
        """Delete it, with ``forceDestroy`` with everything in it."""
        if inputs.get("forceDestroy"):
            empty_bucket(context, resource_id)
        super().delete(context, resource_id, inputs, outputs)
        context.records.end(resource_id)


def empty_bucket(context: Context, bucket: str) -> None:
    """Delete every version of every object; a policy could stand in the way, and moto would not say so."""
    context.call("s3", "delete_bucket_policy", Bucket=bucket)
    while True:
        page = context.aws.call("s3", context.region, "list_object_versions", {"Bucket": bucket})
        objects = [
            {"Key": item["Key"], "VersionId": item["VersionId"]}
            for item in [*page.get("Versions", []), *page.get("DeleteMarkers", [])]
        ]
        if not objects:
            return
        answer = context.aws.call(
            "s3", context.region, "delete_objects", {"Bucket": bucket, "Delete": {"Objects": objects}}
        )
        for failed in answer.get("Errors", []):
            raise AwsError("DeleteObjects", failed.get("Code", ""), failed.get("Message", failed.get("Key", "")))


class Versioning(Behaviour):
    """Versioning is never deleted, only suspended."""

    def create_params(self, context: Context, inputs: Properties) -> dict[str, Any]:
        """The bucket and its state."""
        status = inputs["versioningConfiguration"]["status"]
        return {"Bucket": inputs["bucket"], "VersioningConfiguration": {"Status": status}}

    def current(self, context: Context, resource_id: str, inputs: Properties, found: Any) -> Properties:
        """The inputs with the state as it is."""
        status = found.get("Status") or "Disabled"
        return {**inputs, "versioningConfiguration": {**inputs["versioningConfiguration"], "status": status}}

    def delete(self, context: Context, resource_id: str, inputs: Properties, outputs: Properties) -> None:
        """Suspend it."""
        suspended = {"Status": "Suspended"}
        context.call("s3", "put_bucket_versioning", Bucket=resource_id, VersioningConfiguration=suspended)


class Lifecycle(Behaviour):
    """Lifecycle rules; moto drops parts of what it is given when read."""

    def create_params(self, context: Context, inputs: Properties) -> dict[str, Any]:
        """The rules; one without a filter is for the whole bucket."""
        params = super().create_params(
            context, {key: value for key, value in inputs.items() if key != "transitionDefaultMinimumObjectSize"}
        )
        for rule in params["LifecycleConfiguration"]["Rules"]:
            if "Filter" not in rule and "Prefix" not in rule:
                rule["Filter"] = {"Prefix": ""}
        return params

    def current(self, context: Context, resource_id: str, inputs: Properties, found: Any) -> Properties:
        """The inputs, unless a rule came, went or was switched."""
        wanted = {rule["id"]: rule["status"] for rule in inputs["rules"]}
        actual = {rule["ID"]: rule["Status"] for rule in found["Rules"]}
        if wanted == actual:
            return dict(inputs)
        rules = [{**rule, "status": actual[rule["id"]]} for rule in inputs["rules"] if rule["id"] in actual]
        new = [{"id": name, "status": status} for name, status in actual.items() if name not in wanted]
        return {**inputs, "rules": rules + new}


class BucketPolicy(Behaviour):
    """A policy; moto ignores conditions when it denies, so only what has none is given to it.

    The whole text is recorded beside, and that is what is read back.
    """

    def create_params(self, context: Context, inputs: Properties) -> dict[str, Any]:
        """The statements that moto applies as AWS would."""
        document = json.loads(inputs["policy"])
        statements = document["Statement"] if isinstance(document["Statement"], list) else [document["Statement"]]
        context.records.put(
            _POLICY_RECORD, inputs["bucket"], context.resource.urn, inputs, {"policy": inputs["policy"]}
        )
        safe = [
            item
            for item in statements
            if not item.get("Condition")
            and (item["Effect"] == "Allow" or item.get("Principal") in ("*", {"AWS": "*"}, {"AWS": ["*"]}))
        ]
        harmless = {
            "Sid": "Recorded",
            "Effect": "Allow",
            "Principal": "*",
            "Action": "s3:GetBucketLocation",
            "Resource": f"arn:aws:s3:::{inputs['bucket']}",
        }
        return {
            "Bucket": inputs["bucket"],
            "Policy": json.dumps({"Version": "2012-10-17", "Statement": safe or [harmless]}),
        }

    def look(self, context: Context, resource_id: str, properties: Properties) -> Any:
        """The recorded text, if moto has a policy too."""
        if super().look(context, resource_id, {**properties, "bucket": resource_id}) is None:
            return None
        recorded = context.records.get(_POLICY_RECORD, resource_id)
        return {"Policy": recorded[1]["policy"]} if recorded else {}

    def delete(self, context: Context, resource_id: str, inputs: Properties, outputs: Properties) -> None:
        """Delete both."""
        super().delete(context, resource_id, {"bucket": resource_id}, {})
        context.records.remove(_POLICY_RECORD, resource_id)


class Logging(Behaviour):
    """Access logs; none is an empty status."""

    def create_params(self, context: Context, inputs: Properties) -> dict[str, Any]:
        """The bucket and where its logs go."""
        shape = context.aws.model("s3", "put_bucket_logging").input_shape
        inner = {key: value for key, value in inputs.items() if key in {"targetBucket", "targetPrefix", "targetGrants"}}
        if shape is None:
            raise ProviderError("put_bucket_logging takes no input")
        enabled = shape.members["BucketLoggingStatus"].members["LoggingEnabled"]  # type: ignore[attr-defined]
        status = {"LoggingEnabled": to_params(enabled, inner, {}, "BucketLogging")}
        return {"Bucket": inputs["bucket"], "BucketLoggingStatus": status}

    def delete(self, context: Context, resource_id: str, inputs: Properties, outputs: Properties) -> None:
        """Set it to none."""
        context.call("s3", "put_bucket_logging", Bucket=resource_id, BucketLoggingStatus={})


class LogGroup(Behaviour):
    """A log group; AWS finds them by prefix only."""

    def look(self, context: Context, resource_id: str, properties: Properties) -> Any:
        """The group of exactly this name."""
        for group in super().look(context, resource_id, properties) or []:
            if group["logGroupName"] == resource_id:
                return group
        return None

    def update(self, context: Context, resource_id: str, old: Properties, new: Properties, outputs: Properties) -> None:
        """Change retention; 0 means for ever, which is a call of its own."""
        if old.get("retentionInDays") and not new.get("retentionInDays"):
            context.call("logs", "delete_retention_policy", logGroupName=resource_id)
            old = {**old, "retentionInDays": new.get("retentionInDays")}
        super().update(context, resource_id, old, new, outputs)

    def delete(self, context: Context, resource_id: str, inputs: Properties, outputs: Properties) -> None:
        """Delete it, unless the program wants it to stay."""
        if not inputs.get("skipDestroy"):
            super().delete(context, resource_id, inputs, outputs)

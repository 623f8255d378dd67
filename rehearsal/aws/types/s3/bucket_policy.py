"""Policies of S3 buckets."""

import json
from typing import Any

from rehearsal.aws.context import ResourceContext
from rehearsal.aws.handler import ResourceHandler
from rehearsal.aws.policy_checks import policy_of, statements_of
from rehearsal.aws.types.s3.shared import bucket_setting
from rehearsal.plugins.wire import Properties

_POLICY_RECORD = "aws:s3/bucketPolicy:BucketPolicy"


def _of_another_bucket(resource: str, bucket: str) -> str:
    named = resource.split(":::", 1)[-1].split("/", 1)[0]
    return "" if named in {bucket, "*"} else f"{resource} is not in bucket {bucket}"


class BucketPolicyHandler(ResourceHandler):
    """A policy; moto ignores conditions of denials, so it gets only statements without.

    The whole text is recorded in the sandbox, and read from there.
    """

    def create_params(self, context: ResourceContext, inputs: Properties) -> dict[str, Any]:
        """Return the statements that moto applies as AWS would."""
        document = json.loads(inputs["policy"])
        context.records.put(
            _POLICY_RECORD, inputs["bucket"], context.resource.urn, inputs, {"policy": inputs["policy"]}
        )
        safe = [
            item
            for item in statements_of(document)
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

    def read(self, context: ResourceContext, resource_id: str, properties: Properties) -> Any:
        """Return the recorded text, if moto has a policy too."""
        if super().read(context, resource_id, {**properties, "bucket": resource_id}) is None:
            return None
        recorded = context.records.get(_POLICY_RECORD, resource_id)
        return {"Policy": recorded[1]["policy"]} if recorded else {}

    def delete(self, context: ResourceContext, resource_id: str, inputs: Properties, outputs: Properties) -> None:
        """Delete moto's policy and the recorded text."""
        super().delete(context, resource_id, {"bucket": resource_id}, {})
        context.records.remove(_POLICY_RECORD, resource_id)


TYPE = bucket_setting(
    "BucketPolicy",
    "bucket_policy",
    "",
    "",
    checks=(policy_of("bucket", _of_another_bucket),),
    handler=BucketPolicyHandler,
)

"""Policies of S3 buckets."""

import json
from typing import Any

from rehearsal.aws.context import ResourceContext
from rehearsal.aws.handler import ResourceHandler
from rehearsal.aws.input_checks import text_of
from rehearsal.aws.policy_checks import resource_policy, statements_of
from rehearsal.aws.resource_type import Failures
from rehearsal.aws.types.s3.shared import bucket_setting
from rehearsal.plugins.wire import Properties

_POLICY_RECORD = "aws:s3/bucketPolicy:BucketPolicy"


def _bucket_policy(context: ResourceContext, inputs: Properties) -> Failures:
    """Check that the policy is about its bucket."""
    problems = resource_policy("policy")(context, inputs)
    text, bucket = text_of(inputs.get("policy")), text_of(inputs.get("bucket"))
    if problems or text is None or bucket is None:
        return problems
    for statement in statements_of(json.loads(text)):
        resources = statement.get("Resource", [])
        for resource in resources if isinstance(resources, list) else [resources]:
            if resource.split(":::", 1)[-1].split("/", 1)[0] not in {bucket, "*"}:
                problems.append(("policy", f"{resource} is not in bucket {bucket}"))
    return problems


class BucketPolicyHandler(ResourceHandler):
    """A policy; moto ignores conditions of denials, so it gets only statements without.

    The whole text is recorded in the sandbox, and read from there.
    """

    def create_params(self, context: ResourceContext, inputs: Properties) -> dict[str, Any]:
        """Return the statements that moto applies as AWS would."""
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

    def read(self, context: ResourceContext, resource_id: str, properties: Properties) -> Any:
        """Return the recorded text, if moto has a policy too."""
        if super().read(context, resource_id, {**properties, "bucket": resource_id}) is None:
            return None
        recorded = context.records.get(_POLICY_RECORD, resource_id)
        return {"Policy": recorded[1]["policy"]} if recorded else {}

    def delete(self, context: ResourceContext, resource_id: str, inputs: Properties, outputs: Properties) -> None:
        """Delete both."""
        super().delete(context, resource_id, {"bucket": resource_id}, {})
        context.records.remove(_POLICY_RECORD, resource_id)


TYPE = bucket_setting("BucketPolicy", "bucket_policy", "", "", checks=(_bucket_policy,), handler=BucketPolicyHandler)

"""Lifecycle rules of S3 buckets."""

from collections.abc import Mapping
from typing import Any

from rehearsal.aws.context import ResourceContext
from rehearsal.aws.handler import ResourceHandler
from rehearsal.aws.input_checks import items_of
from rehearsal.aws.resource_type import Failures
from rehearsal.aws.types.s3.shared import bucket_setting
from rehearsal.plugins.wire import Properties


def _lifecycle_rules(_: ResourceContext, inputs: Properties) -> Failures:
    """Check that rules have an action and different ids."""
    problems = []
    seen = set()
    for index, rule in enumerate(items_of(inputs.get("rules"))):
        if not isinstance(rule, Mapping):
            continue
        if rule.get("id") in seen:
            problems.append((f"rules[{index}].id", f"{rule['id']} is there twice"))
        seen.add(rule.get("id"))
        actions = ("expiration", "transition", "noncurrentVersion", "abortIncompleteMultipartUpload")
        if not any(key.startswith(actions) for key, value in rule.items() if value):
            problems.append((f"rules[{index}]", "a rule needs an action"))
        days = (rule.get("expiration") or {}).get("days") if isinstance(rule.get("expiration"), Mapping) else None
        if isinstance(days, int) and days < 1:
            problems.append((f"rules[{index}].expiration.days", "must be at least 1"))
    return problems


class BucketLifecycleHandler(ResourceHandler):
    """Lifecycle rules; moto does not return all of them."""

    def create_params(self, context: ResourceContext, inputs: Properties) -> dict[str, Any]:
        """Return the rules; one without a filter applies to the whole bucket."""
        params = super().create_params(
            context, {key: value for key, value in inputs.items() if key != "transitionDefaultMinimumObjectSize"}
        )
        for rule in params["LifecycleConfiguration"]["Rules"]:
            if "Filter" not in rule and "Prefix" not in rule:
                rule["Filter"] = {"Prefix": ""}
        return params

    def current_inputs(self, context: ResourceContext, resource_id: str, inputs: Properties, found: Any) -> Properties:
        """Return the inputs, with rules that were added, removed or switched."""
        wanted = {rule["id"]: rule["status"] for rule in inputs["rules"]}
        actual = {rule["ID"]: rule["Status"] for rule in found["Rules"]}
        if wanted == actual:
            return dict(inputs)
        rules = [{**rule, "status": actual[rule["id"]]} for rule in inputs["rules"] if rule["id"] in actual]
        new = [{"id": name, "status": status} for name, status in actual.items() if name not in wanted]
        return {**inputs, "rules": rules + new}


TYPE = bucket_setting(
    "BucketLifecycleConfiguration",
    "bucket_lifecycle_configuration",
    "LifecycleConfiguration",
    "",
    delete="delete_bucket_lifecycle",
    checks=(_lifecycle_rules,),
    handler=BucketLifecycleHandler,
    empty={
        "expectedBucketOwner": "",
        "transitionDefaultMinimumObjectSize": "all_storage_classes_128K",
    },
)

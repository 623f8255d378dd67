"""What AWS refuses in policy documents, and moto takes; see `checks`."""

import json
import re
from typing import Any

from rehearsal.aws.checks import Problems, text_of
from rehearsal.aws.context import Context
from rehearsal.aws.kind import Check
from rehearsal.plugins.wire import Properties, Value


def _document(name: str, value: Value, limit: int) -> tuple[Any, Problems]:
    text = text_of(value)
    if text is None:
        return None, []
    try:
        document = json.loads(text)
    except ValueError as error:
        return None, [(name, f"is not JSON: {error}")]
    if not isinstance(document, dict) or not document.get("Statement"):
        return None, [(name, "a policy document needs a Statement")]
    size = len(re.sub(r"\s", "", text))
    if size > limit:
        return None, [(name, f"has {size} characters without blanks, AWS allows {limit}")]
    return document, []


def _statements(document: Any) -> list[Any]:
    statements = document["Statement"] if document else []
    return statements if isinstance(statements, list) else [statements]


def trust_policy(_: Context, inputs: Properties) -> Problems:
    """A role's trust policy: JSON, with a principal and an action in each statement."""
    name = "assumeRolePolicy"
    document, problems = _document(name, inputs.get(name), 2048)
    for statement in _statements(document):
        for key in ("Effect", "Principal", "Action"):
            if key not in statement and f"Not{key}" not in statement:
                problems.append((name, f"a statement of a trust policy needs {key}"))
    return problems


def identity_policy(name: str, limit: int) -> Check:
    """A policy for roles: JSON, no principal, not too long."""

    def check(_: Context, inputs: Properties) -> Problems:
        document, problems = _document(name, inputs.get(name), limit)
        for statement in _statements(document):
            if "Principal" in statement or "NotPrincipal" in statement:
                problems.append((name, "a policy for roles has no Principal"))
            sid = statement.get("Sid", "")
            if not re.fullmatch(r"[A-Za-z0-9]*", sid):
                problems.append((name, f"Sid {sid!r}: only letters and digits are allowed"))
        return problems

    return check


def resource_policy(name: str) -> Check:
    """A policy on a resource: JSON, with a principal in each statement."""

    def check(_: Context, inputs: Properties) -> Problems:
        document, problems = _document(name, inputs.get(name), 32768)
        missing = [item for item in _statements(document) if "Principal" not in item and "NotPrincipal" not in item]
        return problems + ([(name, "a statement of a resource's policy needs a Principal")] if missing else [])

    return check


def bucket_policy(context: Context, inputs: Properties) -> Problems:
    """A bucket's policy speaks of that bucket."""
    problems = resource_policy("policy")(context, inputs)
    text, bucket = text_of(inputs.get("policy")), text_of(inputs.get("bucket"))
    if problems or text is None or bucket is None:
        return problems
    for statement in _statements(json.loads(text)):
        resources = statement.get("Resource", [])
        for resource in resources if isinstance(resources, list) else [resources]:
            if resource.split(":::", 1)[-1].split("/", 1)[0] not in {bucket, "*"}:
                problems.append(("policy", f"{resource} is not in bucket {bucket}"))
    return problems

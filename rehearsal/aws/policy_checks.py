"""Checks of policy documents: what AWS rejects and moto accepts."""

import json
import re
from collections.abc import Callable
from fnmatch import fnmatchcase
from typing import Any

from rehearsal.aws.context import ResourceContext
from rehearsal.aws.input_checks import text_of
from rehearsal.aws.policy_document import listed
from rehearsal.aws.resource_type import Check, Failures
from rehearsal.plugins.wire import Properties, Value


def _document(name: str, value: Value, limit: int) -> tuple[Any, Failures]:
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


def statements_of(document: Any) -> list[Any]:
    """Return the statements of a policy document, which may be one without a list around it."""
    return listed(document["Statement"]) if document else []


def trust_policy(_: ResourceContext, inputs: Properties) -> Failures:
    """Check a role's trust policy: JSON, with a principal and an action in each statement."""
    name = "assumeRolePolicy"
    document, problems = _document(name, inputs.get(name), 2048)
    for statement in statements_of(document):
        for key in ("Effect", "Principal", "Action"):
            if key not in statement and f"Not{key}" not in statement:
                problems.append((name, f"a statement of a trust policy needs {key}"))
    return problems


def identity_policy(name: str, limit: int) -> Check:
    """Check a policy for roles: JSON, without principal, not too long."""

    def check(_: ResourceContext, inputs: Properties) -> Failures:
        document, problems = _document(name, inputs.get(name), limit)
        for statement in statements_of(document):
            if "Principal" in statement or "NotPrincipal" in statement:
                problems.append((name, "a policy for roles has no Principal"))
            sid = statement.get("Sid", "")
            if not re.fullmatch(r"[A-Za-z0-9]*", sid):
                problems.append((name, f"Sid {sid!r}: only letters and digits are allowed"))
        return problems

    return check


def resource_policy(name: str) -> Check:
    """Check a policy of a resource: JSON, with a principal in each statement."""

    def check(_: ResourceContext, inputs: Properties) -> Failures:
        document, problems = _document(name, inputs.get(name), 32768)
        missing = [item for item in statements_of(document) if "Principal" not in item and "NotPrincipal" not in item]
        return problems + ([(name, "a statement of a resource's policy needs a Principal")] if missing else [])

    return check


def policy_of(owner: str, foreign: Callable[[str, str], str]) -> Check:
    """Check the policy of a resource, and that it is about this resource.

    Args:
        owner: Input that names the resource.
        foreign: Gets the ``Resource`` of a statement and the value of ``owner``; returns what is wrong if the first is
            another resource, else an empty text.
    """

    def check(context: ResourceContext, inputs: Properties) -> Failures:
        problems = resource_policy("policy")(context, inputs)
        text, name = text_of(inputs.get("policy")), text_of(inputs.get(owner))
        if problems or text is None or name is None:
            return problems
        resources = (
            item for statement in statements_of(json.loads(text)) for item in listed(statement.get("Resource", []))
        )
        return [("policy", reason) for resource in resources if (reason := foreign(resource, name))]

    return check


def allows_service(document: Any, service: str, action: str, resource: str, *, source: str) -> bool:
    """Return whether a resource's policy allows an action to an AWS service.

    Args:
        document: The policy as parsed JSON; an empty one allows nothing.
        service: Service principal, such as ``events.amazonaws.com``.
        action: IAM action, such as ``sqs:SendMessage``.
        resource: ARN of the resource that the policy belongs to.
        source: ARN that the service acts for; conditions on ``aws:SourceArn`` are compared with it, others are not
            evaluated.
    """

    def applies(statement: Any) -> bool:
        return (
            statement["Effect"] == "Allow"
            and (statement["Principal"] == "*" or service in listed(statement["Principal"].get("Service")))
            and any(fnmatchcase(action.lower(), item.lower()) for item in listed(statement.get("Action") or []))
            and any(fnmatchcase(resource, item) for item in listed(statement.get("Resource") or []))
            and all(
                any(fnmatchcase(source, item) for item in listed(values or []))
                for keys in (statement.get("Condition") or {}).values()
                for key, values in keys.items()
                if key.lower() == "aws:sourcearn"
            )
        )

    return any(applies(statement) for statement in statements_of(document) if "Principal" in statement)

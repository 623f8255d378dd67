"""Whom the principals of an IAM statement let in."""

import re
from collections.abc import Callable
from typing import Final

from guardrails.analysis.iam_documents import Statement, may_still, narrows, only_wildcards, tests
from guardrails.engine.rule import Finding, Findings, Unknown
from guardrails.engine.values import UNKNOWN, Value, as_list, is_open_cidr


def _account_of(arn: str) -> str:
    return (arn.split(":") + [""] * 5)[4]


def _source_of(arn: str) -> str:
    """The account of an ARN; for a bucket, whose ARN has none, its name, which is unique over all accounts."""
    fields = (arn.split(":", 5) + [""] * 6)[:6]
    bucket = fields[2] == "s3" and {fields[3], fields[4]} <= {"", "*"} and "/" not in fields[5]
    return fields[5] if bucket else _account_of(arn)


# Condition keys that say whose principal it is: the part of the value that may hold no wildcard.
_WHOSE: Final[dict[str, Callable[[str], str]]] = {
    "aws:principalorgid": str,
    "aws:principalaccount": str,
    "aws:sourceaccount": str,
    "aws:sourceowner": str,
    "aws:sourceorgid": str,
    "kms:calleraccount": str,
    "aws:principalorgpaths": lambda value: value.partition("/")[0],
    "aws:sourceorgpaths": lambda value: value.partition("/")[0],
    "aws:principalservicename": str,
    "aws:userid": lambda value: value.partition(":")[0],
    "aws:principalarn": _account_of,
    "aws:sourcearn": _source_of,
}


# Keys that say from where: enough for a resource policy, not for a role. AWS calls neither such a bucket nor such a file
# system public (S3 User Guide and EFS User Guide, "The meaning of public").
NETWORKS: Final[dict[str, Callable[[str], str]]] = {
    "aws:sourcevpc": str,
    "aws:sourcevpce": str,
    "aws:vpceaccount": str,
    "aws:vpceorgid": str,
    "aws:sourceip": lambda value: "" if is_open_cidr(value) else value,
    "s3:dataaccesspointaccount": str,
    "s3:dataaccesspointarn": _account_of,
    "elasticfilesystem:accessedviamounttarget": lambda value: "true" if value.lower() == "true" else "",
}


def _names_someone(condition: Value, keys: dict[str, Callable[[str], str]]) -> bool:
    for key, operator, value in tests(condition):
        part = keys.get(key)
        if part is None or not narrows(operator):
            continue
        # A switch may be JSON's true.
        texts = [str(item).lower() if isinstance(item, bool) else item for item in as_list(value)]
        parts = [part(item) if isinstance(item, str) else "" for item in texts]
        if parts and all(item and "*" not in item and "?" not in item for item in parts):
            return True
    return False


def open_to_everybody(statement: Statement, networks: dict[str, Callable[[str], str]] | None = None) -> Findings:
    """Whether a statement of a trust or resource policy lets everybody in."""
    keys = _WHOSE | (networks or {})
    principal = statement.principal
    if statement.has_not_principal:
        yield Finding("NotPrincipal lets everybody else in")
    named = [
        item
        for value in (principal.values() if isinstance(principal, dict) else [principal])
        for item in as_list(value)
    ]
    for item in named:
        if item is UNKNOWN:
            yield Unknown("a principal is unknown")
        elif isinstance(item, str) and _is_anyone(item.strip()):
            if _names_someone(statement.condition, keys):
                continue
            if may_still(statement.condition, keys.__contains__):
                yield Unknown("Principal is everybody, under a condition that is unknown")
            else:
                yield Finding("Principal is everybody")


def _is_anyone(principal: str) -> bool:
    return only_wildcards(principal) or re.fullmatch(r"arn:[^:]*:(iam|sts)::[^:]*[*?][^:]*:.*", principal) is not None

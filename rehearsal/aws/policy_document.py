"""Function ``aws.iam.getPolicyDocument``: a policy written as properties, rendered as JSON without a call of AWS."""

import json
from typing import Any

from rehearsal.plugins.wire import Properties

_LISTS = (
    ("actions", "Action"),
    ("notActions", "NotAction"),
    ("resources", "Resource"),
    ("notResources", "NotResource"),
)


def policy_document(args: Properties) -> str:
    """The JSON text of a document."""
    statements: dict[str, Properties] = {}
    for text in args.get("sourcePolicyDocuments") or []:
        _merge(statements, listed(json.loads(text)["Statement"]))
    _merge(statements, [_statement(item) for item in args.get("statements") or []])
    for text in args.get("overridePolicyDocuments") or []:
        _merge(statements, listed(json.loads(text)["Statement"]))
    document: Properties = {"Version": args.get("version") or "2012-10-17"}
    if args.get("policyId"):
        document["Id"] = args["policyId"]
    document["Statement"] = list(statements.values())
    return json.dumps(document, indent=2)


def listed(value: Any) -> list[Any]:
    """Return a value of a policy document as a list: one alone may be written without the list around it."""
    return value if isinstance(value, list) else [value]


def _merge(into: dict[str, Properties], statements: list[Properties]) -> None:
    """Replace earlier statements by later ones of the same Sid."""
    for statement in statements:
        into[statement.get("Sid") or f"#{len(into)}"] = statement


def _short(values: list[str]) -> Any:
    return values[0] if len(values) == 1 else sorted(values, reverse=True)


def _statement(given: Properties) -> Properties:
    statement: Properties = {"Sid": given["sid"]} if given.get("sid") else {}
    statement["Effect"] = given.get("effect") or "Allow"
    for key, name in _LISTS:
        if given.get(key):
            statement[name] = _short(given[key])
    for key, name in (("principals", "Principal"), ("notPrincipals", "NotPrincipal")):
        if given.get(key):
            statement[name] = _principals(given[key])
    for condition in given.get("conditions") or []:
        tests = statement.setdefault("Condition", {}).setdefault(condition["test"], {})
        tests[condition["variable"]] = _short(condition["values"])
    return statement


def _principals(given: list[Properties]) -> Any:
    if any(item["type"] == "*" for item in given):
        return "*"
    named: dict[str, list[str]] = {}
    for item in given:
        named.setdefault(item["type"], []).extend(item["identifiers"])
    return {kind: _short(identifiers) for kind, identifiers in named.items()}

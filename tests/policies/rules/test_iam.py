"""Made-up IAM documents: the verdict against a reading of them that shares no code with the rules."""

import itertools
import json
from fnmatch import fnmatchcase
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.policies.judging import Given, case, judge

SERVICES = ("s3", "iam", "kms", "sts", "ec2", "secretsmanager")
NAMES = (
    "GetObject",
    "PassRole",
    "Decrypt",
    "AssumeRole",
    "DescribeInstances",
    "GetSecretValue",
    "Get*",
    "Dec*",
    "*",
    "?*",
    "**",
)
STARS = ("*", "*:*", "?*", "**")
# What the whole account would have to lose: one action of each kind and a resource that no policy means by name.
WITNESSES = {
    "s3:GetObject": ("arn:aws:s3:::unheard-of/object",),
    "iam:PassRole": ("arn:aws:iam::000000000000:role/unheard-of",),
    "kms:Decrypt": ("arn:aws:kms:eu-north-1:000000000000:key/unheard-of",),
    "sts:AssumeRole": ("arn:aws:iam::000000000000:role/unheard-of",),
    "sts:GetFederationToken": ("arn:aws:sts::000000000000:federated-user/unheard-of",),
    "ec2:ModifySnapshotAttribute": ("arn:aws:ec2:eu-north-1::snapshot/unheard-of",),
    "ec2:GetPasswordData": ("arn:aws:ec2:eu-north-1:000000000000:instance/unheard-of",),
    "secretsmanager:GetSecretValue": ("arn:aws:secretsmanager:eu-north-1:000000000000:secret:unheard-of",),
}

actions = st.one_of(
    st.sampled_from(STARS), st.builds("{}:{}".format, st.sampled_from(SERVICES), st.sampled_from(NAMES))
)
resources = st.sampled_from(["*", "arn:aws:s3:::models/*", "arn:aws:s3:::*", "arn:aws:iam::*:role/llm-node", "arn:*"])


def one_or_more(items: st.SearchStrategy[str]) -> st.SearchStrategy[Any]:
    return st.one_of(items, st.lists(items, min_size=1, max_size=3))


@st.composite
def statements(draw: st.DrawFn) -> dict[str, Any]:
    statement: dict[str, Any] = {"Effect": draw(st.sampled_from(["Allow", "Deny"]))}
    statement[draw(st.sampled_from(["Action", "Action", "Action", "NotAction"]))] = draw(one_or_more(actions))
    statement[draw(st.sampled_from(["Resource", "Resource", "Resource", "NotResource"]))] = draw(one_or_more(resources))
    if draw(st.booleans()):
        statement["Sid"] = draw(st.sampled_from(["ReadWeights", ""]))
    if draw(st.booleans()):
        statement["Condition"] = {"Bool": {"aws:SecureTransport": "true"}}
    return statement


@st.composite
def spelled(draw: st.DrawFn, documents: st.SearchStrategy[list[dict[str, Any]]]) -> tuple[list[dict[str, Any]], Any]:
    """A document's statements, and the document in some spelling."""
    plain = draw(documents)
    change = draw(st.sampled_from([str, str.lower, str.upper]))

    def actions_changed(value: Any) -> Any:
        how = draw(st.sampled_from([str, str.lower, str.upper]))
        return [how(item) for item in value] if isinstance(value, list) else how(value)

    body = [
        {change(key): actions_changed(value) if key.endswith("Action") else value for key, value in one.items()}
        for one in plain
    ]
    document = {
        change("Version"): "2012-10-17",
        change("Statement"): body[0] if len(body) == 1 and draw(st.booleans()) else body,
    }
    return plain, json.dumps(document) if draw(st.booleans()) else document


def _all(value: Any) -> list[str]:
    return [value] if isinstance(value, str) else list(value or [])


def expected(plain: list[dict[str, Any]]) -> dict[str, bool]:
    allowed = [one for one in plain if one["Effect"] == "Allow"]
    told = [action for one in allowed for action in _all(one.get("Action"))]
    reached = [
        (action, resource)
        for one in allowed
        for action, resource in itertools.product(_all(one.get("Action")), _all(one.get("Resource")))
        for witness, arns in WITNESSES.items()
        if fnmatchcase(witness.lower(), action.lower() if ":" in action else f"{action}")
        and any(fnmatchcase(arn, resource) for arn in arns)
    ]
    return {
        "iam-star-action": any(action in STARS for action in told),
        "iam-service-wildcard": any(
            action not in STARS and action.partition(":")[2] in {"*", "?*", "**"} for action in told
        ),
        "iam-not-action": any("NotAction" in one or "NotResource" in one for one in allowed),
        "iam-star-resource": bool(reached),
    }


@pytest.mark.thorough
@settings(max_examples=200, deadline=None)
@given(spelled(st.lists(statements(), min_size=1, max_size=3)))
def test_the_verdict_is_that_of_an_independent_reading(drawn: tuple[list[dict[str, Any]], Any]) -> None:
    plain, document = drawn
    item = case("drawn", Given("aws:iam/policy:Policy", {"policy": document}))
    assert {rule: bool(judge(rule, item).findings) for rule in expected(plain)} == expected(plain)


@pytest.mark.thorough
@settings(max_examples=100, deadline=None)
@given(st.recursive(st.none() | st.booleans() | st.text(max_size=8) | st.just("*"), lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["Statement", "Effect", "Action", "Resource", "Condition", "Principal"]), inner, max_size=4), max_leaves=12))  # fmt: skip
def test_no_document_makes_a_rule_fall_over(document: Any) -> None:
    item = case(
        "drawn", Given("aws:iam/role:Role", {"inlinePolicies": [{"policy": document}], "assumeRolePolicy": document})
    )
    for rule in (
        "iam-star-action",
        "iam-service-wildcard",
        "iam-not-action",
        "iam-star-resource",
        "iam-trust-star",
        "irsa-scope",
    ):
        judge(rule, item)

"""IAM documents: what a statement may say, and how it is rendered."""

import json
from collections.abc import Callable
from typing import Any

import pulumi
import pytest

from components.iam import PolicyDocument, PolicyError, Statement, trust_service, trust_service_account
from tests.harness import deploy

BUCKET = "arn:aws:s3:::models"


def rendered(document: PolicyDocument | Callable[[], PolicyDocument]) -> dict[str, Any]:
    """The document as the engine gets it; made inside the program where it holds Outputs."""
    exports = deploy(lambda: pulumi.export("json", (document() if callable(document) else document).json)).exports
    result: dict[str, Any] = json.loads(exports["json"])
    return result


def test_a_statement_is_rendered_as_iam_spells_it() -> None:
    statement = Statement(
        sid="ReadWeights",
        actions=["s3:GetObject"],
        resources=[f"{BUCKET}/weights/*"],
        conditions={"StringEquals": {"aws:ResourceAccount": "123456789012"}},
    )
    assert rendered(PolicyDocument([statement])) == {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Sid": "ReadWeights",
                "Effect": "Allow",
                "Action": ["s3:GetObject"],
                "Resource": [f"{BUCKET}/weights/*"],
                "Condition": {"StringEquals": {"aws:ResourceAccount": "123456789012"}},
            }
        ],
    }


def test_an_output_may_be_a_resource() -> None:
    def program() -> None:
        arn = pulumi.Output.from_input(BUCKET)
        statement = Statement(sid="Read", actions=["s3:GetObject"], resources=[pulumi.Output.concat(arn, "/weights/*")])
        pulumi.export("json", PolicyDocument([statement]).json)

    assert json.loads(deploy(program).exports["json"])["Statement"][0]["Resource"] == [f"{BUCKET}/weights/*"]


def test_an_output_that_turns_out_a_wildcard_is_refused_too() -> None:
    def program() -> None:
        statement = Statement(sid="All", actions=["s3:GetObject"], resources=[pulumi.Output.from_input("*")])
        pulumi.export("json", PolicyDocument([statement]).json)

    assert 'say because="..."' in str(deploy(program).error)


@pytest.mark.parametrize(
    ("resource"),
    ["*", "arn:aws:s3:::*", "arn:aws:s3:::models*", "arn:aws:s3:::*/weights", "arn:aws:kms:*:1:key/x", "arn:*"],
)
def test_a_wildcard_resource_needs_a_reason(resource: str) -> None:
    with pytest.raises(PolicyError, match=r"statement Read: resource .* is a wildcard"):
        Statement(sid="Read", actions=["s3:GetObject"], resources=[resource])
    reasoned = Statement(
        sid="Read", actions=["s3:GetObject"], resources=[resource], because="the call names no resource"
    )
    assert reasoned.resources == [resource]


def test_everything_below_a_named_path_is_no_wildcard() -> None:
    statement = Statement(sid="Read", actions=["s3:GetObject"], resources=[f"{BUCKET}/*"])
    assert statement.because is None


@pytest.mark.parametrize("action", ["*", "s3:*", "s3:Get*", "s3:Ge?Object"])
def test_a_wildcard_action_is_refused_even_with_a_reason(action: str) -> None:
    with pytest.raises(PolicyError, match="name each action"):
        Statement(sid="Read", actions=[action], resources=[BUCKET], because="of no avail")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"sid": "read-weights"}, "letters and digits only"),
        ({"actions": []}, "has no actions"),
        ({"actions": ["GetObject"]}, "write it like s3:GetObject"),
        ({"resources": []}, "neither resources nor principals"),
    ],
)
def test_a_malformed_statement_is_refused(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(PolicyError, match=message):
        Statement(**{"sid": "Read", "actions": ["s3:GetObject"], "resources": [BUCKET], **changes})


def test_two_statements_of_one_sid_are_refused() -> None:
    statement = Statement(sid="Read", actions=["s3:GetObject"], resources=[BUCKET])
    with pytest.raises(PolicyError, match="names 2 statements"):
        PolicyDocument([statement, statement])
    with pytest.raises(PolicyError, match="omit it"):
        PolicyDocument([])


def test_a_deny_may_deny_everything() -> None:
    statement = Statement(sid="TlsOnly", effect="Deny", actions=["s3:*"], resources=["*"], principals={"*": "*"})
    assert rendered(PolicyDocument([statement]))["Statement"][0]["Principal"] == "*"


def test_a_service_is_trusted_by_name() -> None:
    statement = rendered(trust_service("eks.amazonaws.com"))["Statement"][0]
    assert statement["Principal"] == {"Service": "eks.amazonaws.com"}
    assert statement["Action"] == ["sts:AssumeRole"]


@pytest.mark.parametrize("scheme", ["", "https://"])
def test_one_service_account_is_trusted_through_the_issuer(scheme: str) -> None:
    provider = "arn:aws:iam::123456789012:oidc-provider/oidc.example.com/id/X"
    issuer = f"{scheme}oidc.example.com/id/X"
    document = lambda: trust_service_account(provider_arn=provider, issuer=issuer, namespace="llm", name="small")  # noqa: E731
    statement = rendered(document)["Statement"][0]
    assert statement["Principal"] == {"Federated": provider}
    assert statement["Condition"] == {
        "StringEquals": {
            "oidc.example.com/id/X:sub": "system:serviceaccount:llm:small",
            "oidc.example.com/id/X:aud": "sts.amazonaws.com",
        }
    }

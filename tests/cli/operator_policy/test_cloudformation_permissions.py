"""What AWS's own schemas say that a gateway's table, certificate and records need: it is allowed, or the reason is here."""

from pathlib import Path

import pytest

from cli.operator_policy.gateway_statements import gateway_statements
from cli.operator_policy.needs_by_type import BY_TYPE
from cli.operator_policy.statement import Place
from cli.operator_policy.statements import statements

ALLOWED = {action for one in (*statements(Place()), *gateway_statements(Place())) for action in one.actions}
_LINES = Path(__file__).with_name("cloudformation-permissions.txt").read_text(encoding="utf-8").splitlines()
HANDLERS = [tuple(line.split()) for line in _LINES if not line.startswith("#")]
TYPES = {token for token, *_ in HANDLERS}
_OPTION = "an option that the table does not have"
NOT_NEEDED = {
    **dict.fromkeys(
        (
            "dynamodb:DescribeContributorInsights",
            "dynamodb:UpdateContributorInsights",
            "dynamodb:DescribeImport",
            "dynamodb:ImportTable",
            "dynamodb:DescribeKinesisStreamingDestination",
            "dynamodb:DisableKinesisStreamingDestination",
            "dynamodb:EnableKinesisStreamingDestination",
            "dynamodb:UpdateKinesisStreamingDestination",
            "dynamodb:DeleteResourcePolicy",
            "dynamodb:GetResourcePolicy",
            "dynamodb:PutResourcePolicy",
            "kinesis:DescribeStream",
            "kinesis:PutRecords",
            "logs:CreateLogStream",
            "logs:DescribeLogStreams",
            "logs:PutLogEvents",
            "s3:GetObjectMetadata",
        ),
        _OPTION,
    ),
    "kms:ListAliases": "the key is given by its ARN",
    "kms:RevokeGrant": "DynamoDB retires its own grants",
    "route53:ListHostedZones": "zones are given by their ids",
}
"""Of what CloudFormation may do, what the AWS provider does not do for the program's resources, and why not."""


@pytest.mark.parametrize(("token", "handler", "needed"), [(one[0], one[1], one[2:]) for one in HANDLERS])
def test_what_a_handler_needs_is_allowed(token: str, handler: str, needed: tuple[str, ...]) -> None:
    assert set(needed) - ALLOWED - set(NOT_NEEDED) == set(), (token, handler)


def test_what_is_not_needed_is_of_a_handler_and_not_allowed() -> None:
    assert set(NOT_NEEDED) <= {action for _, _, *actions in HANDLERS for action in actions}
    assert not set(NOT_NEEDED) & ALLOWED


@pytest.mark.parametrize("token", sorted(TYPES))
def test_what_the_provider_is_said_to_call_is_in_the_schema(token: str) -> None:
    """An action in the one list and not in the other is a mistake of reading in one of them."""
    of_schema = {action for one, _, *actions in HANDLERS if one == token for action in actions}
    assert set(BY_TYPE[token][1].split()) - of_schema == set()

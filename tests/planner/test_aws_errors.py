"""Failures of the AWS SDK in words without credentials."""

import pytest
from botocore.exceptions import ClientError, HTTPClientError, NoCredentialsError, ProfileNotFound

from planner.aws_errors import error_code, failure


@pytest.mark.parametrize(
    ("error", "code", "said"),
    [
        (ClientError({"Error": {"Code": "AccessDenied", "Message": "AKIA"}}, "GetObject"), "AccessDenied", "ClientError: look"),
        (NoCredentialsError(), "", "Unable to locate credentials"),
        (ProfileNotFound(profile="a\nb"), "", "The config profile (a\\nb) could not be found"),
        (HTTPClientError(error="Invalid header value b'AKIA'"), "", "HTTPClientError: look at the region"),
        (ValueError("AKIA"), "", "ValueError: look at the region"),
    ],
)  # fmt: skip
def test_a_code_and_a_reason(error: Exception, code: str, said: str) -> None:
    assert error_code(error) == code
    assert failure(error).startswith(said)
    assert "AKIA" not in failure(error)
    assert failure(error).isprintable()

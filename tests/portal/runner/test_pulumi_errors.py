"""What failed, in one line."""

import pytest

from portal.runner.pulumi_errors import reason_of


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("\n  code: 255\n error: no stack named 'x' found\nstderr", "error: no stack named 'x' found"),
        ("\n  cannot connect\n", "cannot connect"),
        ("", "no reason given"),
    ],
)
def test_the_reason(text, reason):
    assert reason_of(text) == reason

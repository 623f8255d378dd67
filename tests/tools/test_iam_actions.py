"""The guardrails' table of IAM actions is that of the pinned package."""

from tools import iam_actions


def test_the_table_is_that_of_the_pinned_package():
    assert iam_actions.FILE.read_text() == iam_actions.rendered(), "run python -m tools.iam_actions"

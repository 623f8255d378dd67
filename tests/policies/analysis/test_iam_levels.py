"""Access levels from the committed table."""

import pytest

from guardrails.analysis.iam_levels import Level, changes, is_unknown


@pytest.mark.parametrize(
    ("pattern", "action", "level"),
    [
        ("ecr:PutImage", "ecr:PutImage", Level.WRITE),
        ("ECR:putimage", "ecr:PutImage", Level.WRITE),
        ("ec2:Modify*", "ec2:ModifySnapshotAttribute", Level.PERMISSIONS),
        ("ec2:????teTags", "ec2:CreateTags", Level.TAGGING),
        ("*:UpdateItem", "dynamodb:UpdateItem", Level.WRITE),
        ("*", "eks:CreatePodIdentityAssociation", Level.WRITE),
    ],
)
def test_a_pattern_takes_in_changes(pattern, action, level):
    assert changes(pattern)[action] is level


@pytest.mark.parametrize("pattern", ["ec2:Describe*", "ecr:GetAuthorizationToken", "nothing:Here", "s3:", "", ":"])
def test_what_reads_or_is_not_there_changes_nothing(pattern):
    assert changes(pattern) == {}


@pytest.mark.parametrize(
    ("action", "unknown"),
    [
        ("ec2:FrobnicateInstances", True),
        ("frob:Nicate", True),
        ("ec2:DescribeWhatComesTomorrow", False),
        ("ec2:RunInstances", False),
        ("ec2:DisableEbsEncryptionByDefault", False),
        ("ec2:Frob*", False),
    ],
)
def test_an_action_of_no_list_is_unknown(action, unknown):
    assert is_unknown(action) is unknown

"""Keys that encrypt what the platform keeps."""

import pulumi

from components.kms import encryption_key
from tests.components.builders import on_aws
from tests.harness import deploy


def test_a_key_rotates_and_its_deletion_can_be_cancelled_for_a_month():
    def program() -> None:
        parent = pulumi.ComponentResource("test:it:It", "it", None, on_aws())
        encryption_key("k", "Encrypts x", pulumi.ResourceOptions(parent=parent))

    key = deploy(program).one("Key").inputs
    assert (key["description"], key["enableKeyRotation"], key["deletionWindowInDays"]) == ("Encrypts x", True, 30)

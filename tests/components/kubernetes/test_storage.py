"""Classes of volumes of pods."""

import pulumi
import pytest

from components.kubernetes.scope import Scope
from components.kubernetes.storage import volume_claim
from tests.harness import Deployment, deploy

KEY = "arn:aws:kms:us-east-1:123456789012:key/11111111-2222-3333-4444-555555555555"


def claim(key: str | None) -> Deployment:
    def program() -> None:
        volume_claim(
            Scope(name="prometheus", namespace="monitoring", parent=pulumi.ComponentResource("t:t:T", "t")), 20, key
        )

    made = deploy(program)
    assert made.error is None, made.error
    return made


@pytest.mark.parametrize(("key", "more"), [(None, {}), (KEY, {"kmsKeyId": KEY})])
def test_a_new_class_has_the_key(key: str | None, more: dict[str, str]) -> None:
    made = claim(key).one("StorageClass")
    assert made.inputs["parameters"] == {"type": "gp3", "encrypted": "true", **more}


@pytest.mark.parametrize("key", [None, KEY])
def test_a_class_that_is_there_keeps_its_own(key: str | None) -> None:
    """Another class would replace the claim, and delete the volume."""
    assert claim(key).one("StorageClass").ignore_changes == ("parameters",)

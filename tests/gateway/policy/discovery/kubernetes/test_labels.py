"""The gateway imports nothing of the program: it has the labels again."""

import pytest

from gateway.policy.discovery.kubernetes import labels
from settings.derived.gateway import names


@pytest.mark.parametrize(
    ("mine", "theirs"),
    [
        (labels.GATEWAY, names.GATEWAY_LABEL),
        (labels.ENABLED, names.ENABLED),
        (labels.STACK, names.STACK_LABEL),
        (labels.MODEL, names.MODEL_LABEL),
        (labels.TEAM, names.TEAM_LABEL),
        (labels.KEY_SECRET, names.KEY_SECRET_ANNOTATION),
        (labels.INPUT_PRICE, names.INPUT_PRICE_ANNOTATION),
        (labels.OUTPUT_PRICE, names.OUTPUT_PRICE_ANNOTATION),
    ],
)
def test_a_label_is_that_which_the_program_sets(mine, theirs):
    assert mine == theirs

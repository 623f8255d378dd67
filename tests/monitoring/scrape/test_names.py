"""The names by which targets are found are those that the program sets."""

import pytest

from monitoring.scrape import names
from settings.derived.gateway import names as gateway
from settings.models.pools import nodes


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (names.STACK, gateway.STACK_LABEL),
        (names.MODEL, gateway.MODEL_LABEL),
        (names.TEAM, gateway.TEAM_LABEL),
        (names.KIND, gateway.KIND_LABEL),
        (names.POOL, nodes.POOL_LABEL),
        (names.GATEWAY_APP, gateway.NAME),
    ],
)
def test_labels_are_those_of_the_program(ours, theirs):
    assert ours == theirs

"""The names by which targets are found are those that the program sets."""

import pytest

from components.cluster.addons.keda.workload import METRICS_PORT_NAME
from monitoring.scrape import names
from settings.derived.autoscaling import names as autoscaling
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
        (names.KEDA_APP, autoscaling.OPERATOR),
        (names.KEDA_PORT_NAME, METRICS_PORT_NAME),
    ],
)
def test_labels_are_those_of_the_program(ours, theirs):
    assert ours == theirs

"""The gateway imports nothing of the program: it has the labels again."""

import pytest

from gateway.policy.discovery.kubernetes import labels
from monitoring.rules.arguments import Thresholds
from settings.derived.gateway import names
from settings.derived.monitoring.names import (
    COST_ANNOTATION,
    MAX_REPLICAS_ANNOTATION,
    PARALLEL_ANNOTATION,
    REPLICAS_ANNOTATION,
    START_ANNOTATION,
    alert_annotation,
)


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


def test_settings_are_what_the_program_annotates_and_rules_read():
    assert {
        REPLICAS_ANNOTATION: "replicas",
        MAX_REPLICAS_ANNOTATION: "max_replicas",
        PARALLEL_ANNOTATION: "parallel",
        COST_ANNOTATION: "replica_usd_per_hour",
        START_ANNOTATION: "start_seconds",
        **{alert_annotation(name): name for name in Thresholds().by_name()},
    } == labels.SETTINGS

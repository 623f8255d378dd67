"""The sentence about a service's replicas, for each state of its ScaledObject and HPA."""

from datetime import UTC, datetime
from typing import Any

import pytest

from settings.derived.autoscaling.names import ACTIVITY
from settings.derived.autoscaling.status import scaling, scalings
from tests import scaled
from tests.scaled import (
    ACTIVE,
    AT_ZERO,
    CAN_SCALE,
    FALLBACK,
    IN_RANGE,
    NO_FALLBACK,
    NOT_ACTIVE,
    NOT_PAUSED,
    PAUSED,
    READY,
    VALID,
    hpa,
    queue,
    scaled_object,
)

AT_MAX = (
    "ScalingLimited",
    "True",
    "TooManyReplicas",
    "the desired replica count is more than the maximum replica count",
)
AT_MIN = (
    "ScalingLimited",
    "True",
    "TooFewReplicas",
    "the desired replica count is less than the minimum replica count",
)
UP_LIMIT = ("ScalingLimited", "True", "ScaleUpLimit", "the desired replica count is increasing faster than the maximum scale rate")  # fmt: skip
DOWN_LIMIT = ("ScalingLimited", "True", "ScaleDownLimit", "the desired replica count is decreasing faster than the maximum scale rate")  # fmt: skip
WAITS_DOWN = ("AbleToScale", "True", "ScaleDownStabilized", "recent recommendations were higher than current one, applying the highest recent recommendation")  # fmt: skip
WAITS_UP = ("AbleToScale", "True", "ScaleUpStabilized", "recent recommendations were lower than current one, applying the lowest recent recommendation")  # fmt: skip
NO_METRIC = (
    "ScalingActive",
    "False",
    "FailedGetExternalMetric",
    "the HPA was unable to compute the replica count: unable to get external metric dev-search/s0-prometheus/...: no matching metrics found for s0-prometheus",
)
NO_SCALE = ("AbleToScale", "False", "FailedGetScale", "the HPA controller was unable to get the target's current scale: deployments.apps qwen not found")  # fmt: skip
EMPTY = {"s0-prometheus": ("AverageValue", "5", "0")}
FULL = {"s0-prometheus": ("AverageValue", "5", "9")}


@pytest.mark.parametrize(
    ("found", "sentence"),
    [
        (hpa(3, 3), "3 replicas: queue is 4.2 per replica, its threshold 5."),
        (hpa(1, 3, metrics=FULL), "1 replica, 3 desired: queue is 9 per replica, its threshold 5."),
        (
            hpa(4, 4, CAN_SCALE, VALID, AT_MAX, metrics=FULL),
            "4 replicas: queue is 9 per replica, its threshold 5; no more than autoscale.max, 4.",
        ),
        (
            hpa(1, 1, CAN_SCALE, VALID, AT_MIN, metrics=EMPTY),
            "1 replica: queue is 0 per replica, its threshold 5; no fewer than autoscale.min, 1.",
        ),
        (
            hpa(1, 3, CAN_SCALE, VALID, UP_LIMIT, metrics=FULL),
            "1 replica, 3 desired: queue is 9 per replica, its threshold 5; more are added step by step, 2 in 60 s at most.",
        ),
        (
            hpa(4, 3, CAN_SCALE, VALID, DOWN_LIMIT, metrics=EMPTY),
            "4 replicas, 3 desired: queue is 0 per replica, its threshold 5; fewer are left step by step, 1 in 120 s at most.",
        ),
        (
            hpa(2, 2, WAITS_DOWN, VALID, IN_RANGE, metrics=EMPTY),
            "2 replicas: queue is 0 per replica, its threshold 5; fewer would do, once that has lasted 300 s.",
        ),
        (
            hpa(2, 2, WAITS_UP, VALID, IN_RANGE, metrics=FULL),
            "2 replicas: queue is 9 per replica, its threshold 5; more would do, once that has lasted 30 s.",
        ),
        (
            hpa(2, 2, CAN_SCALE, NO_METRIC, IN_RANGE),
            f"2 replicas: the HPA cannot read its metrics, and the number stays as it is ({NO_METRIC[3]}).",
        ),
        (hpa(2, 2, NO_SCALE), f"2 replicas: the HPA cannot scale it ({NO_SCALE[3]})."),
        (None, "The number of replicas is not decided: KEDA has not made its HPA yet."),
        (
            {"spec": {}, "status": {"desiredReplicas": 0}},
            "The number of replicas is not decided: the HPA has decided nothing yet.",
        ),
    ],
)
def test_what_the_hpa_decides(found: dict[str, Any] | None, sentence: str) -> None:
    assert scaling(scaled_object(), found).reason == sentence


@pytest.mark.parametrize(
    ("conditions", "sentence"),
    [
        ((READY, NOT_ACTIVE), "0 replicas: nothing is requested, and the first request starts one."),
        ((READY, ACTIVE), "0 replicas: a trigger is active, and KEDA starts the first one."),
    ],
)
def test_at_zero(conditions: tuple[scaled.Condition, ...], sentence: str) -> None:
    found = scaling(scaled_object(*conditions, least=0), hpa(0, 0, CAN_SCALE, AT_ZERO))
    assert (found.current, found.desired, found.reason) == (0, 0, sentence)


def test_the_last_replica_ends_after_the_cooldown_not_by_the_hpa() -> None:
    found = scaling(scaled_object(least=0), hpa(1, 1, CAN_SCALE, VALID, AT_MIN, metrics=EMPTY))
    assert found.reason.endswith("; the last one ends 1800 s after the last request.")


def test_a_fallback_names_the_triggers_that_fail() -> None:
    one = scaled_object(
        ("Ready", "False", "TriggerError", "Triggers defined in ScaledObject are not working correctly"),
        FALLBACK,
        health={"s0-prometheus": {"numberOfFailures": 7, "status": "Failing"}},
    )
    assert scaling(one, hpa(3, 3)).reason == (
        "3 replicas: queue (failed 7 times) cannot be read, and the number stays as it is, 1 at least."
    )


def test_keda_is_not_ready() -> None:
    message = "ScaledObject doesn't have correct scaleTargetRef specification"
    one = scaled_object(("Ready", "False", "ScaledObjectCheckFailed", message), NO_FALLBACK)
    assert scaling(one, None).reason == f"The number of replicas is not decided: KEDA cannot scale it ({message})."


def test_a_paused_one_has_the_number_it_was_paused_at() -> None:
    found = scaling(scaled_object(READY, PAUSED, pausedReplicaCount=2), None)
    assert (found.current, found.desired) == (2, None)
    assert found.reason == "2 replicas: the ScaledObject is paused, and KEDA changes nothing."


@pytest.mark.parametrize(
    ("annotations", "end"),
    [
        (
            {"paused-scale-in": "true"},
            "; none is ended while its annotation autoscaling.keda.sh/paused-scale-in is set.",
        ),
        ({"paused-scale-out": ""}, "; none is added while its annotation autoscaling.keda.sh/paused-scale-out is set."),
        ({"paused-scale-in": "true", "paused": "true"}, "the ScaledObject is paused, and KEDA changes nothing."),
        ({"paused-scale-in": "true", "paused-replicas": "4"}, "the ScaledObject is paused, and KEDA changes nothing."),
        ({"paused-scale-in": "true", "paused": "false"}, "autoscaling.keda.sh/paused-scale-in is set."),
    ],
)
def test_paused_in_one_direction_it_scales_in_the_other(annotations: dict[str, str], end: str) -> None:
    """KEDA's condition is the same for each of them."""
    one = scaled_object(READY, ACTIVE, PAUSED)
    one["metadata"]["annotations"] = {f"autoscaling.keda.sh/{name}": value for name, value in annotations.items()}
    assert scaling(one, hpa(3, 3)).reason.endswith(end)


def test_a_long_message_is_one_short_line() -> None:
    failed = ("ScalingActive", "False", "FailedGetExternalMetric", "unable to get\n\tmetric " + "x" * 1000)
    reason = scaling(scaled_object(), hpa(3, 3, CAN_SCALE, failed)).reason
    assert "(unable to get metric xxx" in reason
    assert len(reason) < 500


def test_an_hpa_with_a_name_of_its_own_is_found() -> None:
    """Of a ScaledObject that another one made: `advanced.horizontalPodAutoscalerConfig.name`."""
    own = hpa(3, 3)
    own["metadata"]["name"] = "other"
    found = scalings([scaled_object(hpaName="other")], [own])
    assert found[scaled.NAMESPACE, scaled.SERVICE].current == 3


def test_without_a_scaled_object_nothing_scales() -> None:
    found = scaling(None, None)
    assert found.changed_at is None
    assert found.reason.endswith(": KEDA has no ScaledObject of the service, so nothing scales it.")


def test_of_several_metrics_the_one_furthest_above_its_target_decides() -> None:
    triggers = [
        queue(),
        {"type": "prometheus", "name": "first-token", "metricType": "Value", "metadata": {"threshold": "1.5"}},
        {
            "type": "cron",
            "name": "schedule-0",
            "metadata": {"timezone": "Europe/Berlin", "start": "0 8 * * 1-5", "end": "0 18 * * 1-5"},
        },
    ]
    cron = "s2-cron-Europe-Berlin-08xx1-5-018xx1-5"

    def sentence(queued: str, first: str, scheduled: str) -> str:
        metrics = {
            "s0-prometheus": ("AverageValue", "5", queued),
            "s1-prometheus": ("Value", "1500m", first),
            cron: ("AverageValue", "1", scheduled),
        }
        return scaling(scaled_object(triggers=triggers), hpa(3, 3, metrics=metrics)).reason

    assert sentence("4", "2250m", "334m") == "3 replicas: first-token is 2.25, its threshold 1.5."
    assert sentence("9", "1", "334m") == "3 replicas: queue is 9 per replica, its threshold 5."
    assert sentence("0", "0", "1") == "3 replicas: schedule 0 8 * * 1-5 to 0 18 * * 1-5 (Europe/Berlin)."


def test_when_the_number_changed() -> None:
    found = scaling(scaled_object(READY, ACTIVE, NO_FALLBACK, NOT_PAUSED), hpa(3, 3))
    assert found.changed_at == datetime(2026, 11, 27, 9, tzinfo=UTC)


def test_what_keeps_the_last_replica_decides_no_number() -> None:
    activity = queue() | {"name": ACTIVITY, "metadata": {"threshold": "1000000"}}
    service = scaled_object(least=0, triggers=[queue(), activity])
    never = ("AverageValue", "1000000", "128")
    found = hpa(3, 3, metrics={"s0-prometheus": ("AverageValue", "5", "0"), "s1-prometheus": never})
    assert scaling(service, found).reason == "3 replicas: queue is 0 per replica, its threshold 5."
    alone = hpa(3, 3, metrics={"s1-prometheus": never})
    assert scaling(service, alone).reason == "3 replicas: the HPA has not read its metrics yet."

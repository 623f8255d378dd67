"""Thresholds: a service can set each that the platform has, within the same bounds."""

import re

import pytest
from pydantic import ValidationError

from settings.models.alerts import FAST_BURN, LEAST_SUCCESS, AlertThresholds, ServiceAlerts


def test_a_service_has_the_keys_of_the_platform_with_the_same_bounds() -> None:
    platform, service = AlertThresholds.model_fields, ServiceAlerts.model_fields
    assert list(platform) == list(service)
    for key, field in platform.items():
        assert ServiceAlerts(**{key: field.default}).given == {key: field.default}


def test_what_a_service_does_not_set_is_not_given() -> None:
    assert ServiceAlerts().given == {}


def test_a_success_ratio_at_which_the_fast_alert_could_never_fire_is_refused() -> None:
    with pytest.raises(ValidationError, match=re.escape(f"greater than or equal to {LEAST_SUCCESS}")):
        AlertThresholds(success_ratio=1 - 1 / FAST_BURN)
    assert FAST_BURN * (1 - AlertThresholds(success_ratio=LEAST_SUCCESS).success_ratio) < 1

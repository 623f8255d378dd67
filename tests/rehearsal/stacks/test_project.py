"""The environment of the engine: minutes of alerts pass in seconds, unless the user says otherwise."""

import pytest

from components.monitoring.context import TIME_SCALE_VARIABLE
from rehearsal.images.timing import TIME_SCALE
from rehearsal.sandboxes import open_or_create
from rehearsal.stacks.project import AUTOSCALING_TIME_SCALE, engine_environment


def test_durations_of_monitoring_are_scaled(checkout, monkeypatch: pytest.MonkeyPatch) -> None:
    sandbox = open_or_create("default")[0]
    monkeypatch.delenv(TIME_SCALE, raising=False)
    assert engine_environment(sandbox)[TIME_SCALE_VARIABLE] == "0.02"
    monkeypatch.setenv(TIME_SCALE, "1")
    assert engine_environment(sandbox)[TIME_SCALE_VARIABLE] == "1"


def test_autoscaling_has_the_same_factor_unless_it_has_its_own(checkout, monkeypatch: pytest.MonkeyPatch) -> None:
    sandbox = open_or_create("default")[0]
    monkeypatch.delenv(AUTOSCALING_TIME_SCALE, raising=False)
    monkeypatch.setenv(TIME_SCALE, "0.5")
    assert engine_environment(sandbox)[AUTOSCALING_TIME_SCALE] == "0.5"
    monkeypatch.setenv(AUTOSCALING_TIME_SCALE, "1")
    assert engine_environment(sandbox)[AUTOSCALING_TIME_SCALE] == "1"

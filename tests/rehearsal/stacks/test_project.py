"""The environment of the engine: minutes of alerts pass in seconds, unless the user says otherwise."""

import pytest

from components.monitoring.context import TIME_SCALE_VARIABLE
from rehearsal.sandboxes import open_or_create
from rehearsal.stacks.project import TIME_SCALE, engine_environment


def test_durations_of_monitoring_are_scaled(checkout, monkeypatch: pytest.MonkeyPatch) -> None:
    sandbox = open_or_create("default")[0]
    monkeypatch.delenv(TIME_SCALE, raising=False)
    assert engine_environment(sandbox)[TIME_SCALE_VARIABLE] == "0.02"
    monkeypatch.setenv(TIME_SCALE, "1")
    assert engine_environment(sandbox)[TIME_SCALE_VARIABLE] == "1"

"""What all tests share."""

from datetime import date

import pytest
from hypothesis import settings

from settings import clock

TODAY = date(2026, 11, 24)
"""The day of every test that does not choose another: what a calendar says today may be otherwise tomorrow."""

# A busy machine is slow, and that is no failure: examples have no deadline.
settings.register_profile("patient", deadline=None)
settings.load_profile("patient")


@pytest.fixture(autouse=True)
def _day(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "today", lambda: TODAY)

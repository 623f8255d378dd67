"""What all tests share."""

import gc
import socketserver
import sys
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from rehearsal.controllers.programs import PROGRAMS
from settings import clock
from tests import soak

# The SDKs make a million objects that live until the end: collections that visit them are a fifth of the suite's time.
gc.set_threshold(100_000, 50, 50)

_report_error = socketserver.BaseServer.handle_error


def _handle_error(server: socketserver.BaseServer, request: Any, client_address: Any) -> None:
    """Say nothing of a client that has gone: it would land in the standard error of whatever test runs by then."""
    if not isinstance(sys.exc_info()[1], ConnectionError):
        _report_error(server, request, client_address)


socketserver.BaseServer.handle_error = _handle_error  # type: ignore[assignment, method-assign]

TODAY = date(2026, 11, 24)
"""The day of every test that does not choose another: what a calendar says today may be otherwise tomorrow."""

LONGEST = (
    "integration/test_gateway.py",
    "integration/test_dev.py",
    "integration/test_autoscale.py",
    "integration/test_chaos.py",
    "integration/test_portal.py",
    "integration/test_prod.py",
    "integration/test_monitoring.py",
    "upgrade/test_saved_states.py",
    "integration/test_first_preview.py",
    "integration/test_kills.py",
    "goldens_components/test_goldens.py",
)
"""The modules that take minutes, longest first: two workers that take them in this order end at about the same time."""

SANDBOX_TIMEOUT = 1800
"""Seconds of a test with a whole sandbox, its `up` included, which takes a sixth of that where nothing else runs."""

# A busy machine is slow, and that is no failure: examples have no deadline, and may take long to make.
settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile(soak.PROFILE, deadline=None, print_blob=True)
if settings.get_current_profile_name() != soak.PROFILE:
    settings.load_profile("patient")


@pytest.fixture(autouse=True)
def _day(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "today", lambda: TODAY)


@pytest.fixture(scope="session")
def promtool() -> Path:
    """The promtool of the Prometheus that the rehearsal runs; built now where nothing has built it before (`make test` has)."""
    return PROGRAMS["prometheus"].tool("promtool")


@pytest.fixture(scope="session")
def amtool() -> Path:
    """The amtool of the rehearsal's Alertmanager, likewise."""
    return PROGRAMS["alertmanager"].tool("amtool")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    rank = {Path(__file__).parent / name: number for number, name in enumerate(LONGEST)}
    for absent in (path for path in rank if not path.exists()):
        raise pytest.UsageError(f"{absent}: no such file; correct LONGEST in tests/conftest.py")
    soak.mark(items)
    for item in items:
        if item.get_closest_marker("integration") and not item.get_closest_marker("timeout"):
            item.add_marker(pytest.mark.timeout(SANDBOX_TIMEOUT))
    items.sort(key=lambda item: rank.get(item.path, len(rank)))

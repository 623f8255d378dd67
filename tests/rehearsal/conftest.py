"""What the tests of the rehearsal itself share: they start processes (moto, plugins, emulators), if nothing in Go."""

from pathlib import Path

import pytest


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.rehearsal)


@pytest.fixture(autouse=True)
def _on_loopback(monkeypatch: pytest.MonkeyPatch) -> None:
    """A sandbox made by a test does not try whether this machine has namespaces, which takes a process each time."""
    monkeypatch.setenv("REHEARSE_NETWORK", "loopback")

"""Which kind of network a sandbox gets."""

import pytest

from rehearsal.network import kinds, probe
from rehearsal.network.kinds import Kind
from rehearsal.sandbox import SandboxError


@pytest.fixture
def broken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(probe, "attempt", lambda: "new namespaces cannot be made: Operation not permitted")


def test_loopback_where_namespaces_do_not_work(broken: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(probe.VARIABLE, raising=False)
    assert probe.choose() is Kind.LOOPBACK


def test_namespaces_where_they_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(probe.VARIABLE, raising=False)
    monkeypatch.setattr(probe, "attempt", lambda: "")
    assert probe.choose() is Kind.NAMESPACES


def test_a_wish_that_cannot_be_met_says_why(broken: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(probe.VARIABLE, "namespaces")
    with pytest.raises(SandboxError, match=r"Operation not permitted; docs/rehearsal\.md says"):
        probe.choose()


def test_an_unknown_kind_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(probe.VARIABLE, "bridge")
    with pytest.raises(SandboxError, match="REHEARSE_NETWORK=bridge: use namespaces or loopback"):
        probe.choose()


def test_status_says_which_and_what_loopback_lacks() -> None:
    assert "ports of its own" in kinds.line("namespaces")
    assert "pod addresses cannot be dialed" in kinds.line("loopback")
    assert kinds.line("") == "network   not tried yet"

from pathlib import Path

import pytest

from portal import settings
from portal.errors import SetupError
from portal.settings import PortalSettings


def test_local_accounts_refuse_every_address_but_loopback(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("PORTAL_SIGN_IN", "local")
    for host in ("0.0.0.0", "192.0.2.7", "::", "portal.example"):  # noqa: S104  what must be refused
        monkeypatch.setenv("PORTAL_HOST", host)
        with pytest.raises(SetupError, match="is not loopback"):
            settings.load()
    for host in ("127.0.0.1", "127.8.8.8", "::1", "localhost"):
        monkeypatch.setenv("PORTAL_HOST", host)
        assert settings.load().host == host


def test_an_issuer_is_needed_without_local_accounts(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("PORTAL_SIGN_IN", raising=False)
    with pytest.raises(SetupError, match="oidc_issuer and oidc_client_id"):
        settings.load()


def test_port_and_database_url_are_honoured(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("PORTAL_SIGN_IN", "local")
    monkeypatch.setenv("PORT", "8123")
    monkeypatch.setenv("DATABASE_URL", "postgres://me@db/portal")
    monkeypatch.setenv("PORTAL_PLATFORMS", "dev, prod")
    found = settings.load()
    assert (found.port, found.url) == (8123, "http://127.0.0.1:8123")
    assert found.database == "postgresql+psycopg://me@db/portal"
    assert found.platforms == ("dev", "prod")


def test_a_wrong_setting_is_one_line_without_its_value(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("PORTAL_SIGN_IN", "local")
    monkeypatch.setenv("PORT", "hunter2")
    with pytest.raises(SetupError) as raised:
        settings.load()
    assert "PORT" in str(raised.value)
    assert "hunter2" not in str(raised.value)


def test_another_database_is_refused():
    with pytest.raises(ValueError, match="neither sqlite"):
        PortalSettings(sign_in="local", database_url="mysql://x")


def test_https_makes_cookies_secure():
    assert PortalSettings(sign_in="local", public_url="https://portal.example/").secure
    assert not PortalSettings(sign_in="local").secure


def test_every_setting_is_in_the_docs():
    text = (Path(__file__).resolve().parent.parent.parent / "docs" / "portal.md").read_text()
    missing = [name for name in PortalSettings.model_fields if f"PORTAL_{name.upper()}" not in text]
    assert missing == []

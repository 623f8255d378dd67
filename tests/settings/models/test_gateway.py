"""Settings of the gateway that a certificate or its text is needed for."""

from collections.abc import Callable
from pathlib import Path

import pytest
from pydantic import ValidationError

from settings.models.gateway import GatewaySettings, OidcSettings
from tests.certificates import certificate

CERTIFICATE = "arn:aws:acm:us-east-1:123456789012:certificate/12345678-1234-1234-1234-123456789012"


@pytest.fixture(scope="module")
def pem(tmp_path_factory: pytest.TempPathFactory) -> str:
    return certificate(tmp_path_factory.mktemp("ca") / "ca", "ca.example")[0].read_text()


def bundle(text: str) -> str | None:
    return OidcSettings(issuer="https://id.example.com/", ca_bundle=text).ca_bundle


@pytest.mark.parametrize(
    "change",
    [
        lambda pem: pem,
        lambda pem: 2 * pem,
        lambda pem: f"# Autorité de certification\n{pem}",
        lambda pem: pem.replace("\n", "\r\n"),
    ],
    ids=["one", "two", "with a name", "of Windows"],
)
def test_a_bundle_of_certificates(pem: str, change: Callable[[str], str]) -> None:
    assert bundle(change(pem)) == change(pem)


@pytest.mark.parametrize(
    "change",
    [
        lambda _: "",
        lambda _: "/etc/ssl/ca.pem",
        lambda pem: pem[:-30],
        lambda pem: pem + pem[:-30],
        lambda pem: pem.replace("MI", "é", 1),
        lambda pem: pem.replace("CERTIFICATE", "CERTIFICATE REQUEST"),
        lambda pem: pem.replace("MI", "AA", 1),
    ],
    ids=["nothing", "a path", "cut", "the second cut", "another letter", "a request", "no certificate"],
)
def test_what_is_no_bundle_is_one_line(pem: str, change: Callable[[str], str]) -> None:
    with pytest.raises(ValidationError) as caught:
        bundle(change(pem))
    [issue] = caught.value.errors()
    assert "write the file's text" in issue["msg"]


def test_a_private_key_is_refused_and_not_repeated(tmp_path: Path, pem: str) -> None:
    key = certificate(tmp_path / "ca", "ca.example")[1].read_text()
    with pytest.raises(ValidationError) as caught:
        bundle(pem + key)
    [issue] = caught.value.errors()
    assert "certificates only" in issue["msg"]
    assert key.splitlines()[1] not in issue["msg"]


def test_a_long_domain_needs_a_certificate_of_its_own() -> None:
    long = f"{'a' * 50}.llm.example.com"
    assert GatewaySettings(domain=long, certificate_arn=CERTIFICATE).domain == long
    with pytest.raises(ValidationError, match="64 at most"):
        GatewaySettings(domain=long, zone_id="Z0123456789ABCDEFGHIJ")


@pytest.mark.parametrize("url", ["https://[::1/", "https://id.example.com:port/", "https://id.example.com:99999/"])
def test_what_is_no_url_is_said_with_an_example(url: str) -> None:
    with pytest.raises(ValidationError, match=r"is not a URL: write it like https://id\.example\.com/"):
        OidcSettings(issuer=url)

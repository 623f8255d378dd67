"""The issuer is a server of this machine, Secrets Manager is moto's: what Grafana gets, and one line for what it cannot get."""

import json
import stat
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto import mock_aws

from components.payloads import grafana_sign_in
from components.payloads.grafana_sign_in import SignInError, client_secret, endpoints, prepare

ADDRESSES = {
    "authorization_endpoint": "https://id.example.com/authorize",
    "token_endpoint": "https://id.example.com/token",
    "userinfo_endpoint": "https://id.example.com/userinfo",
}


class Issuer:
    """Answers its discovery document, after as many failures as it is given."""

    def __init__(self) -> None:
        outer = self
        self.failures: list[int] = []
        self.changes: dict[str, Any] = {}
        self.body: bytes | None = None

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                known = self.path == "/pool/.well-known/openid-configuration"
                self.send_response(outer.failures.pop(0) if outer.failures else 200 if known else 404)
                self.end_headers()
                document = {"issuer": outer.url, **ADDRESSES, **outer.changes}
                self.wfile.write(outer.body or json.dumps(document).encode())

            def log_message(self, *_: Any) -> None:
                """Nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/pool"


@pytest.fixture
def issuer(monkeypatch: pytest.MonkeyPatch) -> Iterator[Issuer]:
    monkeypatch.setattr(grafana_sign_in.time, "sleep", lambda _: None)
    made = Issuer()
    threading.Thread(target=made.server.serve_forever, daemon=True).start()
    yield made
    made.server.shutdown()
    made.server.server_close()


@pytest.fixture
def manager(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    with mock_aws():
        yield boto3.client("secretsmanager", region_name="us-east-1")


def stored(manager: Any, text: str) -> str:
    return str(manager.create_secret(Name="grafana", SecretString=text)["ARN"])


def test_it_writes_what_grafana_reads_for_this_user_alone(issuer: Issuer, manager: Any, tmp_path: Path) -> None:
    folder, data = tmp_path / "memory", tmp_path / "data"
    folder.mkdir()
    data.mkdir()
    prepare(manager, issuer.url, stored(manager, "planted-secret\n"), folder, data)
    assert {one.name: one.read_text() for one in folder.iterdir()} == {
        "auth_url": "https://id.example.com/authorize",
        "token_url": "https://id.example.com/token",
        "api_url": "https://id.example.com/userinfo",
        "client_secret": "planted-secret",
    }
    for one in (*folder.iterdir(), *data.iterdir()):
        assert stat.S_IMODE(one.stat().st_mode) == 0o400, one


def test_the_databases_key_stays_when_the_container_runs_again(issuer: Issuer, manager: Any, tmp_path: Path) -> None:
    arn = stored(manager, "planted-secret")
    keys = []
    for _ in range(2):
        prepare(manager, issuer.url, arn, tmp_path, tmp_path)
        keys.append((tmp_path / "secret_key").read_text())
    assert keys[0] == keys[1]
    assert len(keys[0]) >= 43


def test_an_issuer_that_fails_for_a_moment_is_asked_again(issuer: Issuer) -> None:
    issuer.failures = [503, 500]
    assert endpoints(f"{issuer.url}/")["token_url"] == ADDRESSES["token_endpoint"]


@pytest.mark.parametrize("statuses", [[404], [503] * grafana_sign_in.ATTEMPTS])
def test_an_issuer_that_cannot_be_read_is_one_line(issuer: Issuer, statuses: list[int]) -> None:
    issuer.failures = [*statuses]
    attempts = len(statuses)
    with pytest.raises(SignInError, match=rf"cannot be read, attempt {attempts}: HTTPError.*check monitoring\.grafana"):
        endpoints(issuer.url)
    assert not issuer.failures


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"issuer": "https://elsewhere.example.com"}, "is of issuer 'https://elsewhere.example.com'"),
        ({"token_endpoint": None}, "has no token_endpoint"),
        ({"userinfo_endpoint": "http://id.example.com/userinfo"}, "has no userinfo_endpoint that begins with https"),
    ],
)
def test_a_document_that_does_not_do_is_refused(issuer: Issuer, changes: dict[str, Any], said: str) -> None:
    issuer.changes = changes
    with pytest.raises(SignInError, match=said):
        endpoints(issuer.url)


def test_a_redirect_to_another_scheme_is_not_read(issuer: Issuer, monkeypatch: pytest.MonkeyPatch) -> None:
    opened = grafana_sign_in.urllib.request.urlopen

    def redirected(place: str, **given: Any) -> Any:
        answer = opened(place, **given)
        answer.url = place.replace("http://", "ftp://")
        return answer

    monkeypatch.setattr(grafana_sign_in.urllib.request, "urlopen", redirected)
    with pytest.raises(SignInError, match="redirects to ftp://"):
        endpoints(issuer.url)


@pytest.mark.parametrize(("body", "said"), [(b"[]", "is not a JSON object"), (b"<html>", "cannot be read")])
def test_a_page_that_is_no_document_is_refused(issuer: Issuer, body: bytes, said: str) -> None:
    issuer.body = body
    with pytest.raises(SignInError, match=said):
        endpoints(issuer.url)


@pytest.mark.parametrize("text", ["  \n", "two\nlines"])
def test_a_secret_that_is_not_one_line_is_refused_without_being_shown(manager: Any, text: str) -> None:
    with pytest.raises(SignInError, match="its text is not one line") as refused:
        client_secret(manager, stored(manager, text))
    assert "lines" not in str(refused.value).replace("one line", "")


def test_a_secret_that_is_not_there_is_one_line(manager: Any) -> None:
    arn = "arn:aws:secretsmanager:us-east-1:123456789012:secret:none-AbCdEf"
    with pytest.raises(SignInError, match=r"secret arn:aws.*cannot be read: .*ResourceNotFoundException") as refused:
        client_secret(manager, arn)
    assert "\n" not in str(refused.value)


def test_a_failure_ends_the_container_with_its_line(
    issuer: Issuer, manager: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    variables = {"ISSUER": issuer.url, "SECRET_ARN": stored(manager, "s"), "FOLDER": tmp_path, "DATA": tmp_path}
    for name, value in {**variables, "AWS_DEFAULT_REGION": "us-east-1"}.items():
        monkeypatch.setenv(name, str(value))
    assert grafana_sign_in.main() == 0
    issuer.failures = [404]
    assert grafana_sign_in.main() == 1
    assert "cannot be read" in caplog.records[-1].message

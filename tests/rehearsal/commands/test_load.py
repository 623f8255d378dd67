"""``rehearse load``: where it goes, and its exit code."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from cli.console import UsageError
from rehearsal.cli import app
from rehearsal.commands import load
from tests.load.endpoint import serving

GATEWAY = {"gateway_url": "http://gateway/v1", "gateway_table": "llm-dev-gateway"}
OUTPUTS = {"chat_url": "http://own", "chat_command": "curl", "chat_api_key": "k", **GATEWAY}


def where(**changes: str) -> load.Where:
    """The service `chat` of dev."""
    return load.Where(**{"service": "chat", "stack": "dev", "sandbox": "default", "url": "", "key": ""} | changes)


@pytest.fixture
def outputs(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """The outputs that the stack has."""
    said = dict(OUTPUTS)
    monkeypatch.delenv(load.KEY_VARIABLE, raising=False)
    monkeypatch.setattr(load, "existing", lambda name: name)
    monkeypatch.setattr(load.pulumi_cli, "outputs", lambda *_: said)
    return said


def test_gateway_comes_first(outputs: dict[str, Any]) -> None:
    found = load.target(where(key="sk-llm-1"))
    assert (found.url, found.model, found.key) == ("http://gateway", "chat", "sk-llm-1")
    with pytest.raises(UsageError, match="needs a tenant's key"):
        load.target(where())


def test_a_domain_that_this_machine_does_not_resolve_is_said(outputs: dict[str, Any]) -> None:
    outputs |= {"gateway_url": "https://llm.rehearsal.invalid/v1", "gateway_tls": True}
    with pytest.raises(
        UsageError, match=r"llm\.rehearsal\.invalid resolves in the rehearsal's Route 53 only: .*#the-gateway"
    ):
        load.target(where(key="sk-llm-1"))
    outputs["gateway_url"] = "https://localhost/v1"
    assert load.target(where(key="sk-llm-1")).url == "https://localhost"


def test_own_endpoint_without_a_gateway(outputs: dict[str, Any]) -> None:
    del outputs["gateway_table"], outputs["gateway_url"]
    with pytest.raises(UsageError, match="no such service; it has chat"):
        load.target(where(service="other"))
    outputs["chat_url"] = "http://127.0.0.1:9"
    with pytest.raises(UsageError, match="lists no model"):
        load.target(where())


def test_a_service_called_gateway_is_none(outputs: dict[str, Any]) -> None:
    del outputs["gateway_table"]
    outputs |= {"gateway_url": "http://127.0.0.1:9", "gateway_command": "curl", "gateway_api_key": "k"}
    with pytest.raises(UsageError, match=r"gateway at http://127\.0\.0\.1:9 lists no model"):
        load.target(where(service="gateway"))


def test_a_folder_that_cannot_be_written_is_found_before_the_load(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with serving() as endpoint:
        plan = {"rps": 10.0, "seconds": 1.0}
        with pytest.raises(UsageError, match=r"--report .*/file: cannot be written"):
            load.show(where(url=endpoint.url, service="good"), plan, as_json=False, report_to=tmp_path / "file")
        assert not endpoint.seen


def test_address_is_checked() -> None:
    with pytest.raises(UsageError, match="--url"):
        load.target(where(url="127.0.0.1"))


@pytest.mark.parametrize(("model", "code"), [("good", 0), ("busy", 1)])
def test_exit_code_and_report(model: str, code: int) -> None:
    with serving() as endpoint:
        arguments = ["load", "--service", model, "--concurrency", "2", "--requests", "4", "--url", f"{endpoint.url}/v1"]
        done = CliRunner().invoke(app, [*arguments, "--json", "--key", "k"])
    assert done.exit_code == code
    assert json.loads(done.stdout)["requests"] == 4
    assert endpoint.keys == {"Bearer k"}

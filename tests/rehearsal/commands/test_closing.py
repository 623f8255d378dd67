"""The end of an up: what a person needs, and no more."""

import json
from pathlib import Path

import pytest
import typer

from rehearsal import cli
from rehearsal.commands import closing, operations
from rehearsal.commands.exit_codes import ExitCode
from rehearsal.commands.gateway_address import Way
from rehearsal.commands.operations import Request

OUTPUTS = {
    "cluster_name": "llm-dev",
    "bucket_name": "models-1",
    "oidc_issuer": "https://issuer",
    "platform": {"zones": ["a", "b"]},
    "kubeconfig": "[secret]",
    "small_url": "http://127.1.2.3",
    "small_api_key": "[secret]",
    "small_command": "curl http://internal",
}
ERROR = {
    "diagnosticEvent": {"severity": "error", "message": "<{%fg 1%}>services.small.max_model_length: unknown\n  line 2"}
}


def up(**options) -> ExitCode:
    with pytest.raises(typer.Exit) as ended:
        cli.up("dev", **options)
    return ExitCode(ended.value.exit_code)


@pytest.mark.parametrize("sandbox", ["default", "other"])
def test_it_shows_what_a_person_needs_and_where_the_rest_is(play, capfd, sandbox):
    folder = play(0, outputs=OUTPUTS)
    assert up(sandbox=sandbox) is ExitCode.DONE
    shown = capfd.readouterr().out
    for part in ("llm-dev", "models-1", "small at http://127.1.2.3", "curl http://internal"):
        assert part in shown
    for part in ("https://issuer", "zones", "kubeconfig"):
        assert part not in shown
    *_, title, outputs, status, down = shown.splitlines()
    elsewhere = "" if sandbox == "default" else " --sandbox other"
    assert title.startswith("stack dev is up after ")
    assert title.endswith(" s")
    assert f"rehearse outputs --stack dev{elsewhere}  " in outputs
    assert f"rehearse status{elsewhere}  " in status
    assert ("make rehearse-down" if sandbox == "default" else "rehearse down --sandbox other") in down
    calls = [json.loads(line) for line in (folder / "calls").read_text().splitlines()]
    assert "--suppress-outputs" in next(call for call in calls if call[0] == "up")


def test_a_gateway_is_shown_with_the_way_to_its_keys(play, capfd):
    play(0, outputs=OUTPUTS | {"gateway_url": "http://127.1.2.4/v1", "gateway_table": "llm-dev-gateway"})
    assert up() is ExitCode.DONE
    shown = capfd.readouterr().out
    assert "  gateway   http://127.1.2.4/v1\n" in shown
    assert "AWS_ENDPOINT_URL=http://127.0.0.1:" in shown
    assert "llm-platform keys --help" in shown


def test_a_gateway_with_a_domain_is_shown_with_the_way_to_it(play, capfd, monkeypatch):
    named = {"gateway_url": "https://llm.example.com/v1", "gateway_table": "llm-dev-gateway", "gateway_tls": True}
    play(0, outputs=OUTPUTS | named)
    assert up() is ExitCode.DONE
    assert "  by hand   the gateway's load balancer cannot be found: " in capfd.readouterr().out
    way = Way(address="127.1.2.4", ca=Path("ca.pem"))
    monkeypatch.setattr(closing.gateway_address, "way_of", lambda _: way)
    assert up() is ExitCode.DONE
    expected = (
        "curl -sS --connect-to llm.example.com:443:127.1.2.4:443 --cacert ca.pem https://llm.example.com/v1/models -H"
    )
    assert f"  by hand   {expected}" in capfd.readouterr().out


def test_json_is_the_events_and_nothing_else(play, capfd):
    play(0, {"a": 1}, outputs=OUTPUTS)
    up(as_json=True)
    assert capfd.readouterr().out == '{"a": 1}\n'


def test_an_up_that_failed_ends_with_its_error(play, capfd):
    play(1, ERROR, ERROR, {"resourcePreEvent": {"metadata": {"op": "create", "urn": "urn:a"}}}, outputs=OUTPUTS)
    assert up() is ExitCode.FAILED
    shown = capfd.readouterr()
    assert "llm-dev" not in shown.out
    assert shown.err.endswith(
        "\nrehearse: up of stack dev failed:\n  services.small.max_model_length: unknown\n    line 2\n"
    )
    assert shown.err.count("max_model_length") == 1


def test_a_failure_in_json_is_its_events_alone(play, capfd):
    play(1, ERROR)
    request = Request(operation="up", stack="dev", sandbox="default", json=True)
    assert operations.run(request) is ExitCode.FAILED
    assert "max_model_length" not in capfd.readouterr().err


@pytest.mark.parametrize(
    ("seconds", "text"), [(0.4, "0 s"), (63.6, "64 s"), (119.4, "119 s"), (119.6, "2 min 0 s"), (185, "3 min 5 s")]
)
def test_the_time_is_told_as_people_say_it(seconds, text):
    assert closing.duration(seconds) == text

"""Every hostile request is refused with a clear 4xx, reaches no engine that it may not, and gives nothing away."""

import json

import pytest

from tests.gateway.hostile.cases import AMOUNTS, BODIES, CREDENTIALS, HEADERS, PATHS, Hostile
from tests.gateway.hostile.conftest import Target, logs_of, secrets_of
from tests.gateway.hostile.smuggling import SMUGGLING
from tests.gateway.hostile.tokens import TOKENS, claims, sign
from tests.gateway.support.raw import Answer, exchange

ALL = [*PATHS, *HEADERS, *CREDENTIALS, *BODIES, *SMUGGLING]


def refused(target: Target, case: Hostile) -> Answer:
    """Send it and check what holds for every refusal."""
    answer = exchange(target.stack.config.listen, target.filled(case.data))
    assert answer.status in case.statuses, answer
    text = json.dumps(answer.headers) + answer.body.decode(errors="replace")
    assert not [secret for secret in secrets_of(target) if secret in text]
    if answer.body and answer.headers.get("content-type", "").startswith("application/json"):
        error = answer.json()["error"]
        assert error["message"]
        assert error["code"]
    return answer


@pytest.mark.parametrize("case", ALL, ids=lambda case: case.name[:60])
def test_refused_before_an_engine(target: Target, case: Hostile) -> None:
    before = target.served()
    refused(target, case)
    assert target.served() == before


@pytest.mark.parametrize("case", AMOUNTS, ids=lambda case: case.name)
def test_amounts_are_refused_at_the_engine_at_the_latest(target: Target, case: Hostile) -> None:
    refused(target, case)


@pytest.mark.parametrize("name", TOKENS)
def test_tokens(target: Target, name: str) -> None:
    token = TOKENS[name](target.issuer)
    before = target.served()
    answer = target.stack.chat("qwen", key=token)
    assert answer.status_code in (401, 403), answer.text
    assert answer.json()["error"]["code"] in ("invalid_api_key", "invalid_token", "tenant_not_found")
    assert token[-20:] not in answer.text
    assert target.served() == before


def test_a_valid_token_and_key_pass(target: Target) -> None:
    """Else the refusals above would mean nothing."""
    assert target.stack.chat("qwen", key=sign(target.issuer.key, claims(target.issuer))).status_code == 200
    assert target.stack.chat("qwen", key=target.keys["key"]).status_code == 200
    assert target.stack.chat("dev/secret", key=target.keys["other"]).status_code == 200


def test_there_are_enough() -> None:
    assert len(ALL) + len(AMOUNTS) + len(TOKENS) >= 120
    names = [case.name for case in [*ALL, *AMOUNTS]]
    assert len(names) == len(set(names))


def test_nothing_secret_in_logs_and_metrics(target: Target) -> None:
    """Runs last: everything above has been logged and counted by now."""
    metrics = target.stack.client.get(f"http://127.0.0.1:{target.stack.config.metrics}/metrics").text
    assert "llm_gateway_requests_total" in metrics
    texts = {"metrics": metrics} | {path.name: path.read_text(errors="replace") for path in logs_of(target)}
    texts["statistics of Envoy"] = target.stack.admin("GET", "/stats").text
    found = [(name, secret) for name, text in texts.items() for secret in secrets_of(target) if secret in text]
    assert not found
    payload = sign(target.issuer.key, claims(target.issuer)).split(".")[1][:40]
    assert not [name for name, text in texts.items() if payload in text]

"""vLLM options that run code are refused by form and API; those that show prompts or take other files go to an approver."""

import json

import pytest

from portal.operations.approval_rules import options_reason
from tests.portal.people import SERVICE, Portal
from tests.portal.web.test_service_form_views import post

REFUSED = [
    ("worker-extension-cls", "os.system"),
    ("logits-processors", ["os:system"]),
    ("tool-parser-plugin", "/tmp/x.py"),
    ("kv-transfer-config", {"kv_connector": "X", "kv_connector_module_path": "evil"}),
    ("hf-overrides", {"auto_map": {"AutoConfig": "evil--x.C"}}),
    ("allowed-local-media-path", "/"),
    ("otlp-traces-endpoint", "http://evil:4317"),
    ("chat-template", "/etc/passwd"),
]
ASKED = [("tokenizer", "evil/x"), ("enable-log-requests", True), ("trust-remote-code", True)]


@pytest.mark.parametrize(("name", "value"), REFUSED)
def test_the_api_refuses_with_the_key_and_the_fix(portal: Portal, name: str, value: object):
    answer = portal.rosa.ask(args={name: value})
    assert answer.status_code == 422
    (problem,) = answer.json()["problems"]
    assert problem.startswith(f"llm-platform:services.qwen.args.{name}: ")
    assert f"`team_options: [{name}]`" in problem
    assert portal.rosa.get("/changes").json() == []


@pytest.mark.parametrize(("name", "value"), REFUSED)
def test_the_form_refuses_the_same(portal: Portal, name: str, value: object):
    browser = portal.browser("rosa")
    fields = {key: str(item) for key, item in SERVICE.items() if key != "weights"} | {
        "size_gib": "7.5",
        "replicas": "1",
        "tensor_parallel": "1",
        "args": f"--{name}={value if isinstance(value, str) else json.dumps(value)}",
    }
    answer = post(browser, "/ask", **fields)
    assert answer.status_code == 422
    assert f"args.{name}" in answer.text


@pytest.mark.parametrize(("name", "value"), ASKED)
def test_an_approver_is_asked_and_only_then_it_is_applied(portal: Portal, name: str, value: object):
    change = portal.rosa.ask(args={name: value}).json()["change"]
    portal.work()
    found = portal.rosa.get(f"/changes/{change}").json()
    assert f"its options need a second look ({name} " in found["needs_approval"]
    refused = portal.rosa.post(f"/changes/{change}/apply")
    assert refused.status_code == 403
    assert "send it for approval" in refused.json()["detail"]
    portal.rosa.post(f"/changes/{change}/send")
    portal.anna.post(f"/changes/{change}/approve")
    assert portal.rosa.post(f"/changes/{change}/apply").status_code == 202


def test_what_was_approved_is_not_asked_again_but_a_new_value_is(portal: Portal):
    service = portal.deployed(args={"tokenizer": "acme/x"})["id"]
    settings = {key: value for key, value in SERVICE.items() if key not in {"team", "platform", "name"}}

    def reason(**args: object) -> str | None:
        asked = portal.rosa.put(f"/services/{service}", **(settings | {"args": args}))
        assert asked.status_code == 202, asked.text
        change = asked.json()["change"]
        portal.work()
        found = portal.rosa.get(f"/changes/{change}").json()["needs_approval"]
        portal.rosa.post(f"/changes/{change}/withdraw")
        return found

    assert reason(tokenizer="acme/x", seed=1) is None
    assert "acme/y" in reason(tokenizer="acme/y")


def test_the_form_says_so_beforehand(portal: Portal):
    fields = {"team": "search", "platform": "dev", "model": SERVICE["model"], "max_model_len": "8192", "pool": "g5"}
    browser = portal.browser("rosa")
    said = browser.get("/ask/proposal", params=fields | {"args": "tokenizer=evil/x"}).text
    assert "tokenizer takes files of another repository, evil/x" in said
    assert "second look" not in browser.get("/ask/proposal", params=fields).text


def test_another_model_is_a_new_question():
    spec = {"model": "a/b", "args": {"tokenizer": "c/d"}}
    assert options_reason(spec, spec) is None
    assert options_reason(spec | {"model": "a/c"}, spec) is not None
    assert options_reason(None, spec) is None

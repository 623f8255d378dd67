"""vLLM options that run code are refused by form and API; those that show prompts or take other files go to an approver."""

import json

import pytest

from portal.db.people import Team
from portal.operations.approval_rules import budget_reason, limits_reason, options_reason
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


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ({}, {}, None),
        ({"usd_per_day": 5}, {"usd_per_day": 5.01}, "usd_per_day from 5 to 5.01"),
        ({"usd_per_month": 50}, {"usd_per_month": 60}, "usd_per_month from 50 to 60"),
        ({"usd_per_day": 5}, {}, "no usd_per_day, it was 5"),
        ({"usd_per_month": 50}, {}, "no usd_per_month, it was 50"),
        ({}, {"usd_per_day": 10**6, "usd_per_month": 10**6}, None),
        ({"usd_per_day": 5, "usd_per_month": 50}, {"usd_per_day": 4, "usd_per_month": 40}, None),
        ({"requests_per_second": 5}, {"requests_per_second": 6}, "requests_per_second from 5 to 6"),
        ({"tokens_per_minute": 5000}, {"tokens_per_minute": 6000}, "tokens_per_minute from 5,000 to 6,000"),
        ({"concurrent_requests": 5}, {"concurrent_requests": 6}, "concurrent_requests from 5 to 6"),
        ({"tokens_per_minute": 6000}, {"tokens_per_minute": 5000}, None),
        ({}, {"tokens_per_minute": 1}, "tokens_per_minute from the default to 1"),
        ({"concurrent_requests": 5}, {}, "concurrent_requests from 5 to the default"),
        ({"models": ["a"]}, {"models": ["b", "a", "c"]}, "models b, c"),
        ({"models": ["a"]}, {}, "all models that the team may use, it was a list"),
        ({"models": ["a", "b"]}, {"models": ["b"]}, None),
        ({}, {"models": ["a"]}, None),
        ({"usd_per_day": 5, "models": ["a"]}, {"usd_per_day": 6}, "usd_per_day from 5 to 6; all models"),
    ],
)
def test_limits_that_allow_more_go_to_an_approver(before: dict, after: dict, said: str | None):
    reason = limits_reason(before, after)
    assert reason is None if said is None else reason.startswith(f"it allows the team more: {said}")


@pytest.mark.parametrize(
    ("before", "after", "asked"), [(0, 10, False), (0, 10.01, True), (30, 20, False), (20, 20, False), (0, None, True)]
)
def test_a_cost_above_the_budget_goes_to_an_approver_where_it_rises(before: float, after: float | None, *, asked: bool):
    assert bool(budget_reason(Team(budget_usd_day=10.0), before, after)) is asked

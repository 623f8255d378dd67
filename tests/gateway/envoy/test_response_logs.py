"""Envoy's configuration for response logs: none without them, and no request waits for them."""

import json

from gateway.config import parse
from gateway.envoy import contract, response_logs
from gateway.envoy.bootstrap import bootstrap
from tests.gateway.test_config import DOCUMENT

LOGS = {"stream": "llm-dev-responses", "consent": "DPO, DP-1"}


def manager(config):
    [chain] = bootstrap(config)["static_resources"]["listeners"][0]["filter_chains"]
    return chain["filters"][0]["typed_config"]


def test_without_response_logs_nothing_is_of_them():
    text = json.dumps(bootstrap(parse(DOCUMENT)))
    assert "ext_proc" not in text
    assert response_logs.CLUSTER not in text
    assert contract.RESPONSE_LOG_HEADER not in text


def test_nothing_waits_and_nothing_fails():
    config = response_logs.observation()["typed_config"]
    assert config["observability_mode"]
    assert config["failure_mode_allow"]
    assert config["disable_immediate_response"]


def test_no_header_with_a_credential_is_sent():
    names = [
        each["exact"]
        for each in response_logs.observation()["typed_config"]["forward_rules"]["allowed_headers"]["patterns"]
    ]
    assert not {"authorization", "cookie", "x-api-key", contract.AUTHORIZATION_HEADER} & set(names)


def test_the_filter_is_on_for_the_routes_of_logged_requests_alone():
    found = manager(parse({**DOCUMENT, "response_logs": LOGS}))
    [host] = found["route_config"]["virtual_hosts"]
    assert host["typed_per_filter_config"] == response_logs.OFF
    on = [
        route
        for route in host["routes"]
        if response_logs.ON.items() <= route.get("typed_per_filter_config", {}).items()
    ]
    assert len(on) == 4
    wanted = {"name": contract.RESPONSE_LOG_HEADER, "present_match": True}
    assert all(wanted in route["match"]["headers"] for route in on)
    assert [route["name"] for route in host["routes"][:4]] == [route["name"] for route in on], "before those without"
    assert contract.RESPONSE_LOG_HEADER in found["route_config"]["request_headers_to_remove"]
    names = [each["name"] for each in found["http_filters"]]
    assert names.index("authorization") < names.index(response_logs.FILTER) < names.index("usage")

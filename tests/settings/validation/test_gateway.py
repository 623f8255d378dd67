"""The gateway beside the rest of a stack: names, certificates, services that only it reaches."""

import re
from typing import Any

import pytest

from gateway.store import names
from settings.derived.platform_facts import PlatformFacts
from settings.issues import SettingsError
from settings.loading.parse import Parsed, parse
from tests.settings.bad_settings import CERTIFICATE, PLATFORM, PRIVATE_CA, TEAM

SMALL = PLATFORM["services"]["small"]


def platform(stack: str = "dev", **changes: Any) -> Parsed:
    return parse({**PLATFORM, "gateway": {"replicas": 2}, **changes}, stack=stack)


def facts(**changes: Any) -> PlatformFacts:
    pools = {**PLATFORM["pools"], "g5": {**PLATFORM["pools"]["g5"], "team_gpus": 1}}
    return PlatformFacts.of_export(platform(pools=pools, **changes).plan.facts.as_text())


def team(stack: str = "team-one", **changes: Any) -> Parsed:
    return parse({**TEAM, **changes}, stack=stack, platform=lambda _: facts())


@pytest.mark.parametrize(
    "gateway",
    [
        {"domain": "llm.example.com", "certificate_arn": CERTIFICATE},
        {"domain": "llm.example.com", "certificate_arn": CERTIFICATE, "zone_id": "Z0123456789"},
        {"domain": "llm.example.com", "zone_id": "Z0123456789"},
        {"domain": "llm.example.com", "private_ca_arn": PRIVATE_CA},
        {
            "domain": "llm.example.com",
            "zone_id": "Z0123456789",
            "scheme": "internet-facing",
            "source_ranges": ["203.0.113.0/24"],
        },
    ],
)
def test_a_domain_with_the_origin_of_its_certificate_is_taken(gateway: dict[str, Any]) -> None:
    parsed = platform(gateway=gateway)
    assert parsed.plan.facts.gateway
    assert parsed.plan.facts.gateway.tls
    assert not [one for one in parsed.warnings if one.path.startswith("gateway")]


def test_a_private_ca_may_be_shared_by_another_account_and_a_certificate_not() -> None:
    other = "210987654321"
    shared = PRIVATE_CA.replace("123456789012", other)
    platform(account="123456789012", gateway={"domain": "llm.example.com", "private_ca_arn": shared})
    theirs = CERTIFICATE.replace("123456789012", other)
    with pytest.raises(SettingsError, match=re.escape("gateway.certificate_arn: is in account 210987654321")):
        platform(account="123456789012", gateway={"domain": "llm.example.com", "certificate_arn": theirs})


def test_without_a_domain_the_preview_says_that_clients_speak_plain_http() -> None:
    parsed = platform()
    assert [one.path for one in parsed.warnings if one.path.startswith("gateway")] == ["gateway.domain"]
    assert parsed.plan.facts.gateway
    assert not parsed.plan.facts.gateway.tls


def test_a_source_range_of_every_address_is_warned_of() -> None:
    parsed = platform(gateway={"source_ranges": ["0.0.0.0/0"]})
    assert "gateway.source_ranges" in [one.path for one in parsed.warnings]


def test_names_of_the_gateway_are_not_given_twice() -> None:
    with pytest.raises(SettingsError, match=r"services\.gateway: has the outputs gateway_url"):
        platform(services={"gateway": SMALL})
    with pytest.raises(SettingsError, match="'llm-gateway' is the gateway's own namespace"):
        platform(namespace="llm-gateway")
    with pytest.raises(SettingsError, match="'llm-gateway' is the gateway's own namespace"):
        team(namespace="llm-gateway")
    parse({**PLATFORM, "services": {"gateway": SMALL}}, stack="dev")
    team(services={"gateway": SMALL})


def test_a_team_stack_called_like_its_platform_would_double_its_names() -> None:
    with pytest.raises(SettingsError, match="two models of one name dev/SERVICE: rename it"):
        team(stack="dev", platform="organization/other/dev", namespace="team-one")


def test_prices_are_of_all_services_or_reported() -> None:
    price = {"input_usd": 0.2, "output_usd": 0.6}
    both = {"small": {**SMALL, "price": price}, "second": SMALL}
    found = [str(one) for one in platform(services=both).warnings if one.path.endswith(".price")]
    assert found == [
        (
            "llm-platform:services.second.price: is not set, and small has one: what tenants request of second counts nothing "
            "against their budgets in dollars"
        )
    ]
    alone = parse({**PLATFORM, "services": {"small": both["small"]}}, stack="dev")
    assert "is read by no gateway" in str(next(one for one in alone.warnings if one.path.endswith(".price")))
    assert not [one for one in platform().warnings if one.path.endswith(".price")]


@pytest.mark.parametrize("stack", ["Dev", "dev_eu", "-dev", "d" * 64])
def test_a_stack_whose_name_no_client_could_send_is_refused(stack: str) -> None:
    with pytest.raises(SettingsError, match="cannot be the first part of model names"):
        platform(stack=stack)
    parse(PLATFORM, stack=stack)
    assert names.MODEL.issue(f"{stack}/small"), "the gateway's own rule says the same"
    assert names.MODEL.issue("dev/small") is None


def test_streams_that_are_not_counted_are_refused() -> None:
    off = {"small": {**SMALL, "args": {"enable-force-include-usage": False}}}
    with pytest.raises(SettingsError, match="the gateway counts the tokens of streams by it"):
        platform(services=off)
    parse({**PLATFORM, "services": off}, stack="dev")


CONSENT = {"consent": "owner, T-1", "tenants": ["search"]}
LOGS = {"consent": "DPO DP-12", "auditors": ["arn:aws:iam::123456789012:role/auditors"]}


def test_a_consent_that_no_gateway_acts_on_is_refused() -> None:
    services = {"small": {**SMALL, "response_logs": CONSENT}}
    kept = platform(services=services, gateway={"response_logs": LOGS})
    assert kept.plan.facts.gateway
    assert kept.plan.facts.gateway.response_logs
    line = re.escape("services.small.response_logs: is a consent, and the stack's gateway keeps no response logs")
    with pytest.raises(SettingsError, match=line):
        platform(services=services)
    with pytest.raises(SettingsError, match=re.escape("the platform's gateway keeps no response logs")):
        team(services=services)
    logged = facts(gateway={"response_logs": LOGS})
    assert logged.gateway
    assert logged.gateway.response_logs
    parse({**TEAM, "services": services}, stack="team-one", platform=lambda _: logged)


def test_a_gateway_with_a_mistake_says_nothing_of_consents() -> None:
    services = {"small": {**SMALL, "response_logs": CONSENT}}
    with pytest.raises(SettingsError) as refused:
        platform(services=services, gateway={"replicas": 0, "response_logs": LOGS})
    assert [one.path for one in refused.value.issues] == ["gateway.replicas"]


def test_a_platform_without_response_logs_exports_what_it_did_before() -> None:
    assert "response_logs" not in platform().plan.facts.as_text()


def test_the_names_of_response_logs_need_a_shorter_stack() -> None:
    platform("a" * 50, gateway={"response_logs": LOGS})
    with pytest.raises(SettingsError, match=re.escape("gateway.response_logs: needs names with the stack's in them")):
        platform("a" * 51, gateway={"response_logs": LOGS})

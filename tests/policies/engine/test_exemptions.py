"""Exemptions: fields that are checked, stacks and dates that count, each listed on every run."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from guardrails import RULES
from guardrails.engine import exemptions
from guardrails.engine.exemptions import Exemption, ExemptionError, parse
from tests.policies.examples.table import EXAMPLES
from tests.policies.judging import Given, case, judge

IDS = frozenset(rule.id for rule in RULES)
ENTRY = {
    "rule": "node-imdsv2",
    "resource": "aws:ec2/launchTemplate:LaunchTemplate::it",
    "stacks": ["dev"],
    "reason": "the vendor's agent reads IMDSv1",
    "expires": "2099-01-31",
}


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"rule": "nothing"}, "unknown rule"),
        ({"resource": "aws:s3/bucket:Bucket::*"}, "without wildcards"),
        ({"resource": "models"}, "TYPE::NAME"),
        ({"reason": "because"}, "give a sentence"),
        ({"expires": "soon"}, "is not a date"),
        ({"more": "x"}, "give exactly"),
        ({"reason": 3}, "give exactly"),
        ({"stacks": "dev"}, r"exemptions.json\[0\].stacks: is 'dev': give a list"),
        ({"stacks": []}, "at least one stack"),
        ({"stacks": ["dev", 1]}, "at least one stack"),
        ({"stacks": ["dev", "*"]}, r"'\*' is not a name of a stack: .* without wildcards"),
        ({"stacks": ["organization/llm-platform/dev"]}, "is not a name of a stack"),
    ],
)
def test_a_bad_exemption_is_refused(change: dict[str, Any], complaint: str) -> None:
    with pytest.raises(ExemptionError, match=complaint):
        parse(json.dumps([{**ENTRY, **change}]), IDS)


def test_an_exemption_of_before_stacks_were_named_is_told_what_to_add() -> None:
    old = {key: value for key, value in ENTRY.items() if key != "stacks"}
    with pytest.raises(ExemptionError, match=r"exemptions.json\[0\].stacks: is missing: name the stacks .*\[\"dev\"\]"):
        parse(json.dumps([old]), IDS)


@pytest.fixture
def declared(monkeypatch: pytest.MonkeyPatch) -> Any:
    def declare(**change: Any) -> None:
        entries = parse(json.dumps([{**ENTRY, **change}]), IDS)
        monkeypatch.setattr(exemptions, "declared", lambda: entries)
        exemptions.active.cache_clear()

    yield declare
    monkeypatch.undo()
    exemptions.active.cache_clear()


TEMPLATE = Given("aws:ec2/launchTemplate:LaunchTemplate", {})


def test_an_exemption_holds_for_its_rule_and_resource_only(declared: Any) -> None:
    declared()
    assert not judge("node-imdsv2", case("exempt", TEMPLATE)).findings
    assert judge("node-imdsv2", case("another", Given(TEMPLATE.type, {}, "another"))).findings
    assert judge("node-disk-encrypted", EXAMPLES["node-disk-encrypted"].fails[0]).findings


def test_an_exemption_holds_in_the_stacks_it_names_only(declared: Any) -> None:
    declared(stacks=["prod", "dev"])
    assert not judge("node-imdsv2", case("here", TEMPLATE)).findings
    declared(stacks=["prod", "dev-search"])
    assert judge("node-imdsv2", case("elsewhere", TEMPLATE)).findings
    (told,) = judge("exemptions", case("elsewhere", TEMPLATE)).findings
    assert "from node-imdsv2 is for prod, dev-search: it does not apply in stack dev" in told


def test_it_ends_on_its_date(declared: Any) -> None:
    today = datetime.now(tz=UTC).date()
    declared(expires=today.isoformat())
    assert not judge("node-imdsv2", case("last day", TEMPLATE)).findings
    declared(expires=(today - timedelta(days=1)).isoformat())
    assert judge("node-imdsv2", case("after", TEMPLATE)).findings


def test_every_exemption_is_listed(declared: Any) -> None:
    declared()
    (told,) = judge("exemptions", case("there", TEMPLATE)).findings
    assert "node-imdsv2 does not hold until 2099-01-31: the vendor's agent reads IMDSv1" in told
    (told,) = judge("exemptions", case("elsewhere", Given("aws:kms/key:Key", {}))).findings
    assert "no such resource" in told
    declared(expires="2020-01-31")
    (told,) = judge("exemptions", case("there", TEMPLATE)).findings
    assert "ended on 2020-01-31" in told


def test_no_exemption_is_no_remark(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exemptions, "declared", tuple)
    assert judge("exemptions", case("none", TEMPLATE)).findings == ()


def test_an_exemption_is_one_rule_for_one_resource() -> None:
    (item,) = parse(json.dumps([ENTRY]), IDS)
    assert isinstance(item, Exemption)
    urn = "urn:pulumi:dev::llm-platform::llm:cluster:GpuCluster$aws:ec2/launchTemplate:LaunchTemplate::it"
    assert item.matches("node-imdsv2", urn)
    assert not item.matches("node-ssh", urn)
    assert not item.matches("node-imdsv2", f"{urn}-2")
    assert not item.matches("node-imdsv2", urn.replace(":dev::", ":prod::"))

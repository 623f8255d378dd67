"""What the engine makes of a rule: settings under a former name, parts that are unknown."""

from dataclasses import replace

import pytest

from guardrails import RULES
from guardrails.engine.rule import Finding, Findings, Subject, Unknown, guard
from guardrails.engine.values import UNKNOWN, UnknownPropertyError

SUBNETS = next(rule for rule in RULES if rule.id == "node-public-subnet")


@pytest.mark.parametrize(("old", "new"), [("refuse", "deny"), ("advise", "warn"), ("odd", "odd")])
def test_a_setting_s_former_name_wins_over_the_default_of_the_new_one(old: str, new: str) -> None:
    assert SUBNETS.config({"undecided": old, "on_unknown": "warn"}) == {"on_unknown": new}


def test_without_settings_the_defaults_count() -> None:
    assert SUBNETS.config(None) == SUBNETS.defaults() == {"on_unknown": "warn"}


def subject(**props: object) -> Subject:
    return Subject(type="t", name="it", urn="urn", props=props)


def test_a_property_is_there_or_missing_or_unknown() -> None:
    one = subject(a={"b": 1, "c": UNKNOWN}, block=[{"d": 2}], all=UNKNOWN)
    assert (one.value("a", "b"), one.value("a", "x", "y"), one.value("block", "d")) == (1, None, 2)
    for path, name in [(("a", "c"), "a.c"), (("a", "c", "d"), "a.c"), (("all", "d"), "all")]:
        with pytest.raises(UnknownPropertyError, match=rf"^{name} is unknown$"):
            one.value(*path)


def test_what_was_found_before_an_unknown_stays() -> None:
    def judge() -> Findings:
        yield Finding("broken")
        subject(a=UNKNOWN).value("a")
        yield Finding("never reached")

    assert list(guard(judge(), "urn")) == [Finding("broken"), Unknown("a is unknown", "urn")]


@pytest.mark.parametrize(
    ("blocks", "description"),
    [
        ("a role that anyone may assume", "A role that anyone may assume is not allowed."),
        ("vLLM without a probe", "vLLM without a probe is not allowed."),
        ("iam:PassRole to every service", "iam:PassRole to every service is not allowed."),
    ],
)
def test_a_description_keeps_the_spelling_of_names(blocks: str, description: str) -> None:
    assert replace(SUBNETS, blocks=blocks).policy().description == description

"""Engine events, as the engine writes them into its event log."""

import pytest

from workspace.engine_events import Diagnostic, Finding, Phase, Step, Summary, parse, parse_all

URN = "urn:pulumi:dev::p::aws:s3/bucket:Bucket::models"


def step(**more: object) -> dict:
    return {"metadata": {"op": "update", "urn": URN, "type": "aws:s3/bucket:Bucket"} | more}


@pytest.mark.parametrize(
    ("key", "phase"),
    [("resourcePreEvent", Phase.BEGIN), ("resOutputsEvent", Phase.DONE), ("resOpFailedEvent", Phase.FAILED)],
)
def test_a_step_has_its_phase(key: str, phase: Phase):
    expected = Step(phase=phase, op="update", urn=URN, type="aws:s3/bucket:Bucket", parent="", changed=())
    assert parse({"sequence": 1, key: step()}) == expected
    assert (expected.name, expected.is_change) == ("models", True)


@pytest.mark.parametrize("op", ["same", "read", "refresh"])
def test_what_stays_is_no_change(op: str):
    assert not parse({"resourcePreEvent": step(op=op)}).is_change


def test_what_changed_is_named_by_the_finest_difference_there_is():
    old, new = {"outputs": {"tags": {}, "arn": "a"}}, {"outputs": {"tags": {"x": 1}, "arn": "a"}, "parent": "urn:p"}
    both = {"old": old, "new": new}
    assert parse({"resOutputsEvent": step(**both)}).changed == ("tags",)
    assert parse({"resOutputsEvent": step(**both, diffs=["b", "a"])}).changed == ("a", "b")
    assert parse({"resOutputsEvent": step(**both, diffs=["a"], detailedDiff={"a.b": {}})}).changed == ("a.b",)
    assert parse({"resOutputsEvent": step(**both)}).parent == "urn:p"
    assert parse({"resOutputsEvent": step(old=None, new=new)}).changed == ()


def test_messages_are_plain_text():
    event = {"diagnosticEvent": {"severity": "error", "message": "<{%fg 1%}>broke\x1b[0m<{%reset%}>\n"}}
    assert parse(event) == Diagnostic(severity="error", urn="", text="broke", ephemeral=False)


def test_a_finding_stops_when_it_is_mandatory():
    data = {"policyName": "open", "enforcementLevel": "mandatory", "message": "open\n", "resourceUrn": URN}
    finding = parse({"policyEvent": data})
    assert finding == Finding(policy="open", level="mandatory", urn=URN, text="open")
    assert finding.is_mandatory
    assert not parse({"policyEvent": data | {"enforcementLevel": "advisory"}}).is_mandatory


def test_the_end_has_the_numbers():
    summary = {"summaryEvent": {"resourceChanges": {"same": 3}, "durationSeconds": 7}}
    assert list(parse_all([{"preludeEvent": {}}, {"cancelEvent": {}}, summary])) == [
        Summary(changes={"same": 3}, seconds=7)
    ]

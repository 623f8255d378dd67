"""Reading the engine's event log, also while it grows."""

import json

from rehearsal.stacks import events


def step(op: str, urn: str) -> dict:
    return {"resourcePreEvent": {"metadata": {"op": op, "urn": urn}}}


def test_only_complete_lines_are_given_once(tmp_path):
    path = tmp_path / "log"
    log = events.EventLog(path)
    assert list(log.new_lines()) == []
    path.write_text('{"a": 1}\n{"b"')
    assert list(log.new_lines()) == ['{"a": 1}']
    with path.open("a") as stream:
        stream.write(": 2}\n")
    assert list(log.new_lines()) == ['{"b": 2}']
    assert list(log.new_lines()) == []


def test_changes_leave_out_what_stays(tmp_path):
    path = tmp_path / "log"
    lines = [step("same", "a"), step("update", "b"), step("create", "c"), step("update", "d"), step("refresh", "e")]
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    assert events.changes(events.read(path)) == {"update": ["b", "d"], "create": ["c"]}


def test_only_a_mandatory_violation_is_a_refusal():
    finding = {"policyName": "open", "message": "open to the world"}
    advisory = {"policyEvent": finding | {"enforcementLevel": "advisory"}}
    assert not events.refused_by_policy([advisory, {"cancelEvent": {}}])
    mandatory = {"policyEvent": finding | {"enforcementLevel": "mandatory"}}
    assert events.refused_by_policy([advisory, mandatory])
    assert events.violations([advisory, mandatory]) == ["open: open to the world"]

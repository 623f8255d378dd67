"""SARIF and table from an engine's event log."""

import json
from pathlib import Path

import pytest

from guardrails import RULES, report

URN = "urn:pulumi:dev::llm-platform::llm:cluster:GpuCluster$aws:ec2/launchTemplate:LaunchTemplate::llm-g5"


def event(level: str = "mandatory", **more: str) -> str:
    body = {
        "policyName": "node-imdsv2",
        "enforcementLevel": level,
        "resourceUrn": URN,
        "message": "<{%bold%}>a | b<{%reset%}>\nc\n",
    }
    return json.dumps({"sequence": 1, "timestamp": 2, "policyEvent": {**body, **more}})


OTHER = json.dumps({"sequence": 2, "timestamp": 2, "summaryEvent": {}})


def test_both_are_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    events, target = tmp_path / "events.json", tmp_path / "policies.sarif"
    events.write_text("\n".join([OTHER, event("advisory", policyName="netpol", resourceUrn=""), event(), ""]))
    assert report.main(str(events), str(target)) == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[2] == "| mandatory | node-imdsv2 | aws:ec2/launchTemplate:LaunchTemplate::llm-g5 | a \\| b<br>c |"
    assert lines[3].startswith("| advisory | netpol | stack |")
    (run,) = json.loads(target.read_text())["runs"]
    assert [(one["ruleId"], one["level"]) for one in run["results"]] == [("netpol", "note"), ("node-imdsv2", "error")]
    assert {one["id"] for one in run["tool"]["driver"]["rules"]} == {rule.id for rule in RULES}


def test_advisories_alone_are_no_failure(tmp_path: Path) -> None:
    (tmp_path / "events.json").write_text(event("advisory"))
    assert report.main(str(tmp_path / "events.json"), str(tmp_path / "policies.sarif")) == 0


def test_nothing_is_said_to_be_nothing() -> None:
    assert report.table([]) == "No violation, no remark.\n"

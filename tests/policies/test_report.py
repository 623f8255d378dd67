"""SARIF and table from an engine's event log."""

import json
from pathlib import Path
from typing import Any

import pytest
from sarif_pydantic import Sarif

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


END = json.dumps({"sequence": 2, "timestamp": 2, "summaryEvent": {"resourceChanges": {"create": 1}}})
BROKEN = json.dumps(
    {"sequence": 2, "diagnosticEvent": {"severity": "error", "message": "<{%fg 1%}>no | bucket<{%reset%}>\n"}}
)


def written(tmp_path: Path, *lines: str) -> tuple[int, dict[str, Any]]:
    events, target = tmp_path / "events.jsonl", tmp_path / "policies.sarif"
    events.write_text("\n".join([*lines, ""]))
    code = report.main(str(events), str(target))
    return code, json.loads(target.read_text())


def test_both_are_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, document = written(tmp_path, event("advisory", policyName="netpol", resourceUrn=""), event(), END)
    assert code == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[2] == "| mandatory | node-imdsv2 | aws:ec2/launchTemplate:LaunchTemplate::llm-g5 | a \\| b<br>c |"
    assert lines[3].startswith("| advisory | netpol | stack |")
    assert len(lines) == 4
    (run,) = document["runs"]
    assert [(one["ruleId"], one["level"]) for one in run["results"]] == [("netpol", "note"), ("node-imdsv2", "error")]
    assert [RULES[one["ruleIndex"]].id for one in run["results"]] == ["netpol", "node-imdsv2"]
    assert [one["id"] for one in run["tool"]["driver"]["rules"]] == [rule.id for rule in RULES]
    assert run["invocations"][0]["executionSuccessful"] is True


def test_it_is_sarif(tmp_path: Path) -> None:
    """Against the model of a library that knows the standard, which refuses what it does not know."""
    _, document = written(tmp_path, event("advisory", resourceUrn=""), event(), BROKEN)
    read = Sarif.model_validate_json(json.dumps(document))
    assert len(read.runs[0].results) == 2
    assert _unread(document, read.model_dump(mode="json", by_alias=True, exclude_none=True)) == []


def _unread(given: Any, read: Any, path: str = "") -> list[str]:
    """Paths of what was given and is not in what was read."""
    if isinstance(given, dict):
        return [
            line
            for key, value in given.items()
            for line in (_unread(value, read[key], f"{path}.{key}") if key in (read or {}) else [f"{path}.{key}"])
        ]
    if isinstance(given, list):
        return [
            line
            for index, (one, other) in enumerate(zip(given, read, strict=True))
            for line in _unread(one, other, f"{path}[{index}]")
        ]
    return [] if given == read else [f"{path}: {given} is read as {read}"]


def test_advisories_alone_are_no_failure(tmp_path: Path) -> None:
    assert written(tmp_path, event("advisory"), END)[0] == 0


def test_a_remark_on_an_unknown_is_told_without_the_sdk_s_preface(tmp_path: Path) -> None:
    message = "can't run policy 'x' from policy pack 'p@v1' during preview: not known yet"
    _, document = written(tmp_path, event("advisory", message=message), END)
    assert document["runs"][0]["results"][0]["message"]["text"] == "not known yet"


def test_a_preview_that_failed_is_not_taken_for_a_clean_one(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, document = written(tmp_path, BROKEN, END)
    assert code == 1
    assert "not every resource was judged.\n\n- no \\| bucket\n" in capsys.readouterr().out
    (invocation,) = document["runs"][0]["invocations"]
    assert invocation["executionSuccessful"] is False
    assert invocation["toolExecutionNotifications"][0]["message"]["text"] == "no | bucket"


def test_a_preview_without_an_end_is_not_taken_for_a_clean_one(tmp_path: Path) -> None:
    assert written(tmp_path)[0] == 1


def test_nothing_is_said_to_be_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert written(tmp_path, END)[0] == 0
    assert capsys.readouterr().out == "No violation, no remark.\n"


def test_a_finding_keeps_its_fingerprint(tmp_path: Path) -> None:
    once, again = (written(tmp_path, event(), END)[1] for _ in range(2))
    assert once["runs"][0]["results"][0]["partialFingerprints"] == again["runs"][0]["results"][0]["partialFingerprints"]

from typing import Any

import pytest

from rehearsal.kubernetes.waiting.readiness import Readiness
from rehearsal.kubernetes.waiting.wait_for import WaitForError, parse

READY = {"type": "Ready", "status": "True"}


def judged(expression: str, *conditions: dict[str, Any], generation: int = 1, **status: Any) -> Readiness:
    obj = {"metadata": {"name": "x", "generation": generation}, "status": {"conditions": [*conditions], **status}}
    return parse(expression)(None, obj)  # type: ignore[arg-type]


@pytest.mark.parametrize("expression", ["condition=Ready", "condition=ready=true", "condition=Ready=True"])
def test_a_condition_is_compared_without_case(expression: str) -> None:
    assert judged(expression, READY).ready
    assert judged(expression).why.endswith("yet")


def test_a_condition_that_is_another_has_its_reason() -> None:
    found = judged("condition=Ready", {"type": "Ready", "status": "False", "reason": "NotYet", "message": "no AMI"})
    assert found.why == "condition Ready is False, not True (NotYet: no AMI)"
    assert not found.failed
    assert judged("condition=Ready=False", {"type": "Ready", "status": "False"}).ready


def test_a_condition_of_an_older_generation_does_not_count() -> None:
    assert "generation 1" in judged("condition=Ready", READY | {"observedGeneration": 1}, generation=2).why
    assert "generation 1" in judged("condition=Ready", READY, generation=2, observedGeneration=1).why
    assert judged("condition=Ready", READY | {"observedGeneration": 2}, generation=2).ready


@pytest.mark.parametrize(
    ("expression", "ready"),
    [
        ("jsonpath={.status.phase}", True),
        ("jsonpath={.status.phase}=Running", True),
        ("jsonpath={ $.status.phase }=Running", True),
        ("jsonpath={.status.phase}=Pending", False),
        ("jsonpath={.status.ok}=true", True),
        ("jsonpath={.status.count}=3", True),
        ("jsonpath={.status.missing}", False),
        ("jsonpath={.status.conditions[?@.type=='Ready'].status}=True", True),
        ("jsonpath={.status[?@ == 'Running']}", True),
        ("jsonpath={.status.conditions}", True),
    ],
)
def test_paths(expression: str, *, ready: bool) -> None:
    assert judged(expression, READY, phase="Running", ok=True, count=3).ready is ready


def test_of_a_list_all_must_hold() -> None:
    both = '["condition=Ready", "jsonpath={.status.phase}=Running"]'
    assert judged(both, READY, phase="Running").ready
    assert judged(both, READY, phase="Pending").why == "{.status.phase} is Pending, not Running"
    assert judged(both, phase="Running").why == "it has no condition Ready yet"


@pytest.mark.parametrize(
    ("expression", "reason"),
    [
        ("Ready", "must begin with condition= or jsonpath="),
        ("[]", "names no condition"),
        ("[1]", "must begin with"),
        ("jsonpath=.status", r"write jsonpath=\{\.PATH\}"),
        ("jsonpath='{.status}'", r"write jsonpath=\{\.PATH\}"),
        ("jsonpath={.status}=", "no value after ="),
        ("jsonpath={.items[]}", r"\{\.items\[\]\}: empty bracketed segment"),
    ],
)
def test_what_cannot_be_waited_for_is_one_line(expression: str, reason: str) -> None:
    with pytest.raises(WaitForError, match=reason) as caught:
        parse(expression)
    assert "\n" not in str(caught.value)

"""The transition table of a change's status: complete, and the only way to a new status."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from portal.db.change_transitions import (
    FINAL,
    TRANSITIONS,
    ChangeEvent,
    IllegalTransitionError,
    events_of,
    require,
    transition,
)
from portal.db.states import OPEN_CHANGES, ChangeStatus
from portal.db.work import Change
from portal.errors import ConflictError

PORTAL = Path(__file__).resolve().parents[3] / "portal"
TABLE = PORTAL / "db" / "change_transitions.py"
STATUSES = (None, *ChangeStatus)
ILLEGAL = [(status, event) for status in STATUSES for event in ChangeEvent if (status, event) not in TRANSITIONS]


def reachable(start: ChangeStatus | None) -> set[ChangeStatus]:
    found: set[ChangeStatus] = set()
    todo = [start]
    while todo:
        status = todo.pop()
        for (before, _), after in TRANSITIONS.items():
            if before == status and after not in found:
                found.add(after)
                todo.append(after)
    return found


def test_every_status_is_reachable_from_a_new_change():
    assert reachable(None) == set(ChangeStatus)


def test_every_event_is_used():
    assert {event for _, event in TRANSITIONS} == set(ChangeEvent)


def test_no_event_leads_out_of_a_final_status():
    assert {status for status in ChangeStatus if not reachable(status)} == FINAL


def test_every_other_status_can_reach_a_final_one():
    assert all(reachable(status) & FINAL for status in ChangeStatus if status not in FINAL)


def test_an_open_change_is_never_final():
    assert FINAL.isdisjoint(OPEN_CHANGES)


@pytest.mark.parametrize(("key", "after"), TRANSITIONS.items(), ids=str)
def test_a_listed_event_changes_the_status(key, after):
    before, event = key
    change = Change(status=before)
    assert require(change, event) == after
    assert change.status == before, "require changes nothing"
    transition(change, event)
    assert change.status == after


@pytest.mark.parametrize(("before", "event"), ILLEGAL)
def test_any_other_event_is_refused_and_the_status_stays(before, event):
    change = Change(status=before)
    with pytest.raises(IllegalTransitionError, match=f"the change is {before or 'new'}: "):
        transition(change, event)
    assert change.status == before


def test_the_events_of_a_status_are_those_of_the_table():
    assert events_of(ChangeStatus.APPLYING) == {
        ChangeEvent.APPLY_SUCCEEDED,
        ChangeEvent.APPLY_STALE,
        ChangeEvent.APPLY_FAILED,
    }
    assert all(not events_of(status) for status in FINAL)


def test_an_illegal_transition_is_a_conflict_for_the_api():
    assert issubclass(IllegalTransitionError, ConflictError)


def test_a_change_is_previewed_before_it_is_applied():
    applicable = {before for before, event in TRANSITIONS if event is ChangeEvent.APPLY}
    assert applicable == {ChangeStatus.PREVIEWED, ChangeStatus.APPROVED}


def assignments(source: str) -> Iterator[int]:
    """Lines of ``source`` that give a change a status without the table."""
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Assign(targets=targets, value=value):
                names = [part for target in targets for part in ast.walk(target)]
            case ast.AnnAssign(target=target, value=value) | ast.AugAssign(target=target, value=value):
                names = list(ast.walk(target))
            case ast.Call(func=ast.Name(id="Change"), keywords=keywords):
                if any(keyword.arg in {"status", None} for keyword in keywords):
                    yield node.lineno
                continue
            case ast.Call(func=ast.Name(id="setattr"), args=[_, ast.Constant(value="status"), *_]):
                yield node.lineno
                continue
            case ast.Call(func=ast.Attribute(attr="values"), keywords=keywords):
                if any(keyword.arg == "status" for keyword in keywords):
                    yield node.lineno
                continue
            case _:
                continue
        attributes = [part for part in names if isinstance(part, ast.Attribute) and part.attr == "status"]
        of_change = any("change" in ast.unparse(part.value) for part in attributes)
        by_value = value is not None and "ChangeStatus" in ast.unparse(value)
        if attributes and (of_change or by_value):
            yield node.lineno


@pytest.mark.parametrize(
    "line",
    [
        "change.status = 'applied'",
        "a.status, a.error = ChangeStatus.FAILED, reason",
        "open_change.status: str = found",
        "Change(id=1, status=found)",
        "Change(**found)",
        "setattr(found, 'status', 'applied')",
        "update(Change).values(status='applied')",
    ],
)
def test_the_search_finds_every_way_to_assign(line: str):
    assert list(assignments(line)) == [1]


def test_nothing_else_assigns_the_status_of_a_change():
    files = [file for file in PORTAL.rglob("*.py") if file != TABLE and "migrations" not in file.parts]
    assert len(files) > 90
    found = [f"{file.relative_to(PORTAL)}:{line}" for file in files for line in assignments(file.read_text())]
    assert found == [], "use portal.db.change_transitions.transition"

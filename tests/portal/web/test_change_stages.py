import pytest

from portal.web import change_stages
from portal.web.change_stages import Difference


class Change:
    def __init__(self, status, *, kind="update", needs_approval=None, decided_by=None, steps=({},)):
        self.kind = kind
        self.status = status
        self.needs_approval = needs_approval
        self.decided_by = decided_by
        self.steps = list(steps)


def states(change):
    return [f"{stage.label} {stage.state}" for stage in change_stages.path_of(change)]


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ("previewing", ["Request done", "Preview now", "Apply ahead"]),
        ("refused", ["Request done", "Preview wrong", "Apply ahead"]),
        ("previewed", ["Request done", "Preview done", "Apply now"]),
        ("applying", ["Request done", "Preview done", "Apply now"]),
        ("applied", ["Request done", "Preview done", "Apply done"]),
        ("failed", ["Request done", "Preview done", "Apply wrong"]),
        ("stale", ["Request done", "Preview done", "Apply wrong"]),
    ],
)
def test_a_change_that_needs_nobody(status, expected):
    assert states(Change(status)) == expected


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ("previewed", "Approval now"),
        ("waiting", "Approval now"),
        ("rejected", "Approval wrong"),
        ("withdrawn", "Approval wrong"),
        ("approved", "Apply now"),
    ],
)
def test_a_change_that_needs_an_approver(status, expected):
    found = states(Change(status, needs_approval="above the budget"))
    assert expected in found
    assert len(found) == 4


def test_a_preview_that_failed_never_came_to_an_apply():
    assert states(Change("failed", steps=())) == ["Request done", "Preview wrong", "Apply ahead"]


def test_only_what_differs_is_told():
    before = {"replicas": 1, "model": "a/b", "weights": {"size_gib": 7.5}, "dtype": "float16"}
    after = {"replicas": 2, "model": "a/b", "weights": {"size_gib": 8.0}, "endpoint": {"source_ranges": ["x", "y"]}}
    assert change_stages.differences(before, after) == [
        Difference("replicas", "1", "2"),
        Difference("weights.size_gib", "7.5", "8.0"),
        Difference("endpoint.source_ranges", "", "x, y"),
        Difference("dtype", "float16", ""),
    ]
    assert len(change_stages.differences(None, before)) == 4

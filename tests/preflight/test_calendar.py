"""The calendar beside the command's preflight."""

from dataclasses import replace
from datetime import date

import pytest

from preflight.calendar import calendar
from preflight.cloud import CloudError
from tests.preflight.fakes import FakeCloud, subject

DAY = date(2026, 11, 26)
RUNS = {"describe_cluster": {"cluster": {"name": "llm-dev"}}}


@pytest.mark.parametrize(
    ("version", "answers", "refuses", "words"),
    [
        ("1.33", {}, True, "EKS makes no new cluster of it"),
        ("1.33", RUNS, False, "EKS upgrades the control plane by itself"),
        ("1.33", {"describe_cluster": CloudError("away")}, False, "EKS upgrades the control plane by itself"),
        ("1.34", {}, False, "in 6 days"),
    ],
)
def test_new_clusters_are_refused_and_others_warned_of(version, answers, words, *, refuses: bool) -> None:
    plan = subject()
    assert plan.cluster
    plan = replace(plan, cluster=replace(plan.cluster, version=version))
    (one,) = calendar(plan, FakeCloud(**answers), DAY)
    assert (one.where, one.refuses) == ("cluster.version", refuses)
    assert words in one.message
    assert calendar(subject(), FakeCloud(**answers), DAY) == []

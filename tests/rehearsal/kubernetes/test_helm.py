import pytest

from rehearsal.kubernetes.helm import CHARTS, Releases
from rehearsal.plugins.provider import Resource
from rehearsal.plugins.wire import UNKNOWN, Properties

RELEASE = Resource(urn="urn:pulumi:dev::p::kubernetes:helm.sh/v3:Release::alb", type="", name="alb")
VALUES = {"clusterName": "llm", "region": "us-east-1", "vpcId": "vpc-1"}
GOOD = {"chart": "aws-load-balancer-controller", "namespace": "kube-system", "values": VALUES}


def failures(**changed: object) -> list[str]:
    return [
        f"{item.property}: {item.reason}" for item in Releases.check(RELEASE, {}, {**GOOD, **changed}, "d").failures
    ]


def test_a_listed_chart_passes_and_keeps_its_name() -> None:
    checked = Releases.check(RELEASE, {}, GOOD, "d")
    assert not checked.failures
    assert Releases.check(RELEASE, checked.inputs, GOOD, "d").inputs == checked.inputs


def test_any_other_chart_is_refused_by_name() -> None:
    (told,) = failures(chart="nginx")
    assert "'nginx'" in told
    assert all(name in told for name in CHARTS)


@pytest.mark.parametrize("missing", sorted(VALUES))
def test_a_value_without_which_the_chart_fails_is_asked_for(missing: str) -> None:
    values = {key: value for key, value in VALUES.items() if key != missing}
    assert failures(values=values) == [f"values.{missing}: chart aws-load-balancer-controller does not work without it"]


def test_another_repository_is_refused() -> None:
    (told,) = failures(repositoryOpts={"repo": "https://charts.example.com"})
    assert told.startswith("repositoryOpts.repo")


def test_unknown_values_pass() -> None:
    unknown: Properties = {**VALUES, "vpcId": UNKNOWN}
    assert failures(values=unknown) == []
    assert failures(values=UNKNOWN) == []


def test_values_upgrade_and_names_replace() -> None:
    olds = {**GOOD, "name": "alb"}
    assert not Releases.diff(olds, {**olds, "values": {**VALUES, "vpcId": "vpc-2"}}).replaces
    assert Releases.diff(olds, {**olds, "namespace": "other"}).replaces == ["namespace"]
    assert not Releases.diff(olds, olds).changed

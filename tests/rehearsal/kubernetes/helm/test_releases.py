from pathlib import Path
from typing import Any

import pytest

from rehearsal.charts.chart_list import CHARTS
from rehearsal.kubernetes.helm import chart_source
from rehearsal.kubernetes.helm.releases import Releases
from rehearsal.plugins.provider import Resource
from rehearsal.plugins.wire import UNKNOWN, Properties
from tests.rehearsal.kubernetes.helm.toy_chart import CONFIG_MAP, toy_chart

RELEASE = Resource(urn="urn:pulumi:dev::p::kubernetes:helm.sh/v3:Release::alb", type="", name="alb")
VALUES = {"clusterName": "llm", "region": "us-east-1", "vpcId": "vpc-1"}
RECORDED = {"chart": "aws-load-balancer-controller", "namespace": "kube-system", "values": VALUES}


@pytest.fixture
def chart(tmp_path: Path) -> str:
    return str(toy_chart(tmp_path, {"config.yaml": CONFIG_MAP}))


def failures(inputs: Properties) -> list[str]:
    return [f"{item.property}: {item.reason}" for item in Releases.check(RELEASE, {}, inputs, "d").failures]


def test_a_recorded_chart_passes_and_keeps_its_name() -> None:
    checked = Releases.check(RELEASE, {}, RECORDED, "d")
    assert not checked.failures
    assert "checksum" not in checked.inputs
    assert Releases.check(RELEASE, checked.inputs, RECORDED, "d").inputs == checked.inputs


@pytest.mark.parametrize("missing", sorted(VALUES))
def test_a_value_without_which_a_recorded_chart_fails_is_required(missing: str) -> None:
    values = {key: value for key, value in VALUES.items() if key != missing}
    reason = f"values.{missing}: chart aws-load-balancer-controller does not work without it"
    assert failures({**RECORDED, "values": values}) == [reason]


def test_unknown_values_of_a_recorded_chart_pass() -> None:
    assert failures({**RECORDED, "values": {**VALUES, "vpcId": UNKNOWN}}) == []
    assert failures({**RECORDED, "values": UNKNOWN}) == []


def test_any_other_chart_is_refused_by_name() -> None:
    (refused,) = failures({"chart": "nginx"})
    assert "no chart 'nginx'" in refused
    assert all(chart.name in refused for chart in CHARTS)
    (refused,) = failures({**RECORDED, "repositoryOpts": {"repo": "https://charts.example.com"}})
    assert "of https://charts.example.com" in refused
    assert failures({"values": {}}) == ["chart: required"]


def test_what_the_chart_makes_is_an_input(chart: str) -> None:
    def checked(**values: Any) -> Properties:
        found = Releases.check(RELEASE, {}, {"chart": chart, "values": values}, "d")
        assert not found.failures
        return found.inputs

    first = checked(text="one")
    assert first["resourceNames"] == {"ConfigMap/v1": [first["name"]]}
    assert first["checksum"] == checked(text="one")["checksum"] != checked(text="two")["checksum"]
    Path(chart, "templates", "config.yaml").write_text(CONFIG_MAP.replace("text:", "other:"))
    change = Releases.diff(first, checked(text="one"))
    assert dict(change.detailed) == {"checksum": "update"}
    assert not Releases.diff(first, checked(text="one"), ["checksum"]).changed


def test_values_that_the_chart_refuses_fail_the_preview(chart: str) -> None:
    assert failures({"chart": chart, "values": {"replicas": "two"}}) == [
        "values: values.replicas: got string, want integer"
    ]
    assert failures({"chart": chart, "values": {"replicas": "two", "text": UNKNOWN}}) == [
        "values: values.replicas: got string, want integer"
    ]
    assert failures({"chart": chart, "values": {"replicas": 1, "text": UNKNOWN}}) == []
    assert failures({"chart": chart, "values": UNKNOWN}) == []


def test_what_helm_would_not_do_here_is_refused_by_name(chart: str) -> None:
    assert failures({"chart": chart, "postrender": "cat"}) == [
        "postrender: the rehearsal's Helm does not do this; omit it"
    ]


def test_a_preview_passes_while_the_repository_is_away(monkeypatch: pytest.MonkeyPatch) -> None:
    inputs = {"chart": "karpenter", "version": "1.14.1", "repositoryOpts": {"repo": "http://127.0.0.1:9/charts"}}
    with pytest.raises(chart_source.RepositoryAwayError, match="does not answer"):
        chart_source.load(inputs)
    checked = Releases.check(RELEASE, {"checksum": "kept", "resourceNames": {}}, inputs, "d")
    assert not checked.failures
    assert checked.inputs["checksum"] == "kept"


def test_values_upgrade_and_names_replace() -> None:
    olds = {**RECORDED, "name": "alb"}
    assert not Releases.diff(olds, {**olds, "values": {**VALUES, "vpcId": "vpc-2"}}).replaces
    assert Releases.diff(olds, {**olds, "namespace": "other"}).replaces == ["namespace"]
    assert not Releases.diff(olds, olds).changed

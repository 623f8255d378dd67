import re

import pytest

from settings.artifacts.charts import CHARTS, KARPENTER, LOAD_BALANCER_CONTROLLER, Chart, ChartSource


@pytest.mark.parametrize("chart", CHARTS, ids=lambda chart: chart.name)
def test_every_chart_is_pinned(chart: Chart) -> None:
    assert re.fullmatch(r"\d+\.\d+\.\d+", chart.version)
    assert chart.sha256 is None or re.fullmatch(r"[0-9a-f]{64}", chart.sha256)


@pytest.mark.parametrize(
    ("chart", "mirror", "source"),
    [
        (
            LOAD_BALANCER_CONTROLLER,
            None,
            ChartSource(
                chart="aws-load-balancer-controller", version="1.14.0", repository="https://aws.github.io/eks-charts"
            ),
        ),
        (
            KARPENTER,
            None,
            ChartSource(chart="oci://public.ecr.aws/karpenter/karpenter", version="1.14.1", repository=None),
        ),
        (
            LOAD_BALANCER_CONTROLLER,
            "oci://registry.example.com/charts",
            ChartSource(
                chart="oci://registry.example.com/charts/aws-load-balancer-controller",
                version="1.14.0",
                repository=None,
            ),
        ),
        (
            KARPENTER,
            "http://127.0.0.1:8080/charts",
            ChartSource(chart="karpenter", version="1.14.1", repository="http://127.0.0.1:8080/charts"),
        ),
    ],
)
def test_source(chart: Chart, mirror: str | None, source: ChartSource) -> None:
    assert chart.source(mirror) == source

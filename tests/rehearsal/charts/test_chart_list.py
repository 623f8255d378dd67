from rehearsal.charts.chart_list import CHARTS, GoModuleChart, chart_called, from_modules
from settings.artifacts import charts as artifacts


def test_every_chart_of_the_program_is_listed_once() -> None:
    assert sorted(chart.name for chart in CHARTS) == sorted(chart.name for chart in artifacts.CHARTS)


def test_the_module_of_karpenter_is_of_the_version_that_production_runs() -> None:
    for name in ("karpenter", "karpenter-crd"):
        chart = chart_called(name)
        assert chart is not None
        assert isinstance(chart.source, GoModuleChart)
        assert chart.source.module.endswith(f"@v{chart.pin}")


def test_charts_are_found_by_name_and_by_reference() -> None:
    chart = chart_called("oci://public.ecr.aws/karpenter/karpenter")
    assert chart is chart_called("karpenter") is not None
    assert chart_called("https://aws.github.io/eks-charts/aws-load-balancer-controller") is None
    assert chart_called("nginx") is None
    assert {chart.name for chart, _ in from_modules()} == {"karpenter", "karpenter-crd"}

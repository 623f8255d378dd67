from pathlib import Path

import pytest

from tools.metric_lists.karpenter import GoSourceError, karpenter_list, metrics

CONSTANTS = """
const (
	Namespace     = "karpenter"
	NodePoolLabel = "nodepool"
	own           = "elsewhere"
)
"""
METRICS = """
const own = "zone"

var (
	Created = opmetrics.NewPrometheusCounter(
		crmetrics.Registry,
		prometheus.CounterOpts{
			Namespace: metrics.Namespace,
			Subsystem: "nodes",
			Name:      "created_total",
			Help:      "Number, of {nodes}.",
		},
		[]string{
			metrics.NodePoolLabel,
			own,
		},
	)
	Size = opmetrics.NewPrometheusGauge(
		crmetrics.Registry,
		prometheus.GaugeOpts{
			Namespace: metrics.Namespace,
			Name:      "size",
		},
		labels(),
	)
)
"""
FILES = {Path("metrics/constants.go"): CONSTANTS, Path("nodes/metrics.go"): METRICS}


def test_names_and_labels_are_put_together_from_constants_of_the_nearest_package():
    found = {metric.name: metric for metric in metrics(FILES)}
    assert found["karpenter_nodes_created_total"].labels == ("nodepool", "zone")
    assert found["karpenter_nodes_created_total"].kind == "counter"


def test_labels_that_a_function_computes_are_unknown():
    found = {metric.name: metric for metric in metrics(FILES)}
    assert found["karpenter_size"].labels is None


def test_a_constant_that_is_nowhere_is_refused():
    with pytest.raises(GoSourceError, match=r"nodes/metrics\.go: metrics\.Namespace must be a constant"):
        list(metrics({Path("nodes/metrics.go"): METRICS}))


def test_folders_without_metrics_are_refused(tmp_path):
    with pytest.raises(GoSourceError, match="no metrics: give the folders of"):
        karpenter_list("1.0.0", [tmp_path])

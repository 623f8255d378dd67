"""Helm releases: installed with Helm's own code, or written down where no reachable place has the chart."""

RELEASE_TYPE = "llm-platform/recorded-helm-release"
"""Type of the Secret that a release is recorded in."""
CHART = "llm-platform/chart"
"""Its annotation with the chart's name."""

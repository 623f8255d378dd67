"""``llm-platform monitoring``: rules and dashboards for clusters that have a Prometheus and a Grafana of their own."""

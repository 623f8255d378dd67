"""Configuration of Prometheus, Alertmanager and Grafana, computed from plain arguments; imports nothing of ours."""

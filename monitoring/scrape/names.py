"""Names by which Prometheus finds what it scrapes: labels, ports and files that the program sets.

This package imports nothing of the program: a test compares the names with the program's own.
"""

STACK = "llm-platform/stack"
"""Label of a stack's namespace, which only the program sets: pods of other namespaces never see the scrape token."""
MODEL = "llm-platform/model"
"""Label of a Kubernetes Service of a model: the service's name within its stack."""
TEAM = "llm-platform/team"
KIND = "llm-platform/kind"
"""Label of such a Service: its engine."""
KINDS_WITH_METRICS = ("vllm",)
"""Engines that have metrics; Ollama has none."""
POOL = "llm-platform/pool"
"""Label of a node: its pool."""
APP = "app.kubernetes.io/name"
"""Label of a pod: its program."""

ENGINE_PORT_NAME = "http"
GATEWAY_APP, GATEWAY_PORT_NAME = "gateway", "metrics"
ENVOY_PATH = "/stats/prometheus"
"""Where the gateway's policy shows the metrics of Envoy, which has no port of its own for them."""
DCGM_APP, DCGM_PORT = "dcgm-exporter", 9400
KARPENTER_APP, KARPENTER_PORT_NAME = "karpenter", "http-metrics"
"""``templates/deployment.yaml`` of the chart karpenter 1.14 (aws/karpenter-provider-aws)."""
LOAD_BALANCER_APP, LOAD_BALANCER_PORT_NAME = "aws-load-balancer-controller", "metrics-server"
"""``templates/deployment.yaml`` of stable/aws-load-balancer-controller (aws/eks-charts)."""
KEDA_APP, KEDA_PORT_NAME = "keda-operator", "metrics"
SYSTEM_NAMESPACE = "kube-system"
PROMETHEUS_PORT = 9090

TOKEN_FILE = "/etc/prometheus/token/scrape_token"  # noqa: S105 - a path
"""The platform's scrape token, mounted from a Secret."""
_ACCOUNT = "/var/run/secrets/kubernetes.io/serviceaccount"
ACCOUNT_TOKEN_FILE = f"{_ACCOUNT}/token"
ACCOUNT_CA_FILE = f"{_ACCOUNT}/ca.crt"
"""What Kubernetes mounts for the pod's ServiceAccount."""

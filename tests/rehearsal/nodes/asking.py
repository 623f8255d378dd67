"""A vLLM service in the test cluster, and requests to it."""

import httpx

from tests.rehearsal.nodes.cluster import Cluster, until
from tests.rehearsal.nodes.manifests import deployment, load_balancer, vllm_pod

KEY = {"Authorization": "Bearer secret-key"}
ASK = {"model": "model", "messages": [{"role": "user", "content": "hello"}]}


def deploy(cluster: Cluster, name: str, *, replicas: int = 1, **pod: object) -> str:
    """A Deployment with its load balancer, ready; returns the URL."""
    cluster.kube.create(deployment(name, vllm_pod(**pod), replicas=replicas))  # type: ignore[arg-type]
    cluster.kube.create(load_balancer(name))
    until(lambda: len(cluster.ready(name)) == replicas, f"{replicas} pods of {name} ready")
    return cluster.url(name)


def ask(url: str) -> httpx.Response:
    """One chat completion on a connection of its own."""
    return httpx.post(f"{url}/v1/chat/completions", headers=KEY, json=ASK, trust_env=False, timeout=60)

"""A vLLM service in the test cluster, and requests to it."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import httpx

from tests.rehearsal.nodes.cluster import Cluster
from tests.rehearsal.nodes.manifests import deployment, load_balancer, vllm_pod
from tests.waiting import until

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


@contextmanager
def long_answer(url: str) -> Iterator[list[int]]:
    """A long answer that has begun, and goes on beside the block; after it the list has its completion tokens, if it came whole."""
    counts: list[int] = []
    begun = threading.Event()
    more = {"max_tokens": 1200, "ignore_eos": True, "stream": True, "stream_options": {"include_usage": True}}

    def read() -> None:
        with httpx.stream(
            "POST", f"{url}/v1/chat/completions", headers=KEY, json=ASK | more, trust_env=False, timeout=60
        ) as answer:
            lines = []
            for line in answer.iter_lines():
                lines += [line] if line else []
                begun.set()
        *_, usage, end = lines
        if end == "data: [DONE]":
            counts.append(json.loads(usage.removeprefix("data: "))["usage"]["completion_tokens"])

    worker = threading.Thread(target=read)
    worker.start()
    assert begun.wait(60)
    yield counts
    worker.join()

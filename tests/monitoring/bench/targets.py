"""A platform's targets on one port, each at a path of its own, and the configuration that scrapes them."""

import asyncio
import contextlib
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from monitoring.scrape import ScrapeArgs
from monitoring.scrape.configuration import scrape_jobs, timing
from tests.monitoring.bench import exposition

REPLICAS, GPUS, CONTAINERS, ENGINES_OF_A_NODE = 2, 8, 20, 4


@dataclass(frozen=True, kw_only=True)
class Platform:
    """How large it is: two replicas a service, four of them on a node of eight GPUs, as many tenants as services."""

    services: int

    @property
    def nodes(self) -> int:
        """Its nodes."""
        return max(1, self.services * REPLICAS // ENGINES_OF_A_NODE)

    def answer(self, kind: str, seconds: float) -> str:
        """What a target of the job answers."""
        kinds: dict[str, Callable[[], str]] = {
            "engines": lambda: exposition.engine(seconds),
            "kubelet": lambda: exposition.node(seconds, CONTAINERS),
            "dcgm": lambda: exposition.gpus(seconds, GPUS),
            "gateway": lambda: exposition.gateway(seconds, self.services, self.services),
            "envoy": lambda: exposition.envoy(seconds, self.services),
            "karpenter": lambda: exposition.karpenter(seconds, self.nodes),
        }
        return kinds[kind]()

    def targets(self) -> dict[str, list[dict[str, str]]]:
        """Labels of the targets of each job, as the real discovery gives them."""
        engines = [
            {
                "service": f"prod/service-{service}",
                "stack": "prod",
                "team": f"team-{service % 20}",
                "pod": f"service-{service}-7d4b9c6f5-{replica}xk2p",
                "node": f"node-{(service * REPLICAS + replica) // ENGINES_OF_A_NODE}",
            }
            for service in range(self.services)
            for replica in range(REPLICAS)
        ]
        nodes = [{"node": f"node-{number}", "pool": "gpu"} for number in range(self.nodes)]
        pods = [{"pod": f"gateway-{number}", "node": "node-0"} for number in range(2)]
        return {
            "engines": engines,
            "kubelet": nodes,
            "dcgm": nodes,
            "gateway": pods,
            "envoy": pods,
            "karpenter": pods[:1],
        }


def configuration(platform: Platform, port: int, own_port: int, scrape_seconds: float) -> dict[str, Any]:
    """The program's own configuration, with these targets in the place of Kubernetes' discovery."""
    args = ScrapeArgs(
        cluster="llm-bench",
        max_engines=platform.services * REPLICAS,
        gateway_namespace="llm-gateway",
        karpenter=True,
        gpu_namespace="llm-monitoring-gpu",
        alertmanager=None,
    )
    found = platform.targets()
    configs = []
    for job in scrape_jobs(args):
        config = job.rendered()
        if job.name == "prometheus":
            config["static_configs"] = [{"targets": [f"127.0.0.1:{own_port}"]}]
        elif job.name in found:
            for key in (
                "kubernetes_sd_configs",
                "relabel_configs",
                "authorization",
                "tls_config",
                "scheme",
                "metrics_path",
            ):
                config.pop(key, None)
            config["static_configs"] = [
                {"targets": [f"127.0.0.1:{port}"], "labels": {**labels, "__metrics_path__": f"/{job.name}/{number}"}}
                for number, labels in enumerate(found[job.name])
            ]
        else:
            continue
        configs.append({**config, "fallback_scrape_protocol": "PrometheusText0.0.4"})
    interval = f"{round(scrape_seconds * 1000)}ms"
    return {
        "global": {**timing(args), "scrape_interval": interval, "scrape_timeout": interval},
        "rule_files": ["rules.yml"],
        "scrape_configs": configs,
    }


def serve(platform: Platform) -> int:
    """Answer scrapes on a free port, which is returned, in a thread that ends with the process.

    Targets of a kind have the same values within a second.
    """
    start = time.monotonic()

    @lru_cache(maxsize=64)
    def body(kind: str, second: int) -> bytes:
        text = platform.answer(kind, float(second)).encode()
        return f"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: {len(text)}\r\n\r\n".encode() + text

    async def answered(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                request = await reader.readuntil(b"\r\n\r\n")
                kind = request.split(b"/", 2)[1].decode()
                writer.write(body(kind, int(time.monotonic() - start) + 3600))
                await writer.drain()

    loop = asyncio.new_event_loop()
    server = loop.run_until_complete(asyncio.start_server(answered, "127.0.0.1", 0, backlog=4096))
    threading.Thread(target=loop.run_forever, daemon=True).start()
    port: int = server.sockets[0].getsockname()[1]
    return port

"""The rehearsal's vLLM as an engine behind the gateway."""

import re
from pathlib import Path

import httpx

from rehearsal.images.container import VARIABLE, Container
from tests.gateway.support.engines import EngineProcess
from tests.gateway.support.fake_policy import ENGINE_KEY
from tests.gateway.support.processes import Process, free_ports

TOOLS = ("--enable-auto-tool-choice", "--tool-call-parser=hermes")


class VllmEngine(EngineProcess):
    """An engine, started like the platform starts vLLM."""

    def __init__(self, log: Path, names: tuple[str, ...], *arguments: str, token_seconds: float = 0.002) -> None:
        port, self.names = free_ports(1)[0], names
        served = ("--served-model-name", *names)
        settings = (
            f"--port={port}",
            f"--api-key={ENGINE_KEY}",
            "--enable-force-include-usage",
            "--shutdown-timeout=30",
        )
        process = Process.of_module(
            "rehearsal.images.vllm",
            *("serve", "org/model", *served, *settings, "--max-model-len=8192", *arguments),
            log=log,
            environment={
                VARIABLE: Container(address="127.0.0.1", gpus=1).to_json(),
                "LLM_REHEARSAL_LOAD_SECONDS": "0",
                "LLM_REHEARSAL_TOKEN_SECONDS": str(token_seconds),
                "HOME": str(log.parent),
            },
        )
        super().__init__(port, process)

    def counter(self, name: str) -> int:
        """A counter of vLLM over its labels: ``prompt_tokens`` or ``generation_tokens``, of one that has ended too."""
        if not self.process.running:
            ended = re.findall(r"Ended after (\d+) prompt tokens and (\d+) generation", self.process.log.read_text())
            return sum(int(each[name == "generation_tokens"]) for each in ended)
        said = httpx.get(f"http://{self.place}/metrics", timeout=60, trust_env=False).text
        values = re.findall(rf"^vllm:{name}_total{{[^}}]*}} (\S+)$", said, re.MULTILINE)
        return int(sum(map(float, values)))

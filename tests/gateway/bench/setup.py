"""What is measured: one gateway pod, nginx where it is installed, and the fake engine behind both."""

import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

from tests.gateway.support.engines import EngineProcess
from tests.gateway.support.processes import Process, free_ports, listening, until
from tests.gateway.support.stack import Service, Stack
from tests.gateway.support.table import TableServer

MODEL = "dev/bench"
LIMITS = {"requests_per_second": 10_000, "tokens_per_minute": 1_000_000_000, "concurrent_requests": 10_000}
_NGINX = """
worker_processes 1;
daemon off;
error_log stderr;
pid {root}/nginx.pid;
events {{ worker_connections 8192; }}
http {{
  access_log off;
  client_body_buffer_size 64k;
  client_body_temp_path {root}/body;
  proxy_temp_path {root}/proxy;
  fastcgi_temp_path {root}/fastcgi;
  uwsgi_temp_path {root}/uwsgi;
  scgi_temp_path {root}/scgi;
  keepalive_requests 1000000;
  upstream engine {{ server 127.0.0.1:{engine}; keepalive 2048; keepalive_requests 1000000; }}
  server {{
    listen 127.0.0.1:{port} backlog=4096;
    location / {{ proxy_pass http://engine; proxy_http_version 1.1; proxy_set_header Connection ""; proxy_buffering off; }}
  }}
}}
"""


@dataclass(frozen=True, kw_only=True)
class Way:
    """One way to the engine and the processes that it costs."""

    name: str
    url: str
    processes: tuple[psutil.Process, ...]

    def cpu(self) -> float:
        """CPU seconds of its processes so far."""
        return sum(sum(process.cpu_times()[:2]) for process in self.processes)

    def memory(self) -> int:
        """Bytes of its processes, what they share divided (PSS)."""
        return sum(process.memory_full_info().pss for process in self.processes)


@dataclass(frozen=True, kw_only=True)
class Setup:
    """The ways by name, and a key of the gateway's tenant."""

    stack: Stack
    key: str
    direct: Way
    gateway: Way
    nginx: Way | None

    @property
    def ways(self) -> list[Way]:
        return [way for way in (self.direct, self.gateway, self.nginx) if way]


@contextmanager
def setup(root: Path, *, seconds: float, events: int) -> Iterator[Setup]:
    """Everything started, in a new folder below ``root``."""
    port = free_ports(1)[0]
    arguments = (str(port), str(seconds), str(events))
    engine = EngineProcess(port, Process.of_module("tests.gateway.bench.engine", *arguments, log=root / "engine.log"))
    with ExitStack() as opened:
        table = opened.enter_context(TableServer(root))
        services = {MODEL: Service(engines=[engine], price={"input_usd": 0.2, "output_usd": 0.6})}
        stack = opened.enter_context(Stack(root, services, policy="real", environment=table.environment))
        key = table.key("bench", **LIMITS)
        supervisor = psutil.Process(stack.policies[0].pid)
        gateway = (psutil.Process(stack.envoy.pid), supervisor, *supervisor.children())
        yield Setup(
            stack=stack,
            key=key,
            direct=Way(name="no gateway", url=f"http://{engine.place}", processes=()),
            gateway=Way(name="gateway (Envoy and policy)", url=stack.url, processes=gateway),
            nginx=opened.enter_context(_nginx(root, engine.port)),
        )


@contextmanager
def _nginx(root: Path, engine: int) -> Iterator[Way | None]:
    program = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
    if program is None:
        yield None
        return
    port = free_ports(1)[0]
    config = root / "nginx.conf"
    config.write_text(_NGINX.format(root=root, engine=engine, port=port))
    process = Process([program, "-c", str(config), "-p", str(root)], root / "nginx.log")
    process.start()
    try:
        until("nginx listens", lambda: listening(port), (process,))
        main = psutil.Process(process.pid)
        yield Way(name="nginx", url=f"http://127.0.0.1:{port}", processes=(main, *main.children()))
    finally:
        process.stop()

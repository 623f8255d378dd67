"""A whole gateway on loopback for tests: the real Envoy, a policy, and fake engines; no Kubernetes.

    with Stack(tmp_path, {"dev/qwen": 2}) as stack:
        stack.chat("dev/qwen")

Envoy runs the generated configuration. `policy="fake"` (the default) starts two processes of `fake_policy`, whose one key
is `KEYS[0]`; `policy="real"` starts `python -m gateway.policy`, which discovers the services in the file `services.json`.
"""

import json
import socket
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

import httpx
import psutil

from gateway.config import Config, parse
from gateway.envoy.__main__ import write
from gateway.envoy.access_log import COMMAND_LINE
from gateway.envoy.dynamic import DynamicFiles
from rehearsal.images.envoy.fetch import binary
from tests.gateway.support import fake_policy
from tests.gateway.support.engines import Engine
from tests.gateway.support.processes import Process, free_ports, until


@dataclass(kw_only=True)
class Service:
    """A service of the stack; its entry in `services.json` too."""

    engines: list[Engine] = field(default_factory=list)
    short: str | None = None
    stack: str = "dev"
    team: str = "a"
    wakes: bool = True
    price: dict[str, float] | None = None
    response_logs: dict[str, Any] | None = None

    def entry(self, name: str) -> dict[str, Any]:
        return {
            "name": name,
            "short": self.short,
            "stack": self.stack,
            "team": self.team,
            "endpoints": [engine.place for engine in self.engines if engine.process.running],
            "key": fake_policy.ENGINE_KEY,
            "wakes": self.wakes,
            "price": self.price,
            "response_logs": self.response_logs,
        }


class Stack:
    """Attributes that tests use: `url`, `config`, `services`, `envoy`, `policies`, `client`.

    `gateways` is how many gateways the policy shares its limits with, itself included; it counts from the next `publish`.
    """

    def __init__(
        self,
        root: Path,
        services: Mapping[str, int | Service],
        *,
        policy: str = "fake",
        environment: Mapping[str, str] | None = None,
        concurrency: int = 1,
        gateways: int = 1,
        adjust: Callable[[dict[str, Any]], None] | None = None,
        **changes: Any,
    ) -> None:
        """Prepare it.

        Args:
            root: folder of the test.
            services: services by public name, or how many engines one has.
            policy: ``fake`` or ``real``.
            environment: further variables of the policy's process, such as AWS_ENDPOINT_URL.
            concurrency: Envoy's worker threads.
            gateways: how many gateways share the limits, this one included.
            adjust: changes Envoy's bootstrap before it starts, such as times that a test cannot wait for.
            changes: fields of gateway.json that differ.
        """
        self.root = root
        self.gateways = gateways
        self.config: Config = parse(self._document(changes))
        self.services = {name: self._service(name, each) for name, each in services.items()}
        self.envoy = Process(
            [
                str(binary()),
                "-c",
                str(self.config.folder / "envoy.json"),
                "--reject-unknown-dynamic-fields",
                "--disable-hot-restart",
                "--concurrency",
                str(concurrency),
                *COMMAND_LINE,
            ],
            root / "envoy.log",
        )
        self._adjust = adjust
        self.table_away = False
        self.real = policy == "real"
        self.policies = self._policies(environment or {})
        self._files = DynamicFiles(self.config.dynamic_folder)
        self.client = httpx.Client(base_url=self.url, timeout=120, trust_env=False)

    @property
    def url(self) -> str:
        """Address without `/v1`."""
        return f"http://127.0.0.1:{self.config.listen}"

    def __enter__(self) -> Self:
        try:
            self._start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.client.close()
        engines = [engine.process for service in self.services.values() for engine in service.engines]
        for process in (self.envoy, *engines):
            process.kill()
        for process in self.policies:
            # The real one has children, which it ends.
            if process.running:
                process.stop()

    def _start(self) -> None:
        for service in self.services.values():
            for engine in service.engines:
                engine.start()
        for service in self.services.values():
            for engine in service.engines:
                engine.wait()
        path = write(self.config)
        if self._adjust:
            document = json.loads(path.read_text())
            self._adjust(document)
            path.write_text(json.dumps(document))
        self.publish()
        for process in (*self.policies, self.envoy):
            process.start()
        until("Envoy listens and the policy is well", lambda: self.ready() == 200, (self.envoy, *self.policies))
        # Envoy sends to the first process that is well, and what the other one has counted it does not know.
        self.wait_healthy("policy", 2)
        for name, service in self.services.items():
            if service.engines:
                self.wait_healthy(name, len(service.engines))

    def publish(self) -> None:
        """Make the services' running engines known: by `services.json`, and without the real policy to Envoy."""
        entries = [service.entry(name) for name, service in self.services.items()]
        aside = self.root / "services.json.new"
        aside.write_text(json.dumps({"services": entries, "gateways": self.gateways}))
        aside.replace(self.root / "services.json")
        if not self.real:
            self._files.update({entry["name"]: entry["endpoints"] for entry in entries})

    def add(self, name: str, engines: int = 1) -> Service:
        """Start engines of a service, new or not, and publish them."""
        service = self.services.setdefault(name, Service())
        fresh = self._engines(name, engines, len(service.engines))
        for engine in fresh:
            engine.start()
        for engine in fresh:
            engine.wait()
        service.engines += fresh
        self.publish()
        return service

    def ready(self) -> int:
        """Status of the readiness path; 0 while nothing listens."""
        try:
            return self.client.get("/ready").status_code
        except httpx.HTTPError:
            return 0

    def wait_healthy(self, name: str, count: int) -> None:
        until(
            f"Envoy has {count} healthy endpoints of {name}",
            lambda: self.stat(f"cluster.{name}.membership_healthy") == count,
            (self.envoy,),
        )

    def stat(self, name: str) -> int | None:
        """A counter or gauge of Envoy."""
        found = self.admin("GET", "/stats", params={"format": "json", "filter": f"^{name}$"}).json()["stats"]
        return next((each["value"] for each in found if "value" in each), None)

    def admin(self, method: str, path: str, **more: Any) -> httpx.Response:
        return httpx.request(method, f"http://127.0.0.1:{self.config.admin}{path}", timeout=60, **more)

    def chat(self, model: str, *, key: str = fake_policy.KEYS[0], **more: Any) -> httpx.Response:
        """POST a chat; ``more`` goes into its body."""
        return self.post("/v1/chat/completions", {**CHAT, "model": model, **more}, key=key)

    def post(self, path: str, body: dict[str, Any], *, key: str = fake_policy.KEYS[0]) -> httpx.Response:
        return self.known(lambda: self.client.post(path, json=body, headers={"authorization": f"Bearer {key}"}))

    def known(self, send: Callable[[], httpx.Response]) -> httpx.Response:
        """The answer to a request, sent again while its caller is not known: a busy machine's table answers too late at times.

        Not where the test has taken the table away (:attr:`table_away`).
        """
        end = time.monotonic() + 60
        while True:
            answer = send()
            unknown = answer.status_code == 503 and "keys_unavailable" in answer.text
            if not unknown or self.table_away or time.monotonic() > end:
                return answer
            time.sleep(0.2)

    def policy_process(self, number: int) -> psutil.Process | None:
        """Process ``number`` of the real policy; None while there is none."""
        for child in psutil.Process(self.policies[0].pid).children():
            with suppress(psutil.NoSuchProcess):  # which a zombie is, too
                if child.cmdline()[-2:] == ["--process", str(number)]:
                    return child
        return None

    @contextmanager
    def left(self, path: str, body: dict[str, Any], *, key: str) -> Iterator[None]:
        """A client that has sent a request, and leaves at the block's end without having read an answer."""
        content = json.dumps(body).encode()
        head = (
            f"POST {path} HTTP/1.1\r\nhost: a\r\nauthorization: Bearer {key}\r\n"
            f"content-type: application/json\r\ncontent-length: {len(content)}\r\n\r\n"
        )
        with socket.create_connection(("127.0.0.1", self.config.listen)) as connection:
            connection.sendall(head.encode() + content)
            yield

    def lines(self, name: str) -> list[dict[str, Any]]:
        """What the fake policy noted, `checks.jsonl`, or Envoy, `usage.log`."""
        path = self.config.folder / name
        whole = path.read_text().rpartition("\n")[0] if path.exists() else ""
        return [json.loads(line) for line in whole.splitlines()]

    def rules(self, **rules: Any) -> None:
        """Change what the fake policy does."""
        fake_policy.write_rules(self.config.folder, fake_policy.Rules(**rules))

    def _document(self, changes: Mapping[str, Any]) -> dict[str, Any]:
        ports = dict(zip(("listen", "admin", "metrics", "drain"), free_ports(4), strict=True))
        folder = self.root / "run"
        folder.mkdir()
        document = {
            "stack": "dev",
            "region": "us-east-1",
            "table": "llm-dev-gateway",
            "namespace": "llm-gateway",
            "bind": "127.0.0.1",
            "hold_seconds": 60,
            "hold_requests": 100,
            "max_request_bytes": 1 << 20,
            "drain_seconds": 45,
            "folder": str(folder),
            "limits": {"requests_per_second": 1000, "tokens_per_minute": 10**9, "concurrent_requests": 1000},
            "discovery": {"file": str(self.root / "services.json")},
            **ports,
            **changes,
        }
        (self.root / "gateway.json").write_text(json.dumps(document))
        return document

    def _service(self, name: str, given: int | Service) -> Service:
        return given if isinstance(given, Service) else Service(engines=self._engines(name, given, 0))

    def _engines(self, name: str, count: int, first: int) -> list[Engine]:
        return [Engine(self.root / f"engine-{name.replace('/', '-')}-{first + number}.log") for number in range(count)]

    def _policies(self, environment: Mapping[str, str]) -> list[Process]:
        if self.real:
            arguments = ("--config", str(self.root / "gateway.json"))
            log = self.root / "policy.log"
            return [Process.of_module("gateway.policy", *arguments, log=log, environment=environment)]
        self.rules()
        return [
            Process.of_module(
                "tests.gateway.support.fake_policy",
                *("--folder", str(self.config.folder), "--number", str(number)),
                log=self.root / f"policy-{number}.log",
            )
            for number in (0, 1)
        ]


CHAT: dict[str, Any] = {"messages": [{"role": "user", "content": "hello"}], "max_tokens": 16}

"""The chat of ``rehearse up --chat`` through the gateway of a stack, with the key of a tenant of its own."""

import json
import time
from dataclasses import dataclass
from typing import Any

import httpx

from rehearsal.commands.gateway_address import Way, way_of
from rehearsal.sandbox import Sandbox
from settings.derived.gateway.names import TABLE_OUTPUT, TLS_OUTPUT, gateway_url
from workspace.files import write_atomically

TENANT = "rehearsal"
_KEY_NAME = "rehearse-up"
_KEYS = "tenant-keys.json"
# A new key, and engines that have just come, are known to every process of the gateway within a few seconds.
_PATIENCE_SECONDS, _PAUSE_SECONDS = 60.0, 0.5
_SOON = {httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN, httpx.codes.SERVICE_UNAVAILABLE}


@dataclass(frozen=True, kw_only=True)
class Gateway:
    """A stack's gateway and a key for it."""

    url: str
    """Base URL of an OpenAI client, with ``/v1``."""
    api_key: str
    way: Way | None = None
    """The way to a gateway with a domain; None where the URL alone leads there."""

    def models(self) -> list[str]:
        """Models that the key may use; short names where there are some.

        Raises:
            httpx.HTTPError: the gateway does not answer, or refuses.
        """
        names = [str(one["id"]) for one in self._get("/models")["data"]]
        return sorted(name for name in names if "/" not in name) or sorted(names)

    def chat(self, model: str, question: str) -> str:
        """The answer of a model.

        Raises:
            httpx.HTTPError: the gateway does not answer, or refuses.
        """
        body = {"model": model, "messages": [{"role": "user", "content": question}]}
        with self._client() as client:
            answer = client.post("/chat/completions", json=body).raise_for_status().json()
        return str(answer["choices"][0]["message"]["content"])

    def in_python(self, model: str) -> list[str]:
        """Lines to paste into Python, in an environment with the package ``openai``."""
        ask = f'model="{model}", messages=[{{"role": "user", "content": "Say hello."}}]'
        if self.way is None:
            imports, client = ["from openai import OpenAI"], f'OpenAI(base_url="{self.url}", api_key="{self.api_key}")'
        else:
            url = httpx.URL(self.url)
            imports = [
                "import ssl",
                "import httpx",
                "from openai import OpenAI",
                f'tls = ssl.create_default_context(cafile="{self.way.ca}")',
                # What TLS and Host name is the domain, which only the rehearsal's Route 53 resolves.
                f'name = {{"request": [lambda one: one.extensions.update(sni_hostname="{url.host}")]}}',
                f'http = httpx.Client(verify=tls, headers={{"Host": "{url.netloc.decode()}"}}, event_hooks=name)',
            ]
            there = url.copy_with(host=self.way.address)
            client = f'OpenAI(base_url="{there}", api_key="{self.api_key}", http_client=http)'
        return [
            *imports,
            f"client = {client}",
            f"print(client.chat.completions.create({ask}).choices[0].message.content)",
        ]

    def _get(self, path: str) -> dict[str, Any]:
        until = time.monotonic() + _PATIENCE_SECONDS
        with self._client() as client:
            while True:
                answer = client.get(path)
                if answer.status_code in _SOON and time.monotonic() < until:
                    time.sleep(_PAUSE_SECONDS)
                    continue
                found: dict[str, Any] = answer.raise_for_status().json()
                if found["data"] or time.monotonic() > until:
                    return found
                time.sleep(_PAUSE_SECONDS)

    def _client(self) -> httpx.Client:
        headers = {"Authorization": f"Bearer {self.api_key}"}
        transport = self.way.transport() if self.way else None
        return httpx.Client(base_url=self.url, headers=headers, timeout=90.0, trust_env=False, transport=transport)


def gateway_of(sandbox: Sandbox, outputs: dict[str, Any], region: str) -> Gateway | None:
    """The gateway among a stack's outputs, with the key of the sandbox's own tenant; None without one.

    Raises:
        SandboxError: it has a domain, and its load balancer no address.
        TableError: the gateway's table does not answer.
    """
    url = gateway_url(outputs)
    if url is None:
        return None
    way = way_of(sandbox) if outputs.get(TLS_OUTPUT) else None
    key = tenant_key(sandbox, outputs[TABLE_OUTPUT], region)
    return Gateway(url=url, api_key=key, way=way)


def tenant_key(sandbox: Sandbox, table_name: str, region: str) -> str:
    """A valid key of the tenant; the one that the sandbox has kept, or a new one.

    Raises:
        TableError: the gateway's table does not answer.
    """
    # boto3, which takes a third of a second to load.
    from gateway.store import keys, tenants  # noqa: PLC0415
    from gateway.store.table import Table  # noqa: PLC0415
    from rehearsal.aws.client import AwsClient  # noqa: PLC0415

    table, now = Table(table_name, AwsClient(sandbox).client("dynamodb", region)), int(time.time())
    file = sandbox.root / _KEYS
    kept: dict[str, str] = json.loads(file.read_text()) if file.exists() else {}
    if secret := kept.get(table_name):
        known = keys.find(table, keys.digest_of(secret))
        if known and known.state(now) == "active":
            return secret
    if tenants.find(table, TENANT) is None:
        tenants.save(table, TENANT, {}, version=0)
    secret, _ = keys.create(table, TENANT, _KEY_NAME, created_by="rehearse up", now=now)
    write_atomically(file, json.dumps(kept | {table_name: secret}))
    return secret

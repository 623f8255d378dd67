"""The kubeconfig of a cluster: eks's own in shape, with a client certificate instead of ``aws eks get-token``.

That is the one documented difference from the real component. It makes the kubeconfig a secret, which the real one,
holding no credential, is not.
"""

import asyncio
import json
import urllib.error
import urllib.request
from collections.abc import Mapping
from typing import Any

import pulumi
import yaml

from rehearsal.network.tls import unverified
from rehearsal.sandbox import Sandbox, SandboxError

_TRIES = 60
_PAUSE_S = 5.0
_TIMEOUT_S = 1.0


def kubeconfig(endpoint: pulumi.Output[str], authority: pulumi.Output[Any]) -> pulumi.Output[dict[str, Any]]:
    """The kubeconfig, known once the cluster is there; secret."""
    config = pulumi.Output.all(endpoint, authority).apply(
        lambda values: build(values[0], (values[1] or {}).get("data"), client_certificate(Sandbox.current()))
    )
    return pulumi.Output.secret(config)


def build(endpoint: str, authority: str | None, user: Mapping[str, str]) -> dict[str, Any]:
    """The kubeconfig as eks lays it out."""
    cluster = {"server": endpoint} | ({"certificate-authority-data": authority} if authority else {})
    return {
        "apiVersion": "v1",
        "clusters": [{"cluster": cluster, "name": "kubernetes"}],
        "contexts": [{"context": {"cluster": "kubernetes", "user": "aws"}, "name": "aws"}],
        "current-context": "aws",
        "kind": "Config",
        "users": [{"name": "aws", "user": dict(user)}],
    }


def dump(config: Mapping[str, Any]) -> str:
    """The kubeconfig as JSON text, keys in eks's order."""
    return json.dumps(config, separators=(",", ":"))


def client_certificate(sandbox: Sandbox) -> dict[str, str]:
    """The administrator's certificate and key, base64, from the kubeconfig that the control plane made.

    Raises:
        SandboxError: the control plane has not made one yet, or it holds no certificate.
    """
    path = sandbox.admin_kubeconfig
    try:
        config = yaml.safe_load(path.read_text())
    except FileNotFoundError:
        raise SandboxError(
            f"{path}: not there; the control plane makes it, start the sandbox with `rehearse up`"
        ) from None
    for entry in (config or {}).get("users") or ():
        user = entry.get("user") or {}
        if "client-certificate-data" in user and "client-key-data" in user:
            return {key: user[key] for key in ("client-certificate-data", "client-key-data")}
    raise SandboxError(f"{path}: no user with a client certificate; delete the file and start the sandbox again")


def when_ready(endpoint: pulumi.Output[str], *, wait: bool) -> pulumi.Output[str]:
    """The endpoint once it answers; like eks it waits up to five minutes, and only for a public endpoint."""
    if not wait or pulumi.runtime.is_dry_run():
        return endpoint

    async def ready(url: str) -> str:
        for _ in range(_TRIES):
            if await asyncio.to_thread(_healthy, url):
                return url
            await asyncio.sleep(_PAUSE_S)
        pulumi.log.warn(f"{url}/healthz did not answer within {_TRIES * _PAUSE_S:.0f} s; going on, as eks does")
        return url

    return endpoint.apply(ready)


def _healthy(url: str) -> bool:
    # The certificate is the cluster's own: eks does not check it either, this request carries nothing.
    handlers = (urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=unverified()))
    try:
        with urllib.request.build_opener(*handlers).open(f"{url}/healthz", timeout=_TIMEOUT_S) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False

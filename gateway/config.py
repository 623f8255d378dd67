"""Configuration of the gateway's processes: `gateway.json`, read strictly, as frozen dataclasses.

Standard library only: the pod's archive carries no validation library. A wrong file costs one line per mistake, each with
the file, the key path and what is accepted there.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gateway.config_fields import MISSING, ConfigError, Section

SYSTEM_CA = "/etc/ssl/certs/ca-certificates.crt"
"""CA bundle of Envoy's own image, which is Ubuntu with the package ca-certificates."""
_MIB = 1024 * 1024
_SOCKET_BYTES = 107  # sun_path of Linux has 108 bytes, the last is NUL: man 7 unix

__all__ = ["SYSTEM_CA", "Config", "ConfigError", "Limits", "Oidc", "ResponseLogs", "parse", "read"]


@dataclass(frozen=True, kw_only=True)
class Limits:
    """Limits of a tenant whose record has none of its own.

    Attributes:
        requests_per_second: Requests a second, also the burst.
        tokens_per_minute: Prompt and completion tokens a minute.
        concurrent_requests: Requests in flight, held ones included.
    """

    requests_per_second: float
    tokens_per_minute: int
    concurrent_requests: int


@dataclass(frozen=True, kw_only=True)
class Oidc:
    """Issuer of the JSON Web Tokens that the gateway accepts beside its own keys.

    Attributes:
        issuer: The ``iss`` claim, an https URL; http on a loopback address only.
        audiences: Accepted ``aud`` claims; empty accepts any, as for Cognito's access tokens, which have none.
        tenant_claim: Claim that names the tenant.
        jwks_uri: Where the issuer's keys are; without it below the issuer, where Cognito and Auth0 have them.
        ca_file: CA bundle, in Envoy's container, that the issuer's certificate is checked with.
    """

    issuer: str
    audiences: tuple[str, ...] = ()
    tenant_claim: str = "client_id"
    jwks_uri: str | None = None
    ca_file: str = SYSTEM_CA

    @property
    def keys_uri(self) -> str:
        """URL of the JSON Web Key Set."""
        return self.jwks_uri or f"{self.issuer.rstrip('/')}/.well-known/jwks.json"


@dataclass(frozen=True, kw_only=True)
class ResponseLogs:
    """Where response logs go.

    Attributes:
        stream: Name of the Firehose stream.
        consent: Who agreed for the platform, and where that is written; without it none are kept.
    """

    stream: str
    consent: str


@dataclass(frozen=True, kw_only=True)
class Config:
    """What `gateway.json` has.

    Attributes:
        stack: The platform's stack, whose services have short names.
        region: AWS region of the table.
        table: Name of the DynamoDB table.
        namespace: Kubernetes namespace of the gateway.
        bind: IPv4 address of the public listener, the metrics and the drain endpoint.
        listen: Port of the public listener.
        admin: Port of Envoy's admin interface, on 127.0.0.1.
        metrics: Port of the metrics.
        drain: Port of the drain endpoint, called by the kubelet.
        hold_seconds: How long a request waits for a model that starts; 0 does not wait.
        hold_requests: How many requests wait at most, for each model.
        max_request_bytes: Longest body of a request.
        heap_bytes: Envoy's heap at which it refuses requests; its container needs a quarter more.
        drain_seconds: How long running requests may take once a drain has begun.
        folder: Folder of the generated files and sockets, shared by the containers.
        limits: Limits of tenants without their own.
        oidc: The accepted issuer, if any.
        discovery: File with the services; None discovers them in Kubernetes.
        bucket: S3 bucket that gets the monthly usage; None writes none.
        response_logs: Where response logs of services and tenants with consent go; None logs none.
    """

    stack: str
    region: str
    table: str
    namespace: str
    bind: str = "0.0.0.0"  # noqa: S104 - a pod's address is not known before it starts
    listen: int
    admin: int
    metrics: int
    drain: int
    hold_seconds: int
    hold_requests: int
    max_request_bytes: int
    heap_bytes: int = 1024 * _MIB
    drain_seconds: int
    folder: Path
    limits: Limits
    oidc: Oidc | None = None
    discovery: Path | None = None
    bucket: str | None = None
    response_logs: ResponseLogs | None = None

    @property
    def load_balancer_idle_seconds(self) -> int:
        """Idle timeout of a load balancer in front: the longest hold, then ten minutes of an answer without a byte."""
        return self.hold_seconds + 600

    @property
    def dynamic_folder(self) -> Path:
        """Folder of the clusters and endpoints, apart: at a renamed file, Envoy reads all that it watches in a folder."""
        return self.folder / "dynamic"

    def policy_socket(self, number: int) -> Path:
        """Unix socket of policy process 0 or 1."""
        return self.folder / f"policy-{number}.sock"

    @property
    def responses_socket(self) -> Path:
        """Unix socket of the process that writes response logs."""
        return self.folder / "logs.sock"


def read(path: Path) -> Config:
    """The configuration in the file ``path``.

    Raises:
        ConfigError: it cannot be read, or has mistakes; one line for each.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not UTF-8"
        raise ConfigError([f"{path}: cannot be read: {reason}"]) from None
    try:
        document = json.loads(text)
    except json.JSONDecodeError as error:
        raise ConfigError([f"{path}: not JSON: {error.msg} in line {error.lineno}, column {error.colno}"]) from None
    return parse(document, str(path))


def parse(document: Any, where: str = "gateway.json") -> Config:
    """The configuration in a parsed document; ``where`` begins each line of an error.

    Raises:
        ConfigError: the document has mistakes; one line for each.
    """
    top = Section(document, where)
    found = {
        "stack": top.name("stack"),
        "region": top.name("region"),
        "table": top.name("table"),
        "namespace": top.name("namespace"),
        "bind": top.address("bind", default=Config.bind),
        "hold_seconds": top.whole("hold_seconds", 0, 300),
        "hold_requests": top.whole("hold_requests", 0, 10_000),
        "max_request_bytes": top.whole("max_request_bytes", 1024, 64 * _MIB),
        "heap_bytes": top.whole("heap_bytes", 64 * _MIB, 64 * 1024 * _MIB, default=Config.heap_bytes),
        "drain_seconds": top.whole("drain_seconds", 1, 3600),
        "folder": _folder(top),
        "limits": _limits(top.section("limits")),
        "oidc": _oidc(top.section("oidc", optional=True)),
        "discovery": _discovery(top),
        "bucket": top.text("bucket", default=Config.bucket),
        "response_logs": _response_logs(top.section("response_logs", optional=True)),
        **_ports(top),
    }
    top.finish()
    return Config(**found)


def _ports(top: Section) -> dict[str, int]:
    ports: dict[str, int] = {}
    for key in ("listen", "admin", "metrics", "drain"):
        port = top.whole(key, 1, 65535)
        if port is not None and port in ports.values():
            other = next(name for name, taken in ports.items() if taken == port)
            top.complain(key, f"port {port} is the port of {other} too; choose another")
        ports[key] = port
    return ports


def _folder(top: Section) -> Path:
    folder = Path(top.text("folder") or "/")
    longest = len(str(folder / "policy-0.sock").encode())
    if not folder.is_absolute():
        top.complain("folder", f"{folder} is not absolute")
    elif longest > _SOCKET_BYTES:
        top.complain(
            "folder", f"{longest} bytes with the socket's name, a Unix socket has {_SOCKET_BYTES}; choose a shorter one"
        )
    return folder


def _limits(section: Section | None) -> Limits | None:
    if section is None:
        return None
    found = {
        "requests_per_second": section.number("requests_per_second", 0.01, 100_000),
        "tokens_per_minute": section.whole("tokens_per_minute", 1, 10**12),
        "concurrent_requests": section.whole("concurrent_requests", 1, 1_000_000),
    }
    section.finish()
    return Limits(**found)


def _response_logs(section: Section | None) -> ResponseLogs | None:
    if section is None:
        return None
    found = {"stream": section.name("stream"), "consent": section.text("consent")}
    section.finish()
    return ResponseLogs(**found)


def _oidc(section: Section | None) -> Oidc | None:
    if section is None:
        return None
    found = {
        "issuer": section.url("issuer"),
        "audiences": section.texts("audiences", default=()),
        "tenant_claim": section.text("tenant_claim", default=Oidc.tenant_claim),
        "jwks_uri": section.url("jwks_uri", default=None),
        "ca_file": section.text("ca_file", default=Oidc.ca_file),
    }
    section.finish()
    return Oidc(**found)


def _discovery(top: Section) -> Path | None:
    value = top.take("discovery")
    if value is MISSING or value == "kubernetes":
        return None
    if isinstance(value, dict) and set(value) == {"file"} and isinstance(value["file"], str) and value["file"]:
        return Path(value["file"])
    top.complain("discovery", 'has to be "kubernetes" or {"file": "PATH"}')
    return None

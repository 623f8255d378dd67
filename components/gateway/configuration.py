"""The gateway's configuration: ``gateway.json``, written from the settings and read back by the gateway's own reader."""

import json
from typing import Any

import pulumi

from components.gateway.context import GatewayArgs
from gateway.config import Config, parse
from planner.units import MIB
from settings.derived.gateway.names import ADMIN_PORT, DRAIN_PORT, LISTEN_PORT, METRICS_PORT, response_stream
from settings.derived.shutdown import GATEWAY_DRAIN_SECONDS
from settings.models.gateway import ENVOY_HEAP_MIB, OidcSettings
from settings.models.response_logs import ResponseLogsSettings

FILE = "gateway.json"
CA_FILE = "issuer-ca.pem"
CONFIG_FOLDER = "/etc/gateway"
RUN_FOLDER = "/run/gateway"
"""Files that policy and Envoy exchange, and their sockets."""


def document(args: GatewayArgs) -> dict[str, Any]:
    """The configuration as plain data, without the bucket."""
    settings = args.gateway
    return {
        "stack": args.names.stack,
        "region": args.facts.region,
        "table": args.names.table,
        "namespace": args.names.namespace,
        "listen": LISTEN_PORT,
        "admin": ADMIN_PORT,
        "metrics": METRICS_PORT,
        "drain": DRAIN_PORT,
        "hold_seconds": settings.hold_seconds,
        "hold_requests": settings.hold_requests,
        "max_request_bytes": settings.max_request_mib * MIB,
        "heap_bytes": ENVOY_HEAP_MIB * MIB,
        "drain_seconds": GATEWAY_DRAIN_SECONDS,
        "folder": RUN_FOLDER,
        "limits": settings.limits.model_dump(),
        "oidc": _oidc(settings.oidc) if settings.oidc else None,
        "discovery": "kubernetes",
        **(_response_logs(args, settings.response_logs) if settings.response_logs else {}),
    }


def text(args: GatewayArgs) -> pulumi.Output[str]:
    """The same as the text of ``gateway.json``, with the bucket, whose name AWS makes."""

    def written(bucket: str) -> str:
        return json.dumps({**document(args), "bucket": bucket}, indent=1, sort_keys=True) + "\n"

    return pulumi.Output.from_input(args.platform.bucket_name).apply(written)


def read(args: GatewayArgs) -> Config:
    """The same as the gateway reads it.

    Raises:
        ConfigError: the gateway would refuse it.
    """
    return parse(document(args))


def _response_logs(args: GatewayArgs, settings: ResponseLogsSettings) -> dict[str, Any]:
    return {"response_logs": {"stream": response_stream(args.names.stack), "consent": settings.consent}}


def _oidc(settings: OidcSettings) -> dict[str, Any]:
    return {
        "issuer": settings.issuer,
        "audiences": list(settings.audiences),
        "tenant_claim": settings.tenant_claim,
        "jwks_uri": settings.jwks_uri,
        **({"ca_file": f"{CONFIG_FOLDER}/{CA_FILE}"} if settings.ca_bundle else {}),
    }

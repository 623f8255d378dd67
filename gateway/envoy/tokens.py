"""JSON Web Tokens: the filter that verifies them, and the cluster of the issuer's keys.

Keys are fetched again every five minutes, not at an unknown one: an issuer has to publish a new key that long before it
signs with it, as OpenID Connect's rotation of keys has it.
"""

from typing import Any
from urllib.parse import urlsplit

from gateway.config import Oidc
from gateway.envoy import contract
from gateway.envoy.typed import endpoint, socket_address, typed, upstream

ISSUER = "issuer"


def verification(name: str, oidc: Oidc) -> dict[str, Any]:
    """The filter. A key of the gateway is in the same header, so that a failure is the policy's to refuse."""
    provider = {
        "issuer": oidc.issuer,
        "audiences": list(oidc.audiences),
        "require_expiration": True,
        "clock_skew_seconds": 30,
        "from_headers": [{"name": "authorization", "value_prefix": f"{scheme} "} for scheme in ("Bearer", "bearer")],
        "forward": True,
        "payload_in_metadata": contract.CLAIMS_KEY,
        "failed_status_in_metadata": contract.CLAIMS_FAILURE_KEY,
        "remote_jwks": {
            "http_uri": {"uri": oidc.keys_uri, "cluster": ISSUER, "timeout": "5s"},
            "cache_duration": "300s",
            # Keys with a start of their own: an issuer that is down does not keep the gateway from starting.
            "async_fetch": {"fast_listener": True, "failed_refetch_duration": "2s"},
            "retry_policy": {"num_retries": 2},
        },
    }
    requirement = {"requires_any": {"requirements": [{"provider_name": "oidc"}, {"allow_missing_or_failed": {}}]}}
    return typed(
        name,
        "extensions.filters.http.jwt_authn.v3.JwtAuthentication",
        providers={"oidc": provider},
        rules=[{"match": {"prefix": "/v1/"}, "requires": requirement}],
    )


def cluster(oidc: Oidc) -> dict[str, Any]:
    """The server of the issuer's keys; TLS with its name and certificate checked, unless its URL is plain http."""
    parts = urlsplit(oidc.keys_uri)
    host = parts.hostname or ""
    found: dict[str, Any] = {
        "name": ISSUER,
        "type": "STRICT_DNS",
        "dns_lookup_family": "V4_PREFERRED",
        "connect_timeout": "3s",
        "typed_extension_protocol_options": upstream("http", idle_seconds=30),
        "load_assignment": {
            "cluster_name": ISSUER,
            "endpoints": [
                {
                    "lb_endpoints": [
                        endpoint(
                            socket_address(host, parts.port or (443 if parts.scheme == "https" else 80)), hostname=host
                        )
                    ]
                }
            ],
        },
    }
    if parts.scheme == "https":
        names = [{"san_type": kind, "matcher": {"exact": host}} for kind in ("DNS", "IP_ADDRESS")]
        validation = {"trusted_ca": {"filename": oidc.ca_file}, "match_typed_subject_alt_names": names}
        context = {
            "sni": host,
            "common_tls_context": {
                "tls_params": {"tls_minimum_protocol_version": "TLSv1_2"},
                "validation_context": validation,
            },
        }
        found["transport_socket"] = typed(
            "envoy.transport_sockets.tls", "extensions.transport_sockets.tls.v3.UpstreamTlsContext", **context
        )
    return found

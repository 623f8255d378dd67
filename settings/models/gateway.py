"""Settings of the gateway: one address in front of every service of the platform and of its team stacks."""

import re
from typing import Annotated, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, model_validator

from planner.shown import as_yaml
from settings.models.base import Cidr, Name, Scheme, SettingsModel, Text, check_source_ranges, matching, networks_once
from settings.models.response_logs import ResponseLogsSettings

LONGEST_HOLD_SECONDS = 300
ENVOY_HEAP_MIB = 1024
"""Envoy's heap, at which it refuses requests; bodies of held requests are in it."""
_CERTIFICATE = re.compile(r"-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\s]+-----END CERTIFICATE-----", re.ASCII)
_LONGEST_COMMON_NAME = 64
"""Of the certificates that ACM makes (https://docs.aws.amazon.com/acm/latest/APIReference/API_RequestCertificate.html)."""
_DOMAIN = r"(?=.{4,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]"

Domain = Annotated[
    Text,
    AfterValidator(
        matching(_DOMAIN, "is not a domain name: write it like llm.example.com, in lower case, without scheme and path")
    ),
]
CertificateArn = Annotated[
    Text,
    AfterValidator(
        matching(
            r"arn:aws[a-z-]*:acm:[a-z0-9-]+:\d{12}:certificate/[0-9a-f-]{36}",
            "is not the ARN of a certificate of ACM: write it like "
            "arn:aws:acm:us-east-1:123456789012:certificate/12345678-1234-1234-1234-123456789012",
        )
    ),
]
PrivateCaArn = Annotated[
    Text,
    AfterValidator(
        matching(
            r"arn:aws[a-z-]*:acm-pca:[a-z0-9-]+:\d{12}:certificate-authority/[0-9a-f-]{36}",
            "is not the ARN of a private CA: write it like "
            "arn:aws:acm-pca:us-east-1:123456789012:certificate-authority/12345678-1234-1234-1234-123456789012",
        )
    ),
]
ZoneId = Annotated[
    Text,
    AfterValidator(
        matching(r"Z[A-Z0-9]{4,31}", "is not a hosted zone of Route 53: write its id, such as Z0123456789ABCDEFGHIJ")
    ),
]
Claim = Annotated[
    Text,
    AfterValidator(
        matching(r"[\w:./-]{1,128}", "is not the name of a claim: write it like client_id or cognito:groups")
    ),
]
Audience = Annotated[
    Text, AfterValidator(matching(r"[!-~]{1,255}", "is not an audience: at most 255 characters without spaces"))
]


def _https(text: str) -> str:
    try:
        url = urlsplit(text)
        _ = url.port  # raises for one that is not a number
    except ValueError:
        raise ValueError(f"{as_yaml(text)} is not a URL: write it like https://id.example.com/") from None
    plain = not (url.query or url.fragment or url.username) and "@" not in url.netloc
    if url.scheme != "https" or not url.hostname or not plain or not text.isascii() or " " in text:
        raise ValueError(
            f"{as_yaml(text)} is not the address of an issuer: write https://HOST/PATH, without query, fragment or user"
        )
    return text


HttpsUrl = Annotated[Text, AfterValidator(_https), Field(max_length=1024)]


def _certificates(text: str) -> str:
    import ssl  # noqa: PLC0415  OpenSSL, which few stacks need

    if "PRIVATE KEY" in text:
        raise ValueError("has a private key: give certificates only, and replace that key, which is no longer secret")
    # What is between them, such as names of the CAs, is no part of any.
    blocks = _CERTIFICATE.findall(text)
    whole = bool(blocks) and len(blocks) == text.count("-----BEGIN ")
    if whole:
        try:
            ssl.create_default_context(cadata="\n".join(blocks))
        except ssl.SSLError:
            whole = False
    if not whole:
        raise ValueError(
            "is not a list of certificates in PEM: write the file's text, from -----BEGIN CERTIFICATE----- to "
            "-----END CERTIFICATE----- for each one"
        )
    return text


CaBundle = Annotated[Text, AfterValidator(_certificates), Field(max_length=65_536)]


class GatewayLimits(SettingsModel):
    """Limits of a tenant that has none of its own."""

    requests_per_second: int = Field(default=10, ge=1, le=100_000)
    """Requests a second, over all pods of the gateway."""
    tokens_per_minute: int = Field(default=100_000, ge=1, le=1_000_000_000)
    """Tokens a minute, of prompts and answers together; reserved before a request and settled after it."""
    concurrent_requests: int = Field(default=50, ge=1, le=100_000)
    """Requests that run or are held at once."""


class OidcSettings(SettingsModel):
    """Tokens of an OpenID Connect issuer, such as Cognito, that clients may send in place of a key."""

    issuer: HttpsUrl
    """The issuer, as tokens have it in `iss`, such as https://cognito-idp.us-east-1.amazonaws.com/us-east-1_AbCdEfGhI."""
    audiences: tuple[Audience, ...] = ()
    """Accepted values of `aud`; empty for issuers whose access tokens have none, such as Cognito."""
    tenant_claim: Claim = "client_id"
    """Claim whose value is the tenant; only tenants that have a record in the table are admitted."""
    jwks_uri: HttpsUrl | None = None
    """Where the issuer's keys are; default ISSUER/.well-known/jwks.json, where Cognito and Auth0 have them. Its port may be another than 443."""
    ca_bundle: CaBundle | None = None
    """Certificates in PEM of the CAs that the server of the keys is checked with, for an issuer with a certificate of a private CA; default
    the public CAs."""


class GatewaySettings(SettingsModel):
    """An OpenAI-compatible gateway with keys, limits and usage, in front of the services of this platform and its teams."""

    replicas: int = Field(default=2, ge=2, le=20)
    """Pods of the gateway, on nodes of the system pool."""
    scheme: Scheme = "internal"
    """Reached from inside the network only, or from the internet, which needs source_ranges and a domain."""
    source_ranges: Annotated[tuple[Cidr, ...], AfterValidator(networks_once)] = ()
    """Networks that may reach it; default for an internal one the VPC, required when it faces the internet."""
    domain: Domain | None = None
    """Its name, such as llm.example.com, under which it speaks HTTPS; without one it speaks plain HTTP under the load
    balancer's own name. Needs certificate_arn, private_ca_arn or zone_id."""
    certificate_arn: CertificateArn | None = None
    """ARN of a certificate in ACM for the domain, in the stack's region."""
    zone_id: ZoneId | None = None
    """Hosted zone of Route 53 that the domain's record is made in; without certificate_arn and private_ca_arn a public
    one, in which ACM also validates the certificate that the stack makes."""
    private_ca_arn: PrivateCaArn | None = None
    """ARN of the AWS Private CA that issues the certificate, for a domain that only the network knows."""
    hold_seconds: int = Field(default=60, ge=0, le=LONGEST_HOLD_SECONDS)
    """Seconds that a request waits while its model has no ready pod; then it is answered 503."""
    hold_requests: int = Field(default=100, ge=1, le=10_000)
    """Requests of one model that wait at once in each pod; more are answered 503 at once."""
    max_request_mib: int = Field(default=8, ge=1, le=64)
    """Largest request in MiB; a larger one is answered 413."""
    limits: GatewayLimits = GatewayLimits()
    """Limits of a tenant that has none of its own."""
    monitoring_namespace: Name = "monitoring"
    """Kubernetes namespace whose pods may scrape its metrics."""
    oidc: OidcSettings | None = None
    """Tokens of an OpenID Connect issuer that are accepted beside keys."""
    response_logs: ResponseLogsSettings | None = None
    """Keep prompts and answers of services and tenants that agree to it (docs/gateway.md); default none."""

    @property
    def tls(self) -> bool:
        """Whether clients speak HTTPS with it."""
        return self.domain is not None

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        check_source_ranges(self.scheme, self.source_ranges)
        if self.scheme == "internet-facing" and not self.tls:
            raise ValueError(
                "faces the internet without TLS: set domain with certificate_arn or zone_id, or keep it internal"
            )
        if self.hold_requests * self.max_request_mib > ENVOY_HEAP_MIB:
            raise ValueError(
                f"holds up to {self.hold_requests} requests of {self.max_request_mib} MiB, and a pod has {ENVOY_HEAP_MIB} MiB "
                f"for them: set hold_requests {ENVOY_HEAP_MIB // self.max_request_mib} at most, or a smaller max_request_mib"
            )
        given = [key for key in ("certificate_arn", "private_ca_arn", "zone_id") if getattr(self, key)]
        if self.domain and not given:
            raise ValueError(
                "has a domain without a certificate: set certificate_arn, zone_id (ACM makes one and validates it there), "
                "or private_ca_arn"
            )
        if self.domain and not self.certificate_arn and len(self.domain) > _LONGEST_COMMON_NAME:
            raise ValueError(
                f"has a domain of {len(self.domain)} characters, and ACM makes a certificate for {_LONGEST_COMMON_NAME} at most: choose a "
                "shorter one, or set certificate_arn of one with it as a further name"
            )
        if given and not self.domain:
            raise ValueError(f"has {' and '.join(given)} without a domain: set domain, or omit {' and '.join(given)}")
        if self.certificate_arn and self.private_ca_arn:
            raise ValueError("has certificate_arn and private_ca_arn: a certificate has one origin, omit one of them")
        return self

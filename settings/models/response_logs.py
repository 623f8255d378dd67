"""Settings of response logs: prompts and answers, which are kept only of services and tenants with consent."""

from typing import Annotated

from pydantic import AfterValidator, Field

from planner.shown import as_yaml
from settings.models.base import RoleArn, SettingsModel, TagValue, Text, matching

MOST_LOGGED_BYTES = 131_072
"""Two of them fit a record of Firehose, 1,000 KiB, when each of their characters is escaped."""
MOST_PATTERN = 256
MOST_TRUST = 2048
"""Characters of a role's trust policy, blanks not counted (IAM User Guide, "IAM and AWS STS quotas"); an account can have it doubled,
which is not known here."""
_TRUST, _TRUSTED = 40, 93
"""Characters of the auditor role's trust policy around its statements, and of a statement around its ARN."""

Consent = Annotated[
    Text,
    AfterValidator(
        matching(
            r"[^\W_][^\x00-\x1f\x7f-\x9f\u2028\u2029]{2,255}",
            "does not state a consent: write who agreed and where, such as a ticket, in one line of 3 to 256 characters that "
            "begins with a letter or digit",
            flags=0,
        )
    ),
]
Tenant = Annotated[
    Text,
    AfterValidator(
        matching(
            r"[A-Za-z0-9][A-Za-z0-9._:@|/-]{0,127}",
            "is not a tenant of the gateway: name each tenant, with 1 to 128 of A-Z a-z 0-9 . _ : @ | / -",
        )
    ),
]


def _pattern(value: str) -> str:
    import re2  # noqa: PLC0415  an extension, which only stacks with patterns load

    if not 0 < len(value) <= MOST_PATTERN:
        raise ValueError(f"{as_yaml(value[:60])} has {len(value)} characters: write 1 to {MOST_PATTERN}")
    options = re2.Options()
    options.log_errors = False
    try:
        compiled = re2.compile(value, options)
    except re2.error as error:
        reason = error.args[0].decode() if isinstance(error.args[0], bytes) else error
        raise ValueError(
            f"{as_yaml(value)} is not a pattern of RE2 ({reason}): it has no lookahead and no back-references "
            "(https://github.com/google/re2/wiki/Syntax)"
        ) from None
    if compiled.search("") is not None:
        raise ValueError(
            f"{as_yaml(value)} matches the empty text, which is everywhere: make it match at least a character"
        )
    return value


def _once(tenants: tuple[str, ...]) -> tuple[str, ...]:
    if len(set(tenants)) != len(tenants):
        raise ValueError("names a tenant twice: name each once")
    return tenants


class ServiceResponseLogs(SettingsModel):
    """Consent to log prompts and answers of a service; each tenant has to agree too, in the gateway's table."""

    consent: Consent
    """Who agreed on the service's side, and where that is written, such as a ticket; it is in each record."""
    tenants: Annotated[tuple[Tenant, ...], AfterValidator(_once), Field(min_length=1, max_length=50)]
    """Tenants whose requests are logged, once each agrees too: `llm-platform keys tenants set TENANT --response-logs TEXT`."""
    sample: float = Field(default=0.1, ge=0, le=1)
    """Part of their requests that is logged, from 0 to 1, drawn for each."""
    max_bytes: int = Field(default=16_384, ge=256, le=MOST_LOGGED_BYTES)
    """Longest text that is kept of a prompt, and of an answer; what is longer is cut."""
    redact: Annotated[tuple[Annotated[Text, AfterValidator(_pattern)], ...], Field(max_length=20)] = ()
    """Patterns in RE2's syntax; what they match is replaced by [redacted]. Keys of the gateway and of AWS, the Hub's tokens and
    private keys always are."""


def _short_trust(auditors: tuple[str, ...]) -> tuple[str, ...]:
    if len(set(auditors)) != len(auditors):
        raise ValueError("names a role twice: name each once")
    length = trust_length(auditors)
    if length > MOST_TRUST:
        raise ValueError(
            f"makes a trust policy of {length:,} characters, and IAM takes {MOST_TRUST:,}: name fewer roles, or one that they all may "
            "assume"
        )
    return auditors


def trust_length(auditors: tuple[str, ...]) -> int:
    """Characters of the trust policy of the role that reads the logs, as IAM counts them, or a few more."""
    return _TRUST + sum(len(arn) + _TRUSTED for arn in auditors)


class ResponseLogsSettings(SettingsModel):
    """Where the platform keeps response logs, and who may read them."""

    consent: TagValue
    """Who agreed for the platform, and where that is written, such as a ticket; a tag of the stream."""
    auditors: Annotated[tuple[RoleArn, ...], AfterValidator(_short_trust), Field(min_length=1, max_length=20)]
    """ARNs of the IAM roles that may assume the auditor role, which alone reads the logs."""
    retention_days: int = Field(default=30, ge=1, le=3650)
    """Days after which a log is deleted."""

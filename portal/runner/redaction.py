"""The last filter before anything of an operation is kept: no secret leaves the run."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

HIDDEN = "[secret]"
_SHORTEST = 6
"""Shorter values occur in ordinary text; hiding them would hide words."""
_PATTERNS = (
    re.compile(r"-----BEGIN [A-Z ]*(?:PRIVATE KEY|CERTIFICATE)-----.*?(?:-----END [A-Z ]*-----|\Z)", re.DOTALL),
    re.compile(r"\b(?:hf_[A-Za-z0-9_]{16,}|pul-[0-9a-f]{32,}|AKIA[0-9A-Z]{16}|ASIA[0-9A-Z]{16})\b"),
    re.compile(r"(?i)(?<=bearer )[\w.~+/=-]{8,}"),
    re.compile(r"(?i)(?<=client-key-data: )\S+|(?<=client-certificate-data: )\S+|(?<=certificate-authority-data: )\S+"),
    re.compile(r"(?<=\"client-key-data\":\")[^\"]+|(?<=\"client-key-data\": \")[^\"]+"),
    re.compile(
        r"(?i)(?<=passphrase=)\S+|(?<=password=)\S+|(?<=token=)\S+|(?<=api_key=)\S+|(?<=api-key=)\S+|(?<=secret=)\S+"
    ),
    re.compile(r"(?i)(?<=://)[^/\s:@]+:[^/\s@]+(?=@)"),
)


class Redactor:
    """Replaces known secrets, and what looks like one, by ``[secret]``."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        """Hide these values wherever they stand."""
        self._secrets: set[str] = set()
        self.hide(secrets)

    def hide(self, secrets: Iterable[str]) -> None:
        """Hide these as well, and each of their lines: a log is read by lines."""
        for secret in secrets:
            self._secrets |= {part for part in (secret, *secret.splitlines()) if len(part.strip()) >= _SHORTEST}

    def text(self, value: str) -> str:
        """``value`` without secrets."""
        for secret in sorted(self._secrets, key=len, reverse=True):
            value = value.replace(secret, HIDDEN)
        for pattern in _PATTERNS:
            value = pattern.sub(HIDDEN, value)
        return value

    def data(self, value: Any) -> Any:
        """The same for every text in plain data, keys included."""
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, Mapping):
            return {self.text(str(key)): self.data(item) for key, item in value.items()}
        if isinstance(value, list | tuple):
            return [self.data(item) for item in value]
        return value

"""Names of tenants, teams, keys and models, as they may be part of an item's key, a metric's label and a CSV cell."""

import re
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class NameRule:
    """Which names a kind of thing may have."""

    what: str
    pattern: re.Pattern[str]
    allowed: str

    def issue(self, name: object) -> str | None:
        """What is wrong with ``name``, in one line; None where it can be used."""
        if isinstance(name, str) and self.pattern.fullmatch(name):
            return None
        return f"{str(name)[:60]!r} cannot be the name of a {self.what}: use {self.allowed}"


TENANT = NameRule(
    what="tenant",
    pattern=re.compile(r"[A-Za-z0-9][A-Za-z0-9._:@|/-]{0,127}", re.ASCII),
    allowed="1 to 128 of A-Z a-z 0-9 . _ : @ | / -, a letter or digit first",
)
"""Wide enough for a client ID or a subject of an OIDC issuer."""
TEAM = NameRule(
    what="team",
    pattern=re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,62}", re.ASCII),
    allowed="1 to 63 of A-Z a-z 0-9 . _ -, a letter or digit first",
)
KEY = NameRule(
    what="key",
    pattern=re.compile(r"[A-Za-z0-9][A-Za-z0-9 ._@-]{0,62}", re.ASCII),
    allowed="1 to 63 of A-Z a-z 0-9 space . _ @ -, a letter or digit first",
)
MODEL = NameRule(
    what="model",
    pattern=re.compile(r"[a-z0-9][a-z0-9-]{0,62}(/[a-z0-9][a-z0-9-]{0,62})?", re.ASCII),
    allowed="SERVICE or STACK/SERVICE in lower case, such as qwen or dev/qwen",
)

"""The two keys of a vLLM service: one for clients, one for the scrapes of its metrics."""

from components.keys import DrawnKeys, draw_keys
from components.kubernetes.scope import Scope

API_KEY = "api_key"
SCRAPE_TOKEN = "scrape_token"  # noqa: S105 - the key's name in the Secret


def service_keys(scope: Scope) -> DrawnKeys:
    """The Secret ``SERVICE-keys`` with both."""
    return draw_keys(scope, "keys", (API_KEY, SCRAPE_TOKEN))

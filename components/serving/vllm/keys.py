"""The two keys of a vLLM service: one for clients, one for the scrapes of its metrics."""

import pulumi

from components.keys import DrawnKeys, draw_keys
from components.kubernetes.scope import Scope
from components.serving.keys import KEYS_SUFFIX

API_KEY = "api_key"
SCRAPE_TOKEN = "scrape_token"  # noqa: S105 - the key's name in the Secret


def service_keys(scope: Scope, scrape_token: pulumi.Input[str] | None) -> DrawnKeys:
    """The Secret ``SERVICE-keys`` with both.

    Args:
        scope: The service.
        scrape_token: That of the platform's monitoring, by which one Prometheus reads every engine; None draws one.
    """
    if scrape_token is None:
        return draw_keys(scope, KEYS_SUFFIX, (API_KEY, SCRAPE_TOKEN))
    return draw_keys(scope, KEYS_SUFFIX, (API_KEY,), {SCRAPE_TOKEN: scrape_token})

"""The scrape token of the platform: Prometheus sends it to engines, which have it in their own Secrets."""

import pulumi

from components.keys import DrawnKeys, draw_keys
from components.monitoring.context import MonitoringArgs
from settings.derived.monitoring.names import TOKEN_KEY, TOKEN_SECRET

_NAME, _, _SUFFIX = TOKEN_SECRET.partition("-")


def scrape_token(args: MonitoringArgs, namespace: pulumi.Input[str], parent: pulumi.Resource) -> DrawnKeys:
    """The Secret with the token, drawn once."""
    return draw_keys(args.scope(_NAME, namespace, parent), _SUFFIX, [TOKEN_KEY])

"""``alertmanager.yml``."""

from typing import Any

from monitoring.documents import written
from monitoring.notify.arguments import NotifyArgs
from monitoring.notify.inhibition import INHIBITIONS
from monitoring.notify.message import ATTRIBUTES, body, subject
from monitoring.rules.durations import scaled

RECEIVER = "sns"
GROUP_BY = ("alertname", "service", "severity")
"""With the severity: a message of two has neither as its attribute, and a subscription that filters by it would not get it."""
GROUP_WAIT, GROUP_INTERVAL = "10s", "30s"
"""How long the first alert of a group, and a further one, wait for others to be sent together: with the 30 s between two
evaluations of the rules, less than a minute after the end of an alert's ``for``."""
RESOLVE_TIMEOUT = "5m"


def render(args: NotifyArgs) -> str:
    """Return the text of ``alertmanager.yml``; equal arguments give equal text."""
    return written(_document(args))


def _document(args: NotifyArgs) -> dict[str, Any]:
    def duration(text: str) -> str:
        return scaled(text, args.time_scale)

    return {
        "global": {"resolve_timeout": duration(RESOLVE_TIMEOUT)},
        "route": {
            "receiver": RECEIVER,
            "group_by": list(GROUP_BY),
            "group_wait": duration(GROUP_WAIT),
            "group_interval": duration(GROUP_INTERVAL),
            "repeat_interval": duration(f"{round(args.repeat_hours * 3600)}s"),
        },
        "inhibit_rules": [each.rendered() for each in INHIBITIONS],
        "receivers": [
            {
                "name": RECEIVER,
                "sns_configs": [
                    {
                        "topic_arn": args.topic_arn,
                        "sigv4": {"region": args.region},
                        "subject": subject(args.cluster),
                        "message": body(args.cluster),
                        "attributes": dict(ATTRIBUTES),
                        "send_resolved": True,
                    }
                ],
            }
        ],
    }

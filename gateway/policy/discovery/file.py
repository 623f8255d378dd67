"""Services from a JSON file, for development and tests without a cluster.

{"services": [{"name": "dev/qwen", "short": "qwen", "stack": "dev", "team": "a", "endpoints": ["127.0.0.1:8001"],
               "key": "...", "wakes": true, "price": {"input_usd": 0.2, "output_usd": 0.6},
               "response_logs": {"consent": "...", "tenants": ["acme"], "sample": 0.1, "max_bytes": 16384, "redact": []}}],
 "gateways": 1}
"""

import asyncio
import json
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

from gateway.policy.services import Price, ResponseLogs, Service

POLL_SECONDS = 0.2
_log = logging.getLogger(__name__)

Found = Callable[[list[Service], int], None]
"""Takes the services and the number of ready gateway pods."""


async def follow(path: Path, found: Found) -> None:
    """Report the services now and whenever the file changes; a file that cannot be read changes nothing."""
    seen: tuple[int, int] | None = None
    while True:
        try:
            if (now := _version(path)) != seen:
                seen = now
                found(*_read(path))
        except (OSError, ValueError) as error:
            _log.warning("%s: services stay as they were: %s", path, error)
            await asyncio.sleep(1)
        await asyncio.sleep(POLL_SECONDS)


def _version(path: Path) -> tuple[int, int]:
    stat = path.stat()
    return stat.st_mtime_ns, stat.st_ino


def _read(path: Path) -> tuple[list[Service], int]:
    return parse(path.read_text(encoding="utf-8"))


def parse(text: str) -> tuple[list[Service], int]:
    """The services and the number of gateways in the file's text.

    Raises:
        ValueError: it is not such a file; the message has the key path.
    """
    try:
        document = json.loads(text)
        services = [_service(each) for each in document["services"]]
        return services, int(document.get("gateways", 1))
    except (AttributeError, KeyError, TypeError, OverflowError, RecursionError) as error:
        raise ValueError(f"services: {type(error).__name__} at {error}; see gateway/policy/discovery/file.py") from None


def _service(fields: dict[str, Any]) -> Service:
    price = fields.get("price")
    return Service(
        name=fields["name"],
        short=fields.get("short"),
        team=fields.get("team", ""),
        endpoints=tuple(fields["endpoints"]),
        key=fields.get("key"),
        wakes=fields.get("wakes", True),
        price=Price(input_usd=float(price["input_usd"]), output_usd=float(price["output_usd"])) if price else None,
        response_logs=ResponseLogs.of(logs) if (logs := fields.get("response_logs")) else None,
    )

"""A day behind the measurement, so that every window of the rules is full: what their long ranges read, as OpenMetrics text.

Of a day what is recorded by service, of two hours the engines' and the gateway's own counters. ``promtool`` makes blocks of it.
"""

import re
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

from monitoring.rules.burn import BASE
from tests.monitoring.bench import exposition
from tests.monitoring.bench.targets import Platform

DAY, SHORT, STEP = 86_400, 7_200, 30
"""Seconds: the longest window, the longest one that is read from counters, and the time between two samples in production."""
_BUCKETS = {
    "vllm:time_to_first_token_seconds": "llm:first_token_seconds_bucket:rate",
    "vllm:inter_token_latency_seconds": "llm:inter_token_seconds_bucket:rate",
}
_COUNTERS = ("vllm:request_success_total", *(f"{histogram}_count" for histogram in _BUCKETS))
_REQUESTS = ("llm:requests:increase", "llm:requests_failed:increase")


def backfill(promtool: Path, platform: Platform, folder: Path) -> None:
    """Write the blocks below ``folder``/data.

    Raises:
        subprocess.CalledProcessError: promtool refuses the text.
    """
    text = folder / "history.txt"
    now = int(time.time())
    with text.open("w") as file:
        for lines in (_recorded(platform, now), _counted(platform, now)):
            file.writelines(lines)
        file.write("# EOF\n")
    command = [promtool, "tsdb", "create-blocks-from", "openmetrics", "--max-block-duration=24h", text, folder / "data"]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    text.unlink()


def _recorded(platform: Platform, now: int) -> Iterator[str]:
    """Five-minute values of each service for a day."""
    engine = exposition.engine(0)
    series = [
        (record, f',le="{bound}"')
        for histogram, record in _BUCKETS.items()
        for bound in re.findall(rf'^{histogram}_bucket{{.*le="([^"]+)"', engine, re.MULTILINE)
    ]
    series += [(record, "") for record in _REQUESTS]
    times = range(now - DAY, now, STEP)
    for record, label in series:
        for service in range(platform.services):
            labels = f'{record}{{service="prod/service-{service}",window="{BASE}"{label}}}'
            yield "".join(f"{labels} {at % 97}.5 {at}\n" for at in times)


def _counted(platform: Platform, now: int) -> Iterator[str]:
    """Counters of each engine and gateway pod for two hours."""
    found = platform.targets()
    for name in (*_COUNTERS, "llm_gateway_requests_total"):
        job = "gateway" if name.startswith("llm_gateway") else "engines"
        for target in found[job]:
            own = ",".join(
                f'{label}="{value}"' for label, value in {**target, "job": job, "instance": "before"}.items()
            )
            shown = re.findall(rf"^({name}{{[^}}]*)}} ", platform.answer(job, 0), re.MULTILINE)
            for series in shown:
                yield "".join(f"{series},{own}}} {at - now + DAY} {at}\n" for at in range(now - SHORT, now, STEP))

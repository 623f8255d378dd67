"""``python -m tests.gateway.bench``: what the gateway adds to a request, in time, CPU and memory.

Each round measures every way one after the other, so that a change of the machine's load meets all of them; the generator is
a process of its own. Latency comes from an open loop at 30 % of what one core can take, by the CPU that a request costs.
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from rehearsal.bench import report
from rehearsal.sandboxes import CHECKOUT
from tests.gateway.bench.setup import MODEL, Setup, Way, setup

ROUNDS = 5
SHARE = 0.3
EVENTS = 33
ENGINE_SECONDS = 0.2
SECONDS = 8.0
SLOW_STREAMS, TOKENS_PER_SECOND = 1000, 15
LONG_KIB = 16
"""A prompt with documents in it: above `contract.SMALL_BYTES`, so that the policy is called a second time."""
LOADS: dict[str, dict[str, Any]] = {
    "whole": {"stream_share": 0.0},
    "long": {"stream_share": 0.0, "prompt": "Balance. " * (LONG_KIB * 1024 // 9)},
    "stream": {"stream_share": 1.0},
}
_MIB = 1024**2


def load(way: Way, key: str, **settings: Any) -> dict[str, Any]:
    """Run a load in a process of its own; its figures, with ``cpu_ms`` of the way's processes for each request."""
    plan = {"targets": [{"url": way.url, "model": MODEL, "key": key}], **settings}
    before = way.cpu()
    done = subprocess.run(
        [sys.executable, "-m", "load"], input=json.dumps(plan), capture_output=True, text=True, check=True
    )
    said: dict[str, Any] = json.loads(done.stdout)
    time.sleep(0.5)  # the access log is read within this
    said["cpu_ms"] = 1000 * (way.cpu() - before) / said["requests"]
    if said["ok"] != said["requests"]:
        raise SystemExit(f"{way.name}: {said['failures']}")
    return said


def cpu(made: Setup) -> dict[str, dict[str, float]]:
    """Milliseconds of CPU a request, by way and kind of load (`LOADS`): medians of the rounds."""
    found: dict[str, dict[str, list[float]]] = {}
    for _ in range(ROUNDS):
        for way in made.ways[1:]:
            for kind, settings in LOADS.items():
                said = load(way, made.key, concurrency=40, requests=800, **settings)
                found.setdefault(way.name, {}).setdefault(kind, []).append(said["cpu_ms"])
    return {way: {kind: statistics.median(values) for kind, values in kinds.items()} for way, kinds in found.items()}


def latency(made: Setup, rps: float) -> dict[str, dict[str, float]]:
    """Milliseconds that each way adds at p50 and p99, and to the first token: medians of the rounds."""
    added: dict[str, dict[str, list[float]]] = {}
    for _ in range(ROUNDS):
        rounds = {way.name: load(way, made.key, rps=rps, seconds=SECONDS, stream_share=0.0) for way in made.ways}
        base = rounds[made.direct.name]
        for way in made.ways:
            said, to = rounds[way.name], added.setdefault(way.name, {})
            for name in ("p50", "p99"):
                to.setdefault(name, []).append(said["latency_ms"][name] - base["latency_ms"][name])
            to.setdefault("late", []).append(said["generator_late_p99_ms"])
    return {way: {name: statistics.median(each) for name, each in values.items()} for way, values in added.items()}


def memory(root: Path) -> tuple[int, int]:
    """Streams at once and bytes of one pod, while 1,000 slow streams run."""
    events = TOKENS_PER_SECOND * 20
    with setup(root, seconds=events / TOKENS_PER_SECOND, events=events) as made:
        target = {"url": made.gateway.url, "model": MODEL, "key": made.key}
        plan = {"targets": [target], "concurrency": SLOW_STREAMS, "requests": SLOW_STREAMS, "stream_share": 1.0}
        generator = subprocess.Popen(
            [sys.executable, "-m", "load"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        assert generator.stdin is not None
        generator.stdin.write(json.dumps(plan))
        generator.stdin.close()
        most, used = 0, 0
        while generator.poll() is None:
            most = max(most, made.stack.stat("http.api.downstream_rq_active") or 0)
            used = max(used, made.gateway.memory())
            time.sleep(1)
        assert generator.stdout is not None
        said = json.loads(generator.stdout.read())
        generator.stdout.close()
        if said["ok"] != SLOW_STREAMS:
            raise SystemExit(f"slow streams: {said['failures']}")
        return most, used


def main() -> None:
    """Measure, print, keep the tables in ``.bench/gateway.md``."""
    begun = os.getloadavg()[0]
    with tempfile.TemporaryDirectory() as folder:
        roots = [Path(folder) / name for name in ("fast", "slow")]
        for root in roots:
            root.mkdir()
        with setup(roots[0], seconds=ENGINE_SECONDS, events=EVENTS) as made:
            costs = cpu(made)
            capacity = 1000 / costs[made.gateway.name]["whole"]
            rps = round(SHARE * capacity)
            added = latency(made, rps)
            nginx = "" if made.nginx else "\nnginx is not installed, so there is no lower bound.\n"
        streams, used = memory(roots[1])
    rows = [
        [
            name,
            *(f"{cost[kind]:.2f} ms" for kind in LOADS),
            f"{added[name]['p50']:.1f} ms",
            f"{added[name]['p99']:.1f} ms",
        ]
        for name, cost in costs.items()
    ]
    cpu_of = ("whole answer", f"of a prompt of {LONG_KIB} KiB", f"stream of {EVENTS} events")
    header = ["", *(f"CPU, {each}" for each in cpu_of), "added p50", "added p99"]
    text = report.table(header, [*rows, ["aim", "1.0 ms", "", "1.5 ms", "2 ms", "10 ms"]])
    late = max(values["late"] for values in added.values())
    text += (
        f"\nOpen loop at {rps} requests/s, {SHARE:.0%} of one core; engine of {ENGINE_SECONDS * 1000:.0f} ms; {ROUNDS} rounds, "
        f"medians; the generator was late by {late:.1f} ms (p99).\n{nginx}"
        f"\n{streams} streams of {TOKENS_PER_SECOND} tokens/s on one pod: {used // _MIB} MiB (aim: under 512 MiB).\n"
    )
    whole = f"{report.machine()}, load {begun:.1f} before\n\n{text}"
    sys.stdout.write(f"{whole}\nkept in {report.store(CHECKOUT / '.bench', 'gateway', whole)}\n")


if __name__ == "__main__":
    main()

"""``python -m tests.monitoring.bench``: memory and time of the real Prometheus, with the program's configuration and rules.

A scrape every second takes the place of one every 30 seconds, so that minutes fill the memory as hours do: Prometheus keeps
the newest 120 samples of a series in a chunk in memory, and two to three hours of chunks at all. With ``--history`` a day of what
the rules' windows read is there before, and scrapes and evaluations come as in production: what the rules cost.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
import urllib.parse
import urllib.request
from pathlib import Path
from typing import Any

import psutil
import yaml

from monitoring.dashboards import queries
from monitoring.rules import RuleArgs, render
from rehearsal.controllers.programs import PROGRAMS
from tests.monitoring.bench.history import STEP, backfill
from tests.monitoring.bench.targets import Platform, configuration, serve
from workspace.ports import free_port

_MIB = 1024**2


def measure(
    prometheus: Path, services: int, scrape_seconds: float, samples: int, *, history: bool = False
) -> dict[str, Any]:
    """Run Prometheus on a platform of that size until each series has so many samples; its figures at the end."""
    platform = Platform(services=services)
    port = serve(platform)
    own = free_port()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        document = configuration(platform, port, own, scrape_seconds)
        (folder / "prometheus.yml").write_text(yaml.safe_dump(document))
        (folder / "rules.yml").write_text(render(RuleArgs(gateway=True, karpenter=True, dcgm=True)))
        if history:
            backfill(prometheus.with_name("promtool"), platform, folder)
        command = [prometheus, f"--config.file={folder}/prometheus.yml", f"--storage.tsdb.path={folder}/data"]
        with subprocess.Popen([*command, f"--web.listen-address=127.0.0.1:{own}", "--log.level=error"]) as process:
            try:
                own_process = psutil.Process(process.pid)
                if history:
                    return _rules(own_process, own, services, scrape_seconds, samples)
                return _watch(own_process, own, services, scrape_seconds, samples, folder)
            finally:
                process.terminate()


def _watch(
    process: psutil.Process, port: int, services: int, scrape_seconds: float, samples: int, folder: Path
) -> dict[str, Any]:
    """Ask for every panel once each 30 scrapes, as dashboards do, and read the figures after the last one."""
    end = time.monotonic() + samples * scrape_seconds
    most, slowest = 0, 0.0
    while time.monotonic() < end:
        time.sleep(30 * scrape_seconds)
        for panel in queries():
            began = time.monotonic()
            _ask(port, panel.expr)
            slowest = max(slowest, time.monotonic() - began)
        most = max(most, process.memory_info().rss)
    cpu = process.cpu_times()
    appended = _figure(port, "prometheus_tsdb_head_samples_appended_total{type='float'}")
    return {
        "services": services,
        "scrape_seconds": scrape_seconds,
        "samples_of_a_series": samples,
        "series": int(_figure(port, "prometheus_tsdb_head_series")),
        "kept_of_a_target": _by_job(port, "max by (job) (scrape_samples_post_metric_relabeling)"),
        "shown_by_a_target": _by_job(port, "max by (job) (scrape_samples_scraped)"),
        "targets_down": int(_figure(port, "count(up == 0) or vector(0)")),
        "rss_mib": round(most / _MIB),
        "heap_mib": round(_figure(port, "go_memstats_heap_inuse_bytes") / _MIB),
        "cpu_us_a_sample": round((cpu.user + cpu.system) / appended * 1e6, 2),
        "slowest_query_seconds": round(slowest, 2),
        "slowest_rules_seconds": round(_figure(port, "max(prometheus_rule_group_last_duration_seconds)"), 2),
        "disk_mib": round(sum(each.stat().st_size for each in folder.rglob("*") if each.is_file()) / _MIB),
    }


def _rules(process: psutil.Process, port: int, services: int, scrape_seconds: float, samples: int) -> dict[str, Any]:
    """CPU of scrapes and rules without any query of a dashboard, and the longest evaluation of each group."""
    warm = 3
    time.sleep(warm * scrape_seconds)
    before, began = sum(process.cpu_times()[:2]), time.monotonic()
    slowest: dict[str, float] = {}
    for _ in range(samples):
        time.sleep(scrape_seconds)
        for found in _ask(port, "prometheus_rule_group_last_duration_seconds"):
            name = found["metric"]["rule_group"].rpartition(";")[2]
            slowest[name] = max(slowest.get(name, 0), round(float(found["value"][1]), 2))
    cpu, seconds = sum(process.cpu_times()[:2]) - before, time.monotonic() - began
    return {
        "services": services,
        "cores": round(cpu / seconds, 4),
        "seconds": round(seconds),
        "series": int(_figure(port, "prometheus_tsdb_head_series")),
        "slowest_evaluation_seconds": dict(sorted(slowest.items(), key=lambda pair: -pair[1])),
        "missed": int(_figure(port, "sum(prometheus_rule_group_iterations_missed_total)")),
        "failed": int(_figure(port, "sum(prometheus_rule_evaluation_failures_total)")),
    }


def _figure(port: int, query: str) -> float:
    (found,) = _ask(port, query)
    return float(found["value"][1])


def _by_job(port: int, query: str) -> dict[str, int]:
    return {found["metric"]["job"]: int(found["value"][1]) for found in _ask(port, query)}


def _ask(port: int, query: str) -> list[dict[str, Any]]:
    url = f"http://127.0.0.1:{port}/api/v1/query?{urllib.parse.urlencode({'query': query})}"
    with urllib.request.urlopen(url, timeout=120) as answer:
        said: dict[str, Any] = json.load(answer)
    result: list[dict[str, Any]] = said["data"]["result"]
    return result


def main() -> None:
    """Print one line of JSON for each size."""
    parser = argparse.ArgumentParser(prog="python -m tests.monitoring.bench", description=__doc__)
    parser.add_argument("--prometheus", type=Path, help="Program to measure; default: the rehearsal's.")
    parser.add_argument("--services", type=int, nargs="+", default=[50])
    parser.add_argument("--scrape-seconds", type=float, default=1)
    parser.add_argument("--samples", type=int, default=360)
    parser.add_argument("--history", action="store_true", help=f"A day before; scrapes come each {STEP} s.")
    chosen = parser.parse_args()
    prometheus = chosen.prometheus or PROGRAMS["prometheus"].build()
    for services in chosen.services:
        each = STEP if chosen.history else chosen.scrape_seconds
        print(json.dumps(measure(prometheus, services, each, chosen.samples, history=chosen.history)), flush=True)


if __name__ == "__main__":
    sys.exit(main())

"""``prometheus.yml``."""

from typing import Any

from monitoring.documents import written
from monitoring.rules.durations import milliseconds, scaled
from monitoring.scrape import jobs, names, series
from monitoring.scrape.arguments import RemoteWrite, ScrapeArgs

MAX_EVALUATION_SECONDS = 30
"""Rules are evaluated at every scrape, and at least this often: an alert waits no longer for it after the end of its ``for``."""
MAX_TIMEOUT_SECONDS = 10
MIN_INTERVAL = "1s"
"""However small the time scale is."""
FALLBACK_PROTOCOL = "PrometheusText0.0.4"
"""Of targets that do not name the format of their answer, which Prometheus 3 otherwise refuses."""


def render(args: ScrapeArgs) -> str:
    """Return the text of ``prometheus.yml``; equal arguments give equal text."""
    return written(_document(args))


def render_jobs(args: ScrapeArgs) -> str:
    """Return the list of the platform's scrape configurations alone, for another Prometheus, with their interval in each."""
    return written([{**_config(job, args), **_times(job, args)} for job in _platform_jobs(args)])


def scrape_jobs(args: ScrapeArgs) -> list[jobs.Job]:
    """Return the jobs, in the order of the file."""
    return [*_platform_jobs(args), *_own_jobs(args)]


def _config(job: jobs.Job, args: ScrapeArgs) -> dict[str, Any]:
    """The job's ``scrape_config``; its times where they are not those of all."""
    times, all_times = _times(job, args), timing(args)
    own = {} if times["scrape_interval"] == all_times["scrape_interval"] else times
    return {**job.rendered(), **own, "fallback_scrape_protocol": FALLBACK_PROTOCOL}


def _times(job: jobs.Job, args: ScrapeArgs) -> dict[str, str]:
    interval = max(timing(args)["scrape_interval"], job.least_interval, key=milliseconds)
    return {"scrape_interval": interval, "scrape_timeout": _timeout(interval)}


def _timeout(interval: str) -> str:
    return min(interval, f"{MAX_TIMEOUT_SECONDS}s", key=milliseconds)


def _platform_jobs(args: ScrapeArgs) -> list[jobs.Job]:
    found = [jobs.engines(args.max_engines, args.token_file if args.scrape_token else None)]
    if args.gateway_namespace:
        found += [jobs.gateway(args.gateway_namespace), jobs.envoy(args.gateway_namespace)]
    if args.karpenter:
        found.append(jobs.karpenter())
    if args.keda_namespace:
        found.append(jobs.keda(args.keda_namespace))
    found += [jobs.load_balancer_controller(), jobs.kubelet()]
    if args.gpu_namespace:
        found.append(jobs.dcgm(args.gpu_namespace))
    return found


def _own_jobs(args: ScrapeArgs) -> list[jobs.Job]:
    """Prometheus itself, and Alertmanager."""
    found = [jobs.static("prometheus", f"localhost:{names.PROMETHEUS_PORT}", series.PROMETHEUS)]
    if args.alertmanager:
        found.append(jobs.static("alertmanager", args.alertmanager, series.ALERTMANAGER))
    return found


def _document(args: ScrapeArgs) -> dict[str, Any]:
    document: dict[str, Any] = {
        "global": {**timing(args), "external_labels": {"cluster": args.cluster}},
        "rule_files": list(args.rule_files),
        "scrape_configs": [_config(job, args) for job in scrape_jobs(args)],
    }
    if args.alertmanager:
        document["alerting"] = {"alertmanagers": [{"static_configs": [{"targets": [args.alertmanager]}]}]}
    if args.remote_write:
        document["remote_write"] = [_remote_write(args.remote_write)]
    return document


def timing(args: ScrapeArgs) -> dict[str, str]:
    """Return the durations of the section ``global``."""
    interval = _interval(args.scrape_seconds, args.time_scale)
    return {
        "scrape_interval": interval,
        "scrape_timeout": _timeout(interval),
        "evaluation_interval": _interval(min(args.scrape_seconds, MAX_EVALUATION_SECONDS), args.time_scale),
    }


def _interval(seconds: int, time_scale: float) -> str:
    return max(scaled(f"{seconds}s", time_scale), MIN_INTERVAL, key=milliseconds)


def _remote_write(target: RemoteWrite) -> dict[str, Any]:
    """The workspace, with a queue that is bounded in memory: what it cannot take waits in the log, of two hours (PrometheusRemoteWriteBehind)."""
    return {
        "name": "amp",
        "url": target.url,
        "sigv4": {"region": target.region},
        # AWS's values (user guide of Amazon Managed Service for Prometheus, "Set up ingestion from a new Prometheus server"),
        # with 50 shards for its 200: each holds 2,500 samples in memory, and one sends some thousand samples a second.
        "queue_config": {"max_samples_per_send": 1000, "max_shards": 50, "capacity": 2500},
    }

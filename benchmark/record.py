"""A benchmark as it is kept: JSON of schema version 1, below ``outputs/benchmarks/`` of the platform's bucket.

::

    {"schema_version": 1, "service": "dev/chat", "kind": "standard", "started": "2026-01-31T12:00:00Z", "url": "http://...",
     "sent_to": "pods", "gateway", "endpoint" or "url", "model": another name sent as `model`, such as a LoRA adapter's, or null,
     "subject": {"image", "gpu", "gpus", "instance_type", "replicas", "settings", "settings_hash"},
     "replicas_from": where the number of replicas is from, in words,
     "price": {"usd_per_hour", "source"} or null,
     "runs": [{"workload", "max_tokens", "concurrency", "requests", "rate", "seconds", "figures": {...}}],
     "sweep": {...} or null}
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any
from urllib.parse import urlsplit

from benchmark.figures import as_json
from benchmark.measure import Run
from benchmark.shape import is_whole
from benchmark.sweep import Saturation

SCHEMA_VERSION = 1
PREFIX = "outputs/benchmarks"
"""Prefix of the bucket; below it are STACK/SERVICE/, and TIME-KIND.json."""
STANDARD, SWEEP = "standard", "sweep"
_TIME = "%Y-%m-%dT%H:%M:%SZ"


class SentTo(StrEnum):
    """What the requests of a benchmark were sent to."""

    PODS = "pods"
    """Each ready pod in turn, without the gateway."""
    GATEWAY = "gateway"
    """The gateway of the service's platform."""
    ENDPOINT = "endpoint"
    """The service's own endpoint."""
    URL = "url"
    """An address that was given."""


class RecordError(Exception):
    """What was read is not a record of this version; the message says why."""


@dataclass(frozen=True, kw_only=True)
class Subject:
    """The service as it was deployed, as far as its settings say so."""

    image: str | None = None
    gpu: str | None = None
    """Name of the GPU, such as ``L40S``; None without one."""
    gpus: int | None = None
    """GPUs of each replica."""
    instance_type: str | None = None
    """EC2 instance type that its pods are expected on."""
    replicas: int | None = None
    settings: Mapping[str, Any] | None = None
    """Those that decide how it answers, by key."""

    def as_json(self) -> dict[str, Any]:
        """As it is kept, with the hash of the settings."""
        return {**asdict(self), "settings_hash": None if self.settings is None else settings_hash(self.settings)}


@dataclass(frozen=True, kw_only=True)
class ServicePrice:
    """What the service costs."""

    usd_per_hour: float
    """Its GPUs', or vCPUs', share of their nodes on demand, all replicas together."""
    source: str
    """Who says the price, where it holds and when."""


def settings_hash(settings: Mapping[str, Any]) -> str:
    """Twelve hexadecimal digits of the SHA-256 of the settings."""
    text = json.dumps(settings, sort_keys=True, separators=(",", ":"), default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def record(
    *,
    service: str,
    kind: str,
    started: datetime,
    url: str,
    sent_to: SentTo,
    subject: Subject,
    replicas_from: str,
    price: ServicePrice | None,
    model: str | None = None,
    runs: Iterable[Run] = (),
    sweep: Saturation | None = None,
) -> dict[str, Any]:
    """The record of a benchmark.

    Args:
        service: Public name, STACK/SERVICE.
        kind: ``standard``, ``rate-R`` or ``sweep``: only records of one kind are compared.
        started: When it started.
        url: Where it was sent.
        sent_to: What is there.
        subject: What answered.
        replicas_from: Where its number of replicas is from, in words, such as ``the cluster``.
        price: What that costs, if it is known.
        model: Another name than the service's own that requests had as ``model``, such as that of a LoRA adapter.
        runs: What was measured.
        sweep: The ladder, of kind ``sweep``.
    """
    return {
        "schema_version": SCHEMA_VERSION,
        "service": service,
        "kind": kind,
        "started": started.astimezone(UTC).strftime(_TIME),
        "url": url,
        "sent_to": sent_to,
        "model": model,
        "subject": subject.as_json(),
        "replicas_from": replicas_from,
        "price": None if price is None else asdict(price),
        "runs": [_run(run, price) for run in runs],
        "sweep": None if sweep is None else sweep.as_json(),
    }


def address_of(document: Mapping[str, Any]) -> str:
    """What a record's requests were sent to: ``pods``, or an address; records of two of them measure two things.

    Records of before ``sent_to`` have an address only, which for the Job of a deployment is the name of its pods.
    """
    sent_to, url = document.get("sent_to"), str(document.get("url", ""))
    if sent_to == SentTo.PODS or (sent_to is None and _is_of_job(url)):
        return SentTo.PODS.value
    return url


def name_of(document: Mapping[str, Any]) -> str:
    """Name of a record's file, which sorts by time: ``20260131T120000Z-standard.json``."""
    return f"{document['started'].replace('-', '').replace(':', '')}-{document['kind']}.json"


def read(text: str | bytes) -> dict[str, Any]:
    """The record in a file.

    Raises:
        RecordError: it is not one, or of another version.
    """
    try:
        document = json.loads(text)
        version = document["schema_version"]
    except (ValueError, RecursionError, TypeError, KeyError):
        raise RecordError("is not a record of a benchmark") from None
    if version != SCHEMA_VERSION:
        raise RecordError(f"has schema version {version}, and this program reads {SCHEMA_VERSION}")
    if not (isinstance(document.get("runs"), list) and isinstance(document.get("subject"), dict)):
        raise RecordError("is a record without runs or subject")
    found: dict[str, Any] = document
    if not is_whole(found):
        raise RecordError("is a record without its start, or without figures of a run or of its sweep")
    return found


def _is_of_job(url: str) -> bool:
    """Whether this is the headless Service ``SERVICE-benchmark`` of a deployment's Job."""
    try:
        host = urlsplit(url).hostname or ""
    except ValueError:
        return False
    return host.endswith(".svc.cluster.local") and host.split(".")[0].endswith("-benchmark")


def _run(run: Run, price: ServicePrice | None) -> dict[str, Any]:
    return {
        "workload": run.workload.name,
        "max_tokens": run.workload.max_tokens,
        **asdict(run.loop),
        "figures": as_json(run.figures, price.usd_per_hour if price else None),
    }

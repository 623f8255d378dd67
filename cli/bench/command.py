"""``llm-platform bench``."""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.console import ERR, KEY_VARIABLE, ExitCode, UsageError, report_progress

if TYPE_CHECKING:
    from benchmark.measure import Run
    from benchmark.record import SentTo, ServicePrice, Subject
    from benchmark.storage import Storage
    from benchmark.sweep import Saturation
    from cli.bench.replicas import Replicas
    from cli.bench.stack import BenchedService
    from load import Target

_PERCENT = 100
_RATE_SECONDS = 60.0


def bench(
    service: Annotated[
        str, typer.Option("--service", help="Service of the stack; with --url alone, what is measured.")
    ],
    stack: Annotated[
        str | None,
        typer.Option("--stack", "-s", help="Stack of the service, or its file: for GPU, price, address, bucket."),
    ] = None,
    project: Annotated[
        Path, typer.Option("--project", help="Folder in the project, where stacks are looked for.")
    ] = Path(),
    url: Annotated[
        str,
        typer.Option(
            "--url", help="Any OpenAI-compatible address. Default: the stack's gateway, else the service's own."
        ),
    ] = "",
    key: Annotated[
        str, typer.Option("--key", help=f"API key; better in {KEY_VARIABLE}, where `ps` does not show it.")
    ] = "",
    model: Annotated[str, typer.Option("--model", help="Name sent as `model`. Default: as the address lists it.")] = "",
    output: Annotated[
        Path | None, typer.Option("--output", help="Folder of the records, in place of the bucket.")
    ] = None,
    bucket: Annotated[str, typer.Option("--bucket", help="Bucket of the records. Default: the platform's.")] = "",
    rate: Annotated[
        float | None, typer.Option("--rate", min=0.01, max=10_000, help="Open loop: requests a second.")
    ] = None,
    seconds: Annotated[
        float | None, typer.Option("--seconds", min=1, max=3600, help="Time of --rate (60), or of a rung (20).")
    ] = None,
    max_concurrency: Annotated[int, typer.Option("--max-concurrency", min=2, max=4096, help="End of --sweep.")] = 512,
    ttft: Annotated[
        float,
        typer.Option(
            "--ttft", min=0.05, max=60, help="Seconds to the first token that --sweep proposes a threshold for."
        ),
    ] = 1.0,
    replicas: Annotated[
        int | None,
        typer.Option(
            "--replicas",
            min=1,
            help="Replicas that answer, for dollars and thresholds. Default: of an autoscaled service those that kubectl finds ready, else those of the settings.",
        ),
    ] = None,
    context: Annotated[
        str | None,
        typer.Option("--context", help="Context of the kubeconfig, to count ready replicas; default its current one."),
    ] = None,
    timeout: Annotated[
        float, typer.Option("--timeout", min=1, max=86_400, help="Seconds after which a request is given up.")
    ] = 300,
    tolerance: Annotated[
        float,
        typer.Option(
            "--tolerance", min=1, max=100, help="Percent by which a figure can be worse than in the last record."
        ),
    ] = 15,
    *,
    sweep: Annotated[
        bool, typer.Option("--sweep", help="Find saturation, propose the autoscaler's queue_per_replica.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the record as JSON.")] = False,
) -> None:
    """Measure a served model: 100 questions, 10 at once, and 100 requests of 256 tokens in and 128 out; compare with the last record.

    Exit 0: measured; 1: nothing succeeded, or worse than the last by more than the tolerance; 2: usage error.
    """
    # aiohttp, which the other commands do without.
    from cli.bench.address import Wanted, target  # noqa: PLC0415
    from cli.bench.replicas import replicas_of  # noqa: PLC0415
    from cli.bench.stack import read_service, service_outputs  # noqa: PLC0415
    from cli.bench.table import show  # noqa: PLC0415

    _check(rate=rate, seconds=seconds, sweep=sweep, output=output, bucket=bucket)
    if context is not None and (stack is None or replicas is not None):
        raise UsageError(
            "--context is where the replicas of --stack are counted: give it with --stack, without --replicas"
        )
    found = read_service(stack, project, service) if stack else None
    exported = cache(partial(service_outputs, found, project)) if found else None
    wanted = Wanted(
        service=service,
        url=url,
        key=_key(key or os.environ.get(KEY_VARIABLE, "")),
        model=model,
        names=(found.public_name, found.served_name) if found else (),
    )
    where, sent_to = target(wanted, exported)
    storage: Storage | None = None
    if output:
        storage = _folder(output, found.public_name if found else service)
    elif stack and found and exported:
        storage = _bucket(bucket or exported().bucket, stack, project, found.public_name)
    _check_storage(storage)
    counted = replicas_of(found, replicas, context)
    measurement = Measurement(rate=rate, seconds=seconds, sweep=sweep, most=max_concurrency, ttft=ttft, timeout=timeout)
    other = None if where.model in {*wanted.names, service} else where.model
    document = _measured(where, sent_to, found, service, measurement, counted, other)
    if not as_json:
        show(document, found.threshold if found else None)
    _report(document, storage, tolerance / _PERCENT, as_json=as_json)


@dataclass(frozen=True, kw_only=True)
class Measurement:
    """Which benchmark, out of the options."""

    rate: float | None
    seconds: float | None
    sweep: bool
    most: int
    """Largest concurrency of a sweep."""
    ttft: float
    """Seconds to the first token that a sweep proposes a threshold for."""
    timeout: float

    @property
    def kind(self) -> str:
        """Kind of the record: only those of one kind are compared."""
        from benchmark.record import STANDARD, SWEEP  # noqa: PLC0415  as above

        return SWEEP if self.sweep else f"rate-{self.rate:g}" if self.rate is not None else STANDARD


def _check(*, rate: float | None, seconds: float | None, sweep: bool, output: Path | None, bucket: str) -> None:
    if rate is not None and sweep:
        raise UsageError("--rate and --sweep are two kinds of benchmark: give one of them")
    if seconds is not None and rate is None and not sweep:
        raise UsageError("--seconds is the time of --rate, or of a rung of --sweep: give one of them with it")
    if output is not None and bucket:
        raise UsageError("--output and --bucket are two places of the records: give one of them")


def _key(given: str) -> str:
    key = given.strip()
    if not key.isprintable():
        raise UsageError(f"the key of {KEY_VARIABLE} or --key has characters that no header can have: give one line")
    return key


def _folder(output: Path, service: str) -> "Storage":
    from benchmark.storage import Folder  # noqa: PLC0415  as above

    parts = service.split("/")
    if not all(part.strip(".") and part.isprintable() for part in parts):
        raise UsageError(
            f"--service {service!r} names no folder below --output: write a name such as llama, or STACK/SERVICE"
        )
    return Folder(output.joinpath(*parts))


def _bucket(name: str, stack: str, project: Path, service: str) -> "Storage":
    from benchmark.storage import Bucket  # noqa: PLC0415  as above
    from cli.stack_cloud import open_cloud  # noqa: PLC0415  boto3

    if not name:
        raise UsageError(
            f"stack {stack} exports no bucket_name: deploy its platform first, or give --bucket or --output"
        )
    return Bucket(open_cloud(stack, project).cloud.client("s3"), name, service)


def _check_storage(storage: "Storage | None") -> None:
    """Check the storage first, so that minutes of load are not spent where their record cannot be kept."""
    if storage:
        with _storage_errors():
            storage.check()


@contextmanager
def _storage_errors() -> Iterator[None]:
    from benchmark.storage import StorageError  # noqa: PLC0415  as above

    try:
        yield
    except StorageError as error:
        raise UsageError(str(error)) from None


def _measured(
    where: "Target",
    sent_to: "SentTo",
    found: "BenchedService | None",
    service: str,
    measurement: Measurement,
    counted: "Replicas",
    model: str | None,
) -> dict[str, Any]:
    """Warm up and measure; exit 1 if nothing answers. ``model`` is another name than the service's own."""
    from benchmark import record  # noqa: PLC0415  as above
    from benchmark.measure import Loop, NoAnswerError  # noqa: PLC0415  as above
    from benchmark.standard import run_standard  # noqa: PLC0415  as above

    started, runs, saturation = datetime.now(UTC), [], None
    loop = Loop()
    if measurement.rate is not None:
        loop = Loop(
            concurrency=None, requests=None, rate=measurement.rate, seconds=measurement.seconds or _RATE_SECONDS
        )
    try:
        if measurement.sweep:
            saturation = _swept(where, measurement, counted, with_running=found is not None and found.counts_running)
        else:
            counted.count()
            runs = run_standard([where], report_progress, loop=loop, timeout=measurement.timeout)
            counted.count()
    except NoAnswerError as error:
        ERR.print(f"llm-platform: {where.model} at {where.url}: {error}", markup=False)
        raise typer.Exit(ExitCode.REFUSED) from None
    subject, price = _answering(found, counted)
    return record.record(
        service=found.public_name if found else service,
        kind=measurement.kind,
        started=started,
        url=where.url,
        sent_to=sent_to,
        subject=subject,
        replicas_from=counted.source,
        price=price,
        model=model,
        runs=runs,
        sweep=saturation,
    )


def _answering(found: "BenchedService | None", counted: "Replicas") -> "tuple[Subject, ServicePrice | None]":
    """What answered, and the price of as many replicas as did."""
    from benchmark.record import Subject  # noqa: PLC0415  as above

    if found is None:
        return Subject(replicas=counted.most), None
    price, fewest, most = found.price, found.subject.replicas, counted.most
    if price and fewest and most:
        price = replace(price, usd_per_hour=price.usd_per_hour / fewest * most)
    return replace(found.subject, replicas=most), price


def _swept(where: "Target", measurement: Measurement, counted: "Replicas", *, with_running: bool) -> "Saturation":
    from benchmark.measure import Loop, measure, warmed  # noqa: PLC0415  as above
    from benchmark.sweep import RUNG_SECONDS, climb  # noqa: PLC0415  as above
    from benchmark.workloads import synthetic  # noqa: PLC0415  as above

    report_progress("warm-up")
    workload = warmed([where], synthetic(), measurement.timeout, report_progress)
    seconds = measurement.seconds or RUNG_SECONDS
    if not counted.count():
        report_progress("how many replicas answer is not known, so no threshold will be proposed: give --replicas")

    def rung(concurrency: int) -> "Run":
        report_progress(f"{concurrency} at once for {seconds:g} s")
        loop = Loop(concurrency=concurrency, requests=None, seconds=seconds)
        return measure([where], workload, loop, measurement.timeout)

    return climb(
        rung,
        replicas=counted.count,
        ttft_seconds=measurement.ttft,
        most=measurement.most,
        seconds=seconds,
        with_running=with_running,
    )


def _report(document: dict[str, Any], storage: "Storage | None", tolerance: float, *, as_json: bool) -> None:
    """Keep a record, and print it as JSON; exit 1 if it is worse than the last of its kind, or nothing succeeded."""
    from benchmark.gate import judge  # noqa: PLC0415  as above

    if as_json:
        typer.echo(json.dumps(document, indent=2))
    with _storage_errors():
        judgement = judge(document, storage, tolerance)
    kept = (
        f"kept in {judgement.place}"
        if judgement.place
        else "not kept: --stack keeps records in the platform's bucket, --output in a folder"
    )
    report_progress(kept)
    report_progress(judgement.verdict)
    for line in judgement.problems:
        ERR.print(f"llm-platform: {line}", markup=False)
    if judgement.problems:
        raise typer.Exit(ExitCode.REFUSED)

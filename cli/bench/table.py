"""A benchmark's record as tables on the terminal."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from rich.table import Table

from cli.console import OUT, plain_table

if TYPE_CHECKING:
    from planner.queue_threshold import QueueThreshold

_SHORT_SECONDS = 30
_TIMES = (
    ("latency", "latency_seconds"),
    ("time to first token", "ttft_seconds"),
    ("inter-token", "inter_token_seconds"),
)


def show(document: Mapping[str, Any], threshold: "QueueThreshold | None" = None) -> None:
    """Print a record.

    Args:
        document: The record.
        threshold: What the service scales at by its settings or the planner, for a sweep; None where that is not known.
    """
    subject, price = document["subject"], document["price"]
    machine = f" on {subject['instance_type']}" if subject["instance_type"] else ""
    facts = [
        f"{subject['replicas']} x {subject['gpus']} {subject['gpu']} ({subject['instance_type']})"
        if subject["gpu"]
        else "",
        f"{subject['replicas']} replicas{machine}" if subject["replicas"] and not subject["gpu"] else "",
        f"replicas from {document['replicas_from']}" if subject["replicas"] else "",
        subject["image"] or "",
        f"settings {subject['settings_hash']}" if subject["settings_hash"] else "",
    ]
    model = f", model {document['model']}" if document.get("model") else ""
    OUT.print(f"{document['service']} at {document['url']}{model}", markup=False)
    if any(facts):
        OUT.print(", ".join(fact for fact in facts if fact), markup=False)
    if document["runs"]:
        OUT.print(_runs(document))
    for run in document["runs"]:
        for error, count in run["figures"]["errors"].items():
            OUT.print(f"{run['workload']}: {count} x {error}", markup=False)
    if price:
        OUT.print(f"at {price['usd_per_hour']:.3f} US dollars an hour, on demand ({price['source']})", markup=False)
        if any(run["figures"]["seconds"] < _SHORT_SECONDS for run in document["runs"]):
            OUT.print(
                f"* from less than {_SHORT_SECONDS} s of load: the start and end of the run weigh much", markup=False
            )
    if document["sweep"]:
        _show_sweep(document["sweep"], document["service"], threshold)


def _runs(document: Mapping[str, Any]) -> Table:
    columns = [f"{run['workload']}, {_loop(run)}" for run in document["runs"]]
    shown = plain_table("", *columns, numbers=columns)
    every = [run["figures"] for run in document["runs"]]
    shown.add_row(
        "succeeded", *(f"{one['succeeded']} of {one['requests']} ({one['success_rate']:.1%})" for one in every)
    )
    shown.add_row("timed out", *(str(one["timed_out"]) for one in every))
    for title, key in _TIMES:
        for name in ("avg", "p50", "p90", "p99", "max"):
            shown.add_row(f"{title} {name}", *(_milliseconds(one[key], name) for one in every))
    shown.add_row("requests a second", *(f"{one['requests_per_second']:.2f}" for one in every))
    shown.add_row("output tokens a second", *(_counted(one, "output_tokens_per_second") for one in every))
    shown.add_row("all tokens a second", *(_counted(one, "total_tokens_per_second") for one in every))
    shown.add_row("tokens of a prompt, an answer", *(_lengths(one) for one in every))
    if document["price"]:
        for title, key in (("output", "usd_per_million_output_tokens"), ("all", "usd_per_million_tokens")):
            shown.add_row(f"USD a million {title} tokens", *(_dollars(one, key) for one in every))
    return shown


def _show_sweep(sweep: Mapping[str, Any], service: str, threshold: "QueueThreshold | None") -> None:
    columns = ("concurrency", "requests/s", "output tokens/s", "TTFT P90", "latency P90", "succeeded", "replicas")
    shown = plain_table(*columns, numbers=columns)
    for rung in sweep["rungs"]:
        shown.add_row(
            str(rung["concurrency"]),
            f"{rung['requests_per_second']:.2f}",
            f"{rung['output_tokens_per_second']:.1f}",
            f"{rung['ttft_p90'] * 1000:.0f} ms",
            f"{rung['latency_p90'] * 1000:.0f} ms",
            f"{rung['success_rate']:.1%}",
            _ready(rung["replicas_before"], rung["replicas_after"]),
        )
    OUT.print(shown)
    at, queue = sweep["at"], sweep["queue_per_replica"]
    if at:
        OUT.print(f"saturates at a concurrency of {at['concurrency']}", markup=False)
    if queue is None:
        OUT.print(f"no {'threshold' if at else 'saturation'}: {sweep['problem']}", markup=False)
        return
    instead = f" in place of {threshold.requests:g} ({threshold.source})" if threshold else ""
    OUT.print(f"proposed for the autoscaler{instead}, in the stack's file:", markup=False)
    keys = ("llm-platform:services", service.rpartition("/")[2], "autoscale")
    for depth, key in enumerate(keys):
        OUT.print(f"{'  ' * depth}  {key}:", markup=False)
    why = f"waiting takes half of {sweep['ttft_seconds']:g} s to the first token at most"
    OUT.print(f"{'  ' * len(keys)}  queue_per_replica: {queue}  # {why}", markup=False)


def _ready(before: int | None, after: int | None) -> str:
    if before is None and after is None:
        return "-"
    return str(before) if before == after else f"{before or '-'} -> {after or '-'}"


def _loop(run: Mapping[str, Any]) -> str:
    return f"{run['rate']:g} a second" if run["rate"] else f"{run['concurrency']} at once"


def _milliseconds(times: Mapping[str, float] | None, name: str) -> str:
    return f"{times[name] * 1000:.1f} ms" if times else "-"


def _counted(figures: Mapping[str, Any], key: str) -> str:
    """A rate of tokens, where the server counted those of answers."""
    return f"{figures[key]:.1f}" if figures["completion_tokens"] else "-"


def _lengths(figures: Mapping[str, Any]) -> str:
    if not figures["completion_tokens"]:
        return "-"
    count = figures["succeeded"]
    return f"{figures['prompt_tokens'] / count:.0f}, {figures['completion_tokens'] / count:.0f}"


def _dollars(figures: Mapping[str, Any], key: str) -> str:
    found = figures[key]
    return "-" if found is None else f"{found:.2f}{'*' if figures['seconds'] < _SHORT_SECONDS else ''}"

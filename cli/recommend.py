"""``llm-plan recommend``: the cheapest ways to serve a model."""

# ruff: noqa: FBT002 - a flag of the command line is a parameter with a default: that is how typer reads it
import json
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from cli.console import ERR, OUT, ExitCode
from cli.fit import CacheDtype
from cli.options import MOST, AsJson, ModelName, Prices, Version, engine, model, tokens, with_prices
from planner.catalog.instances import InstanceType, instance_types
from planner.cost import list_prices
from planner.recommend import Ranking, RecommendationRequest, RejectedOption
from planner.recommend import recommend as rank
from planner.request import DEFAULT_UTILIZATION
from planner.shown import one_line

PRICES = "prices: on demand, Linux, us-east-1, 2026-07-20 (planner/data/gpu-instances.json)"
_NARROW = 100
"""Columns of a terminal up to which those of the table have one space between them."""
OWN = "where it has them, those of {}"


def recommend(
    model_name: ModelName,
    context: Annotated[str, typer.Option("--context", help="Longest request in tokens, such as 16384 or 16K.")],
    concurrency: Annotated[int, typer.Option("--concurrency", min=1, max=MOST, help="Such requests at once.")] = 1,
    kv_cache_dtype: Annotated[CacheDtype, typer.Option("--kv-cache-dtype", help="KV cache format.")] = CacheDtype.AUTO,
    utilization: Annotated[
        float, typer.Option("--utilization", min=0.01, max=1.0, help="gpu_memory_utilization.")
    ] = DEFAULT_UTILIZATION,
    version: Version = "0.32",
    prices: Prices = None,
    show: Annotated[int, typer.Option("--show", min=1, help="How many options to list.")] = 10,
    as_json: AsJson = False,
) -> None:
    """Rank instance types, degrees and quantizations by cost: 0 some fit, 1 none does, 2 usage error, 3 unknown."""
    found = model(model_name)
    wanted = RecommendationRequest(
        shape=found.shape,
        stored_bytes=found.stored.bytes if found.stored else None,
        context=tokens("--context", context),
        concurrency=concurrency,
        kv_cache_dtype=kv_cache_dtype.value,
        utilization=utilization,
        engine=engine(version),
    )
    ranking = rank(wanted, _priced(prices) if prices else None)
    basis = f"{PRICES}; {OWN.format(prices.name)}" if prices else PRICES
    if as_json:
        typer.echo(
            json.dumps(
                {
                    "model": found.name,
                    "origin": found.origin,
                    "context": wanted.context,
                    "concurrency": concurrency,
                    "prices": basis,
                    **ranking.as_json(),
                },
                indent=2,
            )
        )
    else:
        _show(found.name, wanted, ranking, basis, show)
    if ranking.options:
        raise typer.Exit(ExitCode.FITS)
    raise typer.Exit(ExitCode.UNKNOWN if ranking.undecided else ExitCode.REFUSED)


def _priced(prices: Path) -> list[InstanceType]:
    """The instance types with GPUs, at the prices of a file where it has them."""
    table = with_prices(prices, list_prices())
    return [
        replace(machine, usd_per_hour=table.nodes[machine.name].usd if machine.name in table.nodes else None)
        for machine in instance_types().values()
        if machine.gpu
    ]


def _show(name: str, wanted: RecommendationRequest, ranking: Ranking, basis: str, show: int) -> None:
    many, once = ("1 request", "") if wanted.concurrency == 1 else (f"{wanted.concurrency} requests", " at once")
    OUT.print(f"{one_line(name)}: {many} of {wanted.context:,} tokens{once}", markup=False)
    # At 80 columns, a terminal's usual width, names of GPUs and of weights are broken, and nothing is cut.
    table = Table(box=None, pad_edge=False, padding=(0, 2 if OUT.width > _NARROW else 1, 0, 0), header_style="bold")
    for title in ("instance type", "GPUs", "tp", "replicas", "weights"):
        broken = title in {"GPUs", "weights"}
        table.add_column(title, no_wrap=not broken, overflow="fold")
    for title in ("KV\ntokens", "requests", "$/h", "$/month"):
        table.add_column(title, justify="right", no_wrap=True)
    for option in ranking.options[:show]:
        gpu = option.machine.gpu
        table.add_row(
            option.machine.name,
            f"{option.machine.gpus} x {gpu.name if gpu else '?'}",
            str(option.tensor_parallel),
            str(option.replicas),
            option.weights,
            "-" if option.fit.kv_tokens is None else f"{option.fit.kv_tokens:,}",
            "-" if option.fit.concurrent_requests is None else f"{option.fit.concurrent_requests:.1f}",
            f"{option.usd_per_hour:.2f}",
            f"{option.usd_per_month:,.0f}",
        )
    if ranking.options:
        OUT.print(table)
        OUT.print(basis, style="dim", markup=False)
    else:
        known = "is known to hold it; the reasons say what is not computed" if ranking.undecided else "holds it"
        ERR.print(f"llm-plan: no instance type in the table {known}", markup=False)
    _show_ruled_out(ranking, show)


def _show_ruled_out(ranking: Ranking, show: int) -> None:
    """Why nothing cheaper will do: a line for each reason, with the types it rules out, the most expensive first."""
    chosen = {option.machine.name for option in ranking.options}
    best = ranking.options[0].usd_per_hour if ranking.options else float("inf")
    closest: dict[str, RejectedOption] = {}
    for ruled in sorted(ranking.ruled_out, key=lambda ruled: -(ruled.machine.usd_per_hour or 0)):
        if ruled.machine.name not in chosen and (ruled.machine.usd_per_hour or 0) < best:
            closest[ruled.machine.name] = ruled
    by_reason: dict[tuple[str, str], list[str]] = {}
    for machine, ruled in closest.items():
        by_reason.setdefault((ruled.weights, ruled.reason), []).append(machine)
    if by_reason:
        unpriced = any(ruled.machine.usd_per_hour is None for ruled in closest.values())
        also = " or without a price" if unpriced else ""
        OUT.print(f"ruled out, though cheaper{also} (all of them with --json):", markup=False)
    for (weights, reason), machines in list(by_reason.items())[:show]:
        OUT.print(f"  {', '.join(machines)} ({weights}): {one_line(reason)}", markup=False, style="dim")
    if len(by_reason) > show:
        OUT.print(f"  and {len(by_reason) - show} reasons more", markup=False, style="dim")

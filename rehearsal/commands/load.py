"""``rehearse load``: chat requests at a rate or at a fixed number at once, and what became of them."""

import json
import os
import socket
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from benchmark.storage import try_to_write
from cli.console import KEY_VARIABLE, OUT, UsageError
from load import Plan, PlanError, Report, Target, run
from rehearsal.commands import load_report
from rehearsal.commands.chat_check import services
from rehearsal.commands.exit_codes import ExitCode
from rehearsal.commands.load_samples import Sampler, Watched
from rehearsal.controlplane.client import KubeClient
from rehearsal.images import timing
from rehearsal.monitoring.open_stack import open_stack
from rehearsal.monitoring.proxied import ReadError
from rehearsal.sandboxes import existing
from rehearsal.stacks import pulumi_cli
from settings.derived.gateway.names import TLS_OUTPUT, gateway_url

_TIMEOUT = 10.0


@dataclass(frozen=True, kw_only=True)
class Where:
    """Where the load goes, as the command line says it."""

    service: str
    stack: str
    sandbox: str
    url: str
    key: str


def target(where: Where) -> Target:
    """The address, model and key: ``--url``, else the stack's gateway, else the service's own endpoint.

    Raises:
        UsageError: there is none, or the gateway's key is missing.
    """
    key = where.key or os.environ.get(KEY_VARIABLE, "")
    if where.url:
        return Target(url=_base(where.url), model=where.service, key=key)
    outputs = pulumi_cli.outputs(existing(where.sandbox), where.stack)
    if gateway := gateway_url(outputs):
        if not key:
            raise UsageError(f"the gateway at {gateway} needs a tenant's key: give it by --key or {KEY_VARIABLE}")
        if outputs.get(TLS_OUTPUT):
            _resolved(gateway)
        return Target(url=_base(gateway), model=where.service, key=key)
    return _own(where, outputs, key)


def _resolved(gateway: str) -> None:
    host = httpx.URL(gateway).host
    try:
        socket.getaddrinfo(host, None)
    except OSError:
        raise UsageError(
            f"{host} resolves in the rehearsal's Route 53 only: let this machine resolve it, as docs/rehearsal.md#the-gateway says"
        ) from None


def _own(where: Where, outputs: dict[str, Any], key: str) -> Target:
    found = services(outputs)
    named = {service.name: service for service in found}
    if where.service not in named:
        known = ", ".join(named) or "none"
        raise UsageError(f"--service {where.service}: stack {where.stack} has no such service; it has {known}")
    service = named[where.service]
    url, key = _base(service.url), key or service.api_key
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    try:
        answer = httpx.get(f"{url}/v1/models", headers=headers, timeout=_TIMEOUT, trust_env=False).raise_for_status()
        model = str(answer.json()["data"][0]["id"])
    except (httpx.HTTPError, ValueError, LookupError, TypeError) as error:
        raise UsageError(f"{service.name} at {url} lists no model: {error}; see `rehearse status`") from error
    return Target(url=url, model=model, key=key)


def show(where: Where, settings: dict[str, Any], *, as_json: bool, report_to: Path | None = None) -> ExitCode:
    """Run the load and print its report; fails unless every request succeeded or was left on purpose.

    Args:
        where: Where it goes.
        settings: Those of the plan.
        as_json: Whether the report is printed as JSON.
        report_to: Folder for a page about the run, with a chart of what the platform did meanwhile.
    """
    try:
        plan = Plan(targets=[target(where)], **settings)
    except PlanError as error:
        raise UsageError(str(error)) from error
    if report_to is not None:
        _check_folder(report_to)
    report = run(plan) if report_to is None else _reported(where, plan, report_to)
    if as_json:
        OUT.print(json.dumps(report.to_json(), indent=2), markup=False)
    else:
        for line in report.lines():
            OUT.print(line, markup=False)
    return ExitCode.FAILED if report.lost else ExitCode.DONE


def _check_folder(folder: Path) -> None:
    """Refuse a folder that cannot be written."""
    try:
        try_to_write(folder)
    except OSError as error:
        raise UsageError(f"--report {folder}: cannot be written: {error.strerror}") from error


def _reported(where: Where, plan: Plan, folder: Path) -> Report:
    sandbox = existing(where.sandbox)
    with ExitStack() as open_things:
        prometheus = None
        try:
            prometheus = open_things.enter_context(open_stack(sandbox, where.stack)).prometheus
        except ReadError as error:
            OUT.print(f"without the engines' metrics: {error}", markup=False)
        client = open_things.enter_context(KubeClient.from_kubeconfig(sandbox.admin_kubeconfig))
        watched = Watched(client=client, prometheus=prometheus, service=where.service.rpartition("/")[2])
        with Sampler(watched) as sampler:
            report = run(plan)
    title = f"{where.service} of {where.stack}: {plan.shape} load for {report.seconds:.0f} s"
    try:
        page = load_report.write(folder, title, report, sampler.samples, scale=timing.kept(sandbox.nodes))
    except OSError as error:
        raise UsageError(f"--report {folder}: cannot be written: {error.strerror}") from error
    OUT.print(f"report: {page}", markup=False)
    return report


def _base(url: str) -> str:
    """The address without ``/v1``, which the load adds itself."""
    if not url.startswith(("http://", "https://")):
        raise UsageError(f"--url {url}: write an address such as http://HOST:PORT")
    return url.rstrip("/").removesuffix("/v1").rstrip("/")

"""The end of an ``up``: what a person needs of the stack's outputs, how long it took and what to do next."""

from typing import Any

from cli.console import OUT
from rehearsal.commands import chat_check, gateway_address
from rehearsal.sandbox import Sandbox, SandboxError
from rehearsal.sandboxes import DEFAULT_SANDBOX
from rehearsal.stacks import pulumi_cli
from settings.derived.gateway.names import TLS_OUTPUT, URL_OUTPUT, gateway_url

_NAMED = {"cluster_name": "cluster", "bucket_name": "bucket"}
_REHEARSE = ".venv/bin/rehearse"


def show(sandbox: Sandbox, stack: str, *, seconds: float, services: bool) -> None:
    """Print it; the services only where nothing else has shown them."""
    outputs = pulumi_cli.outputs(sandbox, stack, show_secrets=False)
    for line in (*_made(sandbox, stack, outputs, services=services), *_next(sandbox, stack, seconds)):
        OUT.print(line, markup=False)


def _made(sandbox: Sandbox, stack: str, outputs: dict[str, Any], *, services: bool) -> list[str]:
    lines = [f"  {word:<9} {outputs[name]}" for name, word in _NAMED.items() if name in outputs]
    if gateway := gateway_url(outputs):
        lines += [
            f"  {'gateway':<9} {gateway}",
            *_way(sandbox, outputs),
            (
                f"  {'keys':<9} AWS_ENDPOINT_URL={sandbox.aws_url} AWS_ACCESS_KEY_ID=x AWS_SECRET_ACCESS_KEY=x "
                f".venv/bin/llm-platform keys --help"
            ),
        ]
    for service in chat_check.services(outputs) if services else ():
        lines += [
            f"  {'service':<9} {service.name} at {service.url}",
            f"  {'by hand':<9} {chat_check.by_hand(sandbox, stack, service)}",
            f"  {'on AWS':<9} {service.command}",
        ]
    return ["", *lines] if lines else []


def _way(sandbox: Sandbox, outputs: dict[str, Any]) -> list[str]:
    """How this machine reaches a gateway whose name only the rehearsal's Route 53 resolves; nothing for one without a domain."""
    if not outputs.get(TLS_OUTPUT):
        return []
    try:
        way = gateway_address.way_of(sandbox)
    except SandboxError as error:
        return [f"  {'by hand':<9} {error}"]
    command = way.in_curl(f"{outputs[URL_OUTPUT]}/models")
    return [f'  {"by hand":<9} curl -sS {command} -H "Authorization: Bearer $LLM_API_KEY"']


def _next(sandbox: Sandbox, stack: str, seconds: float) -> list[str]:
    elsewhere = "" if sandbox.name == DEFAULT_SANDBOX else f" --sandbox {sandbox.name}"
    down = "make rehearse-down" if sandbox.name == DEFAULT_SANDBOX else f"{_REHEARSE} down{elsewhere}"
    return [
        "",
        f"stack {stack} is up after {duration(seconds)}",
        f"  {_REHEARSE} outputs --stack {stack}{elsewhere}   all that it exports",
        f"  {_REHEARSE} status{elsewhere}   what runs where",
        f"  {down}   takes it away again",
    ]


def duration(seconds: float) -> str:
    """``64 s``, or ``3 min 5 s`` from two minutes on."""
    whole = round(seconds)
    return f"{whole} s" if whole < 120 else f"{whole // 60} min {whole % 60} s"

"""Chat completions of ``rehearse up --chat``: through the gateway, and of every service with an endpoint of its own."""

from dataclasses import dataclass
from typing import Any

import httpx

from cli.console import ERR, OUT
from rehearsal.commands import fidelity, gateway_chat
from rehearsal.commands.exit_codes import ExitCode
from rehearsal.sandbox import Sandbox
from rehearsal.sandboxes import DEFAULT_SANDBOX
from rehearsal.stacks import account, pulumi_cli, stack_file

_QUESTION = "Say in one sentence what you are."
_SECONDS = 60.0
_URL = "_url"
_IN_CLUSTER = ".svc.cluster.local"
_REHEARSE = ".venv/bin/rehearse"


@dataclass(frozen=True, kw_only=True)
class Service:
    """A deployed service as the stack exports it."""

    name: str
    url: str
    api_key: str
    """Empty for a kind of service that has none."""
    command: str


def services(outputs: dict[str, Any]) -> list[Service]:
    """The services among a stack's outputs that clients outside the cluster reach.

    ``NAME_url`` with ``NAME_command`` beside it, and ``NAME_api_key`` if it has one; behind a gateway a service's URL is
    that of its Service in the cluster.
    """
    names = sorted(key.removesuffix(_URL) for key in outputs if key.endswith(_URL))
    return [
        Service(
            name=name,
            url=outputs[f"{name}{_URL}"],
            api_key=outputs.get(f"{name}_api_key", ""),
            command=outputs[f"{name}_command"],
        )
        for name in names
        if f"{name}_command" in outputs and _IN_CLUSTER not in outputs[f"{name}{_URL}"]
    ]


def ask(service: Service, question: str = _QUESTION) -> str:
    """One chat completion.

    Raises:
        httpx.HTTPError: the endpoint does not answer, or not with 200.
    """
    headers = {"Authorization": f"Bearer {service.api_key}"} if service.api_key else {}
    with httpx.Client(base_url=service.url, headers=headers, timeout=_SECONDS, trust_env=False) as client:
        models = client.get("/v1/models").raise_for_status().json()
        body = {"model": models["data"][0]["id"], "messages": [{"role": "user", "content": question}]}
        answer = client.post("/v1/chat/completions", json=body).raise_for_status().json()
    return str(answer["choices"][0]["message"]["content"])


def by_hand(sandbox: Sandbox, stack: str, service: Service) -> str:
    """Return a command that works in this sandbox, whose load balancer is on this machine; it holds no secret."""
    if not service.api_key:
        return f"curl -sS {service.url}/v1/models"
    elsewhere = "" if sandbox.name == DEFAULT_SANDBOX else f" --sandbox {sandbox.name}"
    key = f"$({_REHEARSE} outputs --stack {stack}{elsewhere} --show-secrets {service.name}_api_key)"
    return f'curl -sS {service.url}/v1/models -H "Authorization: Bearer {key}"'


def _through_the_gateway(gateway: gateway_chat.Gateway, model: str) -> None:
    answer = gateway.chat(model, _QUESTION)
    OUT.print(f"\n{model} through the gateway at {gateway.url}", style="bold")
    OUT.print(f"  asked     {_QUESTION}", markup=False)
    OUT.print(f"  answered  {answer}", markup=False)
    OUT.print(f"  in Python, with the key of tenant {gateway_chat.TENANT}:", markup=False)
    for line in gateway.in_python(model):
        OUT.print(f"    {line}", markup=False, soft_wrap=True)


def show(sandbox: Sandbox, stack: str) -> ExitCode:
    """Print endpoint, answer and command of every service, and what the sandbox is made of."""
    outputs = pulumi_cli.outputs(sandbox, stack)
    found = services(outputs)
    region = account.region_of(stack_file.copy_of(sandbox, stack))
    try:
        through = gateway_chat.gateway_of(sandbox, outputs, region)
        models = through.models() if through else []
        if through:
            for model in models:
                _through_the_gateway(through, model)
    except httpx.HTTPError as error:
        ERR.print(f"rehearse: the gateway at {outputs['gateway_url']} gave no chat completion: {error}", markup=False)
        return ExitCode.FAILED
    if not found and not models:
        OUT.print(f"stack {stack} has no services to ask")
    for service in found:
        try:
            answer = ask(service)
        except httpx.HTTPError as error:
            ERR.print(f"rehearse: {service.name} at {service.url} gave no chat completion: {error}", markup=False)
            return ExitCode.FAILED
        OUT.print(f"\n{service.name} at {service.url}", style="bold")
        OUT.print(f"  asked     {_QUESTION}", markup=False)
        OUT.print(f"  answered  {answer}", markup=False)
        OUT.print(f"  by hand   {by_hand(sandbox, stack, service)}", markup=False)
        OUT.print(f"  on AWS    {service.command}", markup=False)
    OUT.print()
    for line in fidelity.lines(sandbox):
        OUT.print(line, markup=False)
    return ExitCode.DONE

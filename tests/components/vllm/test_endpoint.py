import subprocess
from types import SimpleNamespace

import pulumi

from components.vllm.endpoint import UNASSIGNED, _address, chat_command
from foundation.service_settings import EndpointSettings
from tests.harness import deploy


def status(*ingress: object) -> object:
    return SimpleNamespace(load_balancer=SimpleNamespace(ingress=list(ingress) or None))


def test_an_address_is_a_name_or_a_number():
    assert _address(status(SimpleNamespace(hostname="lb.example.com", ip=None))) == "lb.example.com"
    assert _address(status(SimpleNamespace(hostname=None, ip="127.0.0.9"))) == "127.0.0.9"


def test_a_preview_without_an_address_says_so():
    assert _address(None) == UNASSIGNED
    assert _address(status()) == UNASSIGNED


def command(settings: EndpointSettings, model: str = "m") -> str:
    def program() -> None:
        pulumi.export("command", chat_command("chat", "llm", model, pulumi.Output.from_input("http://x"), settings))

    return str(deploy(program).exports["command"])


def test_commands_are_good_shell_even_with_a_quote_in_the_model_s_name():
    for settings in (
        EndpointSettings(),
        EndpointSettings(scheme="internet-facing", source_ranges=("198.51.100.0/24",)),
    ):
        subprocess.run(["bash", "-n", "-c", command(settings, "o'model")], check=True)


def test_the_port_forwarded_is_the_service_s():
    assert "8000:8080" in command(EndpointSettings(port=8080))

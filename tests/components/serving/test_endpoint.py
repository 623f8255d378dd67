import base64
import subprocess
from typing import Any

import pulumi

from components.kubernetes.scope import Scope
from components.serving.endpoint import chat_command
from settings.models.services.base import EndpointSettings
from tests.components.builders import service, service_settings, services
from tests.harness import Deployment, Registration, deploy


def command(settings: EndpointSettings, model: str = "m") -> str:
    def program() -> None:
        scope = Scope(name="chat", namespace="llm", parent=pulumi.ComponentResource("test:it:It", "chat"))
        url = pulumi.Output.from_input("http://x")
        pulumi.export("command", chat_command(scope, model, url, settings, port=8000))

    return str(deploy(program).exports["command"])


def test_commands_are_good_shell_even_with_a_quote_in_the_model_s_name():
    for settings in (
        EndpointSettings(),
        EndpointSettings(scheme="internet-facing", source_ranges=("198.51.100.0/24",)),
    ):
        subprocess.run(["bash", "-n", "-c", command(settings, "o'model")], check=True)


def test_the_port_forwarded_is_the_service_s():
    assert "8000:8080" in command(EndpointSettings(port=8080))


def endpoint(run: Deployment) -> Registration:
    return run.one("kubernetes:core/v1:Service")


def annotation(run: Deployment, name: str) -> str | None:
    found = endpoint(run).inputs["metadata"]["annotations"].get(f"service.beta.kubernetes.io/aws-load-balancer-{name}")
    return str(found) if found else None


def test_the_load_balancer_is_internal_unless_asked_otherwise():
    run = service()
    spec = endpoint(run).inputs["spec"]
    assert spec["loadBalancerClass"] == "service.k8s.aws/nlb"
    assert spec["ports"] == [{"name": "http", "port": 80, "targetPort": 8000, "protocol": "TCP"}]
    assert annotation(run, "scheme") == "internal"
    assert annotation(run, "nlb-target-type") == "ip"
    assert spec["loadBalancerSourceRanges"] == ["10.0.0.0/16"], "the VPC and nothing that is routed to it"
    assert annotation(run, "listener-attributes.TCP-80") == "tcp.idle_timeout.seconds=3600"
    tags = annotation(run, "additional-resource-tags")
    assert tags == "managed-by=pulumi,owner=ml-platform,project=llm-platform,stack=dev"


def test_facing_the_internet_it_admits_named_networks_at_fixed_addresses():
    run = service(
        endpoint={
            "scheme": "internet-facing",
            "source_ranges": ["198.51.100.0/24"],
            "eip_allocations": ["eipalloc-0123456789abcdef0", "eipalloc-0123456789abcdef1"],
        }
    )
    assert annotation(run, "scheme") == "internet-facing"
    assert annotation(run, "eip-allocations") == "eipalloc-0123456789abcdef0,eipalloc-0123456789abcdef1"
    assert endpoint(run).inputs["spec"]["loadBalancerSourceRanges"] == ["198.51.100.0/24"]


def test_an_internal_one_admits_the_networks_it_names_instead_of_the_vpc():
    run = service(endpoint={"source_ranges": ["10.0.0.0/16", "172.16.0.0/12"]})
    assert endpoint(run).inputs["spec"]["loadBalancerSourceRanges"] == ["10.0.0.0/16", "172.16.0.0/12"]


def test_on_a_platform_that_does_not_say_its_network_nothing_is_made_up():
    run = services(("chat", service_settings()), network_cidr=None)
    assert "loadBalancerSourceRanges" not in endpoint(run).inputs["spec"]


def outputs(run: Deployment) -> dict[str, Any]:
    return next(values for urn, values in run.outputs.items() if urn.endswith("VllmService::chat"))


def test_outputs_say_where_it_is_and_how_to_ask_it():
    internal = outputs(service())
    assert internal["url"] == "http://chat.elb.example.com"
    assert "kubectl --namespace llm port-forward service/chat 8000:80" in internal["command"]
    public = outputs(
        service(endpoint={"scheme": "internet-facing", "source_ranges": ["198.51.100.0/24"], "port": 8080})
    )
    assert public["url"] == "http://chat.elb.example.com:8080"
    assert public["command"].startswith("curl")
    assert "http://chat.elb.example.com:8080/v1/chat/completions" in public["command"]
    assert internal["api_key"] not in internal["command"]


def test_the_exported_key_is_the_one_in_the_secret():
    run = service()
    drawn = base64.b64decode(run.one("Secret").inputs["data"]["api_key"]).decode()
    assert outputs(run)["api_key"] == drawn

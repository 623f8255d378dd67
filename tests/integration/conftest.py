"""One sandbox a module, under a name and on ports of its own, taken away at the end."""

import copy
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from rehearsal.bench.driver import Rehearsal, Running
from rehearsal.commands.chat_check import Service, services
from rehearsal.controlplane.client import KubeClient
from rehearsal.sandboxes import CHECKOUT, find
from rehearsal.stacks import pulumi_cli
from workspace.files import write_atomically

Settings = dict[str, Any]
WITHOUT_GUARDRAILS = "--no-policy-pack"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.integration)


@dataclass(kw_only=True)
class GuardedRehearsal(Rehearsal):
    """A sandbox whose guardrails a test can turn off: an `up` then has no preview before it, and takes half the time."""

    guardrails: bool = True

    def start(
        self, operation: str, stack: str, *arguments: str, environment: Mapping[str, str] | None = None
    ) -> Running:
        if not self.guardrails and operation in ("preview", "up"):
            arguments = (WITHOUT_GUARDRAILS, *arguments)
        return super().start(operation, stack, *arguments, environment=environment)


class Config:
    """A view of a stack's settings that adds the namespace to each key."""

    def __init__(self, values: Settings) -> None:
        self._values = values

    def __getitem__(self, key: str) -> Any:
        return self._values[f"llm-platform:{key}"]

    def __setitem__(self, key: str, value: Any) -> None:
        self._values[f"llm-platform:{key}"] = value


def on_node_groups(made: "Stack") -> "Stack":
    """The stack with its GPUs in the node group ``g5``, and without Karpenter: nodes are there before pods need them."""
    made.config["pools"] = {
        "system": made.config["pools"]["system"],
        "g5": {
            "kind": "gpu",
            "instance_types": ["g5.2xlarge", "g5.4xlarge"],
            "capacity": "spot",
            "min": 0,
            "max": 2,
            "disk_gib": 200,
        },
    }
    for service in made.config["services"].values():
        service["pool"] = "g5"
    return made


class Stack:
    """One stack in a sandbox: its settings as a document to change, and what can be done with it."""

    def __init__(self, rehearsal: GuardedRehearsal, name: str, settings: Settings, folder: Path) -> None:
        self.rehearsal = rehearsal
        self.name = name
        self.settings = settings
        self._folder = folder

    @property
    def config(self) -> "Config":
        """The settings below `config:`, by their keys without the namespace; changes go through."""
        return Config(self.settings["config"])

    def run(self, operation: str, *arguments: str):
        """Run an operation with the settings as they are now."""
        self.write()
        return self.rehearsal.run(operation, self.name, *arguments)

    def start(self, operation: str, *arguments: str):
        """Start an operation with the settings as they are now."""
        self.write()
        return self.rehearsal.start(operation, self.name, *arguments)

    def write(self) -> None:
        path = self._folder / f"Pulumi.{self.name}.yaml"
        # Another operation of the test may be reading it.
        write_atomically(path, yaml.safe_dump(self.settings, sort_keys=False))
        self.rehearsal.files[self.name] = path

    def sandbox_exists(self) -> bool:
        return find(self.rehearsal.name) is not None

    def outputs(self) -> dict[str, Any]:
        return pulumi_cli.outputs(self.rehearsal.sandbox, self.name)

    def services(self) -> dict[str, Service]:
        return {service.name: service for service in services(self.outputs())}


@pytest.fixture(scope="module")
def rehearsal(request: pytest.FixtureRequest) -> Iterator[GuardedRehearsal]:
    made = GuardedRehearsal(name=request.module.__name__.rpartition(".")[2].replace("_", "-")[:30])
    made.down()
    yield made
    made.down()


@pytest.fixture(scope="module")
def stack(rehearsal: GuardedRehearsal, tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Stack]:
    """A stack of the checkout, with its committed settings to begin with, but for gateway and monitoring: a test that is about one sets it,
    and the others reach services at their own load balancers.
    """
    folder = tmp_path_factory.mktemp("stacks")

    def make(name: str, settings: Settings | None = None) -> Stack:
        document = settings or yaml.safe_load((CHECKOUT / f"Pulumi.{name}.yaml").read_text())
        mine = copy.deepcopy(document)
        mine["config"].pop("llm-platform:gateway", None)
        if "llm-platform:cluster" in mine["config"]:
            mine["config"]["llm-platform:monitoring"] = {"size": "none"}
        return Stack(rehearsal, name, mine, folder)

    return make


@pytest.fixture
def kube(rehearsal: GuardedRehearsal) -> Iterator[KubeClient]:
    with KubeClient.from_kubeconfig(rehearsal.sandbox.admin_kubeconfig) as made:
        yield made


@pytest.fixture
def client() -> Iterator[Callable[[Service], httpx.Client]]:
    """HTTP clients of a service, without its key."""
    made: list[httpx.Client] = []

    def connect(service: Service) -> httpx.Client:
        made.append(httpx.Client(base_url=service.url, timeout=20, trust_env=False))
        return made[-1]

    yield connect
    for each in made:
        each.close()

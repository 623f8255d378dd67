"""A moto server of its own for a session of tests, and the provider's hooks over it."""

import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from rehearsal.aws.provider import AwsProvider
from rehearsal.plugins.provider import Resource
from rehearsal.sandbox import ENVIRONMENT_VARIABLE, Sandbox
from rehearsal.sandboxes import free_ports


def make_sandbox(root: Path) -> Sandbox:
    sandbox = Sandbox(root=root, name="test", ports=free_ports())
    sandbox.save()
    return sandbox


@dataclass
class Moto:
    """The server process of a sandbox, to be killed and started again."""

    sandbox: Sandbox
    process: subprocess.Popen | None = None

    def start(self) -> None:
        environment = os.environ | {ENVIRONMENT_VARIABLE: str(self.sandbox.root)}
        log = (self.sandbox.root / "moto.log").open("ab")
        command = [sys.executable, "-m", "rehearsal.aws.server"]
        self.process = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
        log.close()
        deadline = time.monotonic() + 120
        while time.monotonic() < deadline:
            try:
                with urllib.request.urlopen(f"{self.sandbox.aws_url}/moto-api/data.json", timeout=60):  # noqa: S310 - our own server
                    return
            except (urllib.error.URLError, ConnectionError):
                if self.process.poll() is not None:
                    break
                time.sleep(0.1)
        raise AssertionError((self.sandbox.root / "moto.log").read_text())

    def kill(self) -> None:
        if self.process is not None:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait()
            self.process = None


@pytest.fixture(scope="session")
def sandbox(tmp_path_factory):
    sandbox = make_sandbox(tmp_path_factory.mktemp("sandbox"))
    moto = Moto(sandbox)
    moto.start()
    yield sandbox
    moto.kill()


@dataclass
class Stack:
    """What the engine does with a resource, without the engine: Check, Create, Diff, Update, Read, Delete."""

    provider: AwsProvider
    made: list = field(default_factory=list)

    def resource(self, kind: str, name: str) -> Resource:
        return Resource.of(f"urn:pulumi:dev::test::{kind}::{name}")

    def check(self, kind: str, name: str, inputs: dict, olds: dict | None = None) -> dict:
        checked = self.provider.check(self.resource(kind, name), olds or {}, inputs, b"")
        assert not checked.failures, checked.failures
        return checked.inputs

    def problems(self, kind: str, inputs: dict) -> list[str]:
        checked = self.provider.check(self.resource(kind, "x"), {}, inputs, b"")
        return [f"{failure.property}: {failure.reason}" for failure in checked.failures]

    def create(self, kind: str, name: str, /, **inputs) -> "Made":
        resource = self.resource(kind, name)
        checked = self.check(kind, name, inputs)
        created = self.provider.create(resource, checked, preview=False, timeout=0)
        made = Made(self, resource, created.id, checked, created.outputs)
        self.made.append(made)
        return made

    def destroy(self) -> None:
        while self.made:
            made = self.made[-1]
            made.delete()


@dataclass
class Made:
    stack: Stack
    resource: Resource
    id: str
    inputs: dict
    outputs: dict

    def __getitem__(self, key):
        return self.outputs[key]

    def diff(self, /, **news):
        checked = self.stack.check(self.resource.type, self.resource.name, news, self.inputs)
        return self.stack.provider.diff(
            self.resource, self.id, old_inputs=self.inputs, old_outputs=self.outputs, news=checked, ignore_changes=[]
        )

    def update(self, /, **news) -> None:
        checked = self.stack.check(self.resource.type, self.resource.name, news, self.inputs)
        self.outputs = self.stack.provider.update(
            self.resource,
            self.id,
            old_inputs=self.inputs,
            old_outputs=self.outputs,
            news=checked,
            ignore_changes=[],
            preview=False,
            timeout=0,
        )
        self.inputs = checked

    def read(self):
        return self.stack.provider.read(self.resource, self.id, self.inputs, self.outputs)

    def delete(self) -> None:
        self.stack.provider.delete(self.resource, self.id, self.inputs, self.outputs, timeout=0)
        if self in self.stack.made:
            self.stack.made.remove(self)


@pytest.fixture
def stack(sandbox):
    provider = AwsProvider(sandbox)
    provider.configure({"region": "us-east-1", "defaultTags": '{"tags": {"owner": "ml-platform"}}'})
    stack = Stack(provider)
    yield stack
    stack.destroy()

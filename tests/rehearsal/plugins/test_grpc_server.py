"""The protocol, spoken to a plugin process as the engine does."""

import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import grpc
import psutil
import pytest
from google.protobuf.empty_pb2 import Empty
from pulumi.runtime.proto import provider_pb2, provider_pb2_grpc, status_pb2

from rehearsal.plugins.launcher import write_plugin_dir
from rehearsal.plugins.provider import Resource
from rehearsal.plugins.wire import UNKNOWN, Secret, decode, encode
from rehearsal.sandbox import ENVIRONMENT_VARIABLE

URN = "urn:pulumi:dev::p::llm:network:LlmVpc$toy:index:Thing::it"
TOY = Path(__file__).with_name("toy_provider.py")


@pytest.fixture(scope="module")
def plugin(tmp_path_factory):
    root = tmp_path_factory.mktemp("sandbox")
    environment = os.environ | {ENVIRONMENT_VARIABLE: str(root), "PYTHONPATH": str(TOY.parents[3])}
    with subprocess.Popen([sys.executable, TOY, "127.0.0.1:1"], stdout=subprocess.PIPE, env=environment) as process:
        port = int(process.stdout.readline())
        with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
            stub = provider_pb2_grpc.ResourceProviderStub(channel)
            stub.root = root
            yield stub
        process.kill()


def create(plugin, *, preview=False, **inputs):
    return plugin.Create(provider_pb2.CreateRequest(urn=URN, properties=encode(inputs), preview=preview))


def test_handshake_and_info(plugin):
    assert plugin.Handshake(provider_pb2.ProviderHandshakeRequest()).accept_secrets
    assert plugin.GetPluginInfo(Empty()).version == "1.2.3"
    assert plugin.Configure(provider_pb2.ConfigureRequest(args=encode({"a": 1}))).supportsPreview


def test_check_keeps_secrets_and_tells_failures(plugin):
    answer = plugin.Check(provider_pb2.CheckRequest(urn=URN, news=encode({"token": Secret("s"), "size": 9})))
    assert decode(answer.inputs) == {"token": Secret("s"), "size": 9, "colour": "red"}
    assert [(failure.property, failure.reason) for failure in answer.failures] == [("size", "is too big")]


def test_create_keeps_secrets_and_unknowns(plugin):
    answer = create(plugin, preview=True, token=Secret("hush"), later=UNKNOWN)
    assert answer.id == ""
    assert decode(answer.properties) == {"token": Secret("hush"), "later": UNKNOWN, "length": 4}


def test_diff(plugin):
    request = provider_pb2.DiffRequest(
        id="x", urn=URN, old_inputs=encode({"name": "a", "size": 1}), news=encode({"name": "b", "size": 2})
    )
    answer = plugin.Diff(request)
    kinds = provider_pb2.PropertyDiff.Kind
    assert answer.changes == provider_pb2.DiffResponse.DIFF_SOME
    assert list(answer.replaces) == ["name"]
    assert {path: diff.kind for path, diff in answer.detailedDiff.items()} == {
        "name": kinds.Value("UPDATE_REPLACE"),
        "size": kinds.Value("UPDATE"),
    }
    same = provider_pb2.DiffRequest(id="x", urn=URN, old_inputs=encode({"a": 1}), news=encode({"a": 1}))
    assert plugin.Diff(same).changes == provider_pb2.DiffResponse.DIFF_NONE


def test_read(plugin):
    found = plugin.Read(provider_pb2.ReadRequest(id="x", urn=URN, properties=encode({"token": Secret("s")})))
    assert decode(found.properties) == {"token": Secret("s")}
    assert plugin.Read(provider_pb2.ReadRequest(id="gone", urn=URN)).id == ""


def test_errors_are_one_clean_line(plugin):
    with pytest.raises(grpc.RpcError) as refused:
        create(plugin, mood="refused")
    assert refused.value.details() == "CreateThing: no more things"
    with pytest.raises(grpc.RpcError) as broken:
        create(plugin, mood="broken")
    log = plugin.root / "logs" / "plugin-toy.log"
    assert broken.value.details() == f"the rehearsal's toy provider failed: KeyError: 'a bug' (traceback in {log})"
    assert "Traceback" in log.read_text()


def test_partial_failure_names_the_resource(plugin):
    with pytest.raises(grpc.RpcError) as error:
        create(plugin, mood="half", token=Secret("s"))
    status = status_pb2.Status.FromString(dict(error.value.trailing_metadata())["grpc-status-details-bin"])
    detail = provider_pb2.ErrorResourceInitFailed()
    assert status.details[0].Unpack(detail)
    assert (detail.id, list(detail.reasons)) == ("thing-1", ["it never became ready"])
    assert decode(detail.properties)["token"] == Secret("s")


def test_unknown_types_and_functions_are_named(plugin):
    other = URN.replace("Thing", "Other")
    with pytest.raises(grpc.RpcError, match="toy provider has no toy:index:Other"):
        plugin.Check(provider_pb2.CheckRequest(urn=other))
    with pytest.raises(grpc.RpcError, match="toy provider has no toy:index:what"):
        plugin.Invoke(provider_pb2.InvokeRequest(tok="toy:index:what"))
    answer = plugin.Invoke(provider_pb2.InvokeRequest(tok="toy:index:echo", args=encode({"a": 1})))
    assert decode(getattr(answer, "return")) == {"echo": {"a": 1}}


def test_sixteen_creates_run_at_once(plugin):
    # Each waits until all sixteen are there.
    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(lambda _: create(plugin, mood="together"), range(16)))
    assert {answer.id for answer in answers} == {"thing-1"}


def test_a_urn_tells_type_and_name():
    assert Resource.of(URN) == Resource(urn=URN, type="toy:index:Thing", name="it")


def test_a_plugin_ends_with_its_parent(tmp_path):
    starter = f"import subprocess, sys; p = subprocess.Popen([sys.executable, {str(TOY)!r}]); print(p.pid, flush=True); input()"
    environment = os.environ | {"PYTHONPATH": str(TOY.parents[3])}
    command = [sys.executable, "-c", starter]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment) as parent:
        child = psutil.Process(int(parent.stdout.readline()))
        parent.stdout.readline()  # the plugin's port: it serves
        assert child.is_running()
        parent.send_signal(signal.SIGKILL)
        parent.wait()
    deadline = time.monotonic() + 60
    while child.is_running() and child.status() != psutil.STATUS_ZOMBIE:
        assert time.monotonic() < deadline, "the plugin outlived its parent"
        time.sleep(0.05)


def test_the_launcher_runs_this_python(tmp_path):
    folder = write_plugin_dir(tmp_path / "a folder" / "aws", "aws")
    script = folder / "pulumi-resource-aws"
    assert os.access(script, os.X_OK)
    assert f"{sys.executable} -P -m rehearsal.aws" in script.read_text()

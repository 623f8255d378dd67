import hashlib
import json
import os
import shutil
import subprocess
import sys
import zipfile
from contextlib import closing
from pathlib import Path

import boto3
import pytest
from moto.server import ThreadedMotoServer

from gateway.archive import build, packages
from gateway.archive.errors import ArchiveError
from gateway.archive.pruning import AWS_SERVICES
from rehearsal.engine import toolchain
from tests.gateway.support.table import REGION, create_table

CLIENT = {"aws_access_key_id": "testing", "aws_secret_access_key": "testing"}

TABLE_CALLS = """
import importlib, pkgutil
import gateway.config, gateway.store.keys, gateway.store.tenants, gateway.store.table, httpx, prometheus_client
import google.protobuf.struct_pb2
from google.protobuf.internal import api_implementation
from botocore.session import Session

table = gateway.store.table.Table.open("t" + VERSION, "us-east-1", endpoint=ENDPOINT)
gateway.store.tenants.save(table, "acme", {"tokens_per_minute": 5}, version=0)
secret, key = gateway.store.keys.create(table, "acme", "laptop", created_by="ann", now=1)
s3 = Session().create_client("s3", region_name="us-east-1", endpoint_url=ENDPOINT)
s3.create_bucket(Bucket="b" + VERSION)
s3.put_object(Bucket="b" + VERSION, Key="gateway/usage/2026-11.csv", Body=b"x")
sts = Session().create_client("sts", region_name="us-east-1", endpoint_url=ENDPOINT)
modules = [
    importlib.import_module(module.name)
    for module in pkgutil.walk_packages(gateway.__path__, "gateway.")
    if not module.name.endswith("__main__")
]
print(json.dumps({
    "policy": any(module.__name__ == "gateway.policy.worker" for module in modules),
    "found": gateway.store.keys.find(table, gateway.store.keys.digest_of(secret)) == key,
    "account": sts.get_caller_identity()["Account"],
    "protobuf": api_implementation.Type(),
    "messages": google.protobuf.struct_pb2.__file__,
}))
"""


@pytest.fixture(scope="module")
def archive() -> Path:
    return build.build()


@pytest.fixture(scope="module")
def unpacked(archive: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("unpacked")
    with zipfile.ZipFile(archive) as stream:
        stream.extractall(folder)
    return folder


def other_python() -> str | None:
    """Python 3.13, which the cluster has."""
    for command in (shutil.which("python3.13"), *map(str, Path.home().glob(".pyenv/versions/3.13.*/bin/python3.13"))):
        if command and subprocess.run([command, "-c", ""], capture_output=True, check=False).returncode == 0:
            return command
    return None


def alone(python: str, folder: Path, code: str, **environment: str) -> str:
    """What ``code`` prints where nothing can be imported but the standard library and the archive."""
    start = f"import json, sys; sys.path.insert(0, {str(folder)!r})\n"
    # -S: no site-packages. -I: neither PYTHONPATH nor the current folder.
    command = [python, "-I", "-S", "-B", "-c", start + code]
    answer = subprocess.run(
        command, env={"HOME": str(folder), **environment}, cwd="/", capture_output=True, text=True, check=False
    )
    assert answer.returncode == 0, answer.stderr[-2000:]
    return answer.stdout


def test_the_same_sources_give_the_same_bytes(archive: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(build.CACHE_VARIABLE, str(tmp_path / "cache"))
    again = build.build()
    assert again.is_relative_to(tmp_path)
    assert again.read_bytes() == archive.read_bytes()
    assert build.digest_of(again) == build.digest_of(archive) == hashlib.sha256(archive.read_bytes()).hexdigest()


def test_it_is_built_once(archive: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packages, "find_uv", lambda: pytest.fail("built again"))
    assert build.build() == archive


def test_it_is_built_again_for_other_sources(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, archive: Path) -> None:
    copy = tmp_path / "gateway"
    shutil.copytree(build._PACKAGE, copy, ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(build, "_PACKAGE", copy)
    assert build._sources_digest() == archive.parent.name
    (copy / "store" / "table.py").write_text("changed = True\n")
    assert build._sources_digest() != archive.parent.name


def test_three_extensions_are_inside_and_nothing_of_operators(archive: Path) -> None:
    with zipfile.ZipFile(archive) as stream:
        names = stream.namelist()
    extensions = {name.rpartition("/")[2] for name in names if name.endswith(".so")}
    assert extensions == {
        "_message.abi3.so",
        *(f"{name}.cpython-{python}-x86_64-linux-gnu.so" for name in ("_re2", "loop") for python in ("311", "313")),
    }
    assert {"gateway/config.py", "gateway/store/table.py", "six.py", "certifi/cacert.pem"} <= set(names)
    assert not [name for name in names if name.startswith(("gateway/archive", "bin/")) or "__pycache__" in name]
    services = {name.split("/")[2] for name in names if name.startswith("botocore/data/") and name.count("/") > 2}
    assert services == set(AWS_SERVICES)


@pytest.mark.parametrize("version", ["3.11", "3.13"])
def test_it_runs_alone(unpacked: Path, version: str, monkeypatch: pytest.MonkeyPatch) -> None:
    python = sys.executable if sys.version_info[:2] == (3, 11) and version == "3.11" else other_python()
    if python is None:
        pytest.skip("there is no Python 3.13 on this machine")
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    try:
        host, port = server.get_host_and_port()
        endpoint = f"http://{host}:{port}"
        with closing(boto3.client("dynamodb", REGION, endpoint_url=endpoint, **CLIENT)) as client:
            create_table(client, f"t{version}")
        code = TABLE_CALLS.replace("ENDPOINT", repr(endpoint)).replace("VERSION", repr(version))
        keys = {"AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "testing"}
        answer = json.loads(alone(python, unpacked, code, **keys))
    finally:
        server.stop()
    assert answer == {
        "policy": True,
        "found": True,
        "account": "123456789012",
        "protobuf": "upb",
        "messages": str(unpacked / "google" / "protobuf" / "struct_pb2.py"),
    }


def test_messages_of_envoy_that_a_source_imports_can_be_imported(tmp_path: Path) -> None:
    from gateway.archive.packages import installed_packages
    from gateway.archive.pruning import pruned

    imports = "from envoy.service.auth.v3 import external_auth_pb2\nfrom envoy.service.accesslog.v3 import als_pb2\n"
    source = tmp_path / "source.py"
    source.write_text(imports)
    files = pruned(installed_packages(tmp_path / "packages"), [source])
    build.write_zip(tmp_path / "pruned.zip", files)
    with zipfile.ZipFile(tmp_path / "pruned.zip") as stream:
        stream.extractall(tmp_path / "tree")
    names = "external_auth_pb2.CheckRequest.DESCRIPTOR.name, als_pb2.StreamAccessLogsMessage.DESCRIPTOR.name"
    assert alone(sys.executable, tmp_path / "tree", f"{imports}print({names})").split() == [
        "CheckRequest",
        "StreamAccessLogsMessage",
    ]
    messages = [name for name in files if name.startswith("envoy/") and name.endswith("_pb2.py")]
    assert 10 < len(messages) < 120


def test_the_cache_is_the_rehearsals(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert build.CACHE_VARIABLE == toolchain.CACHE_VARIABLE
    for name, value in ((build.CACHE_VARIABLE, None), ("XDG_CACHE_HOME", str(tmp_path)), (build.CACHE_VARIABLE, "/c")):
        monkeypatch.delenv(name, raising=False) if value is None else monkeypatch.setenv(name, value)
        assert build.cache_directory() == toolchain.cache_directory()


def test_a_cache_that_cannot_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv(build.CACHE_VARIABLE, str(tmp_path / "file"))
    with pytest.raises(ArchiveError, match="Not a directory; name another folder in LLM_PLATFORM_CACHE"):
        build.build()


def test_archives_that_were_not_used_for_a_week_are_removed(tmp_path: Path) -> None:
    for name, days in (("old", 8), ("new", 6)):
        (tmp_path / name).mkdir()
        (tmp_path / name / "a.zip").write_text("")
        then = build.time.time() - days * 86_400
        os.utime(tmp_path / name, (then, then))
    build._remove_unused(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["new"]

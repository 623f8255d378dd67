import hashlib
import io
import logging
import os
import stat
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError, EndpointConnectionError, NoCredentialsError
from moto import mock_aws

from components.payloads import fetch_archive
from components.payloads.fetch_archive import FetchError, fetch

KEY = "gateway/archive.zip"
FILES = {"gateway/__init__.py": b"", "gateway/policy/__main__.py": b"print('policy')\n", "grpc/a.so": bytes(3_000_000)}


def archive(files: dict[str, bytes], *, mode: int = 0o100644) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as stream:
        for name, content in files.items():
            entry = zipfile.ZipInfo(name)
            entry.external_attr = mode << 16
            stream.writestr(entry, content)
    return buffer.getvalue()


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


@pytest.fixture
def s3(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """A client, and a bucket with an archive; waits take no time."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    monkeypatch.setattr(fetch_archive.time, "sleep", lambda _: None)
    with mock_aws():
        client = boto3.client("s3")
        client.create_bucket(Bucket="models")
        client.put_object(Bucket="models", Key=KEY, Body=archive(FILES))
        yield client


class Flaky:
    """A client whose first calls fail."""

    def __init__(self, s3: Any, *failures: Exception) -> None:
        self.s3, self.failures, self.calls = s3, list(failures), 0

    def get_object(self, **arguments: str) -> Any:
        self.calls += 1
        if self.failures:
            raise self.failures.pop(0)
        return self.s3.get_object(**arguments)


def test_the_archive_is_unpacked(s3: Any, tmp_path: Path) -> None:
    folder = tmp_path / "opt"
    for _ in range(2):  # a restarted init container finds the first one's files
        assert fetch(s3, "models", KEY, sha256(archive(FILES)), folder) == 3
    found = {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    compiled = {name for name in found if name.endswith(".pyc")}
    assert {name: content for name, content in found.items() if name not in compiled} == FILES
    assert len(compiled) == 2


def test_what_cannot_be_compiled_is_no_failure(s3: Any, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    content = archive({"newer.py": b"match ]"})
    s3.put_object(Bucket="models", Key=KEY, Body=content)
    assert fetch(s3, "models", KEY, sha256(content), tmp_path) == 1
    assert capfd.readouterr().out == ""


def test_another_checksum_is_never_unpacked(s3: Any, tmp_path: Path) -> None:
    client = Flaky(s3)
    with pytest.raises(FetchError) as raised:
        fetch(client, "models", KEY, "0" * 64, tmp_path)
    assert str(raised.value) == (
        f"s3://models/{KEY}: given up after 6 attempts: its SHA-256 is {sha256(archive(FILES))} and not {'0' * 64}; "
        "deploy the stack again, which writes it"
    )
    assert client.calls == 6
    assert list(tmp_path.iterdir()) == []


def test_what_fails_for_a_while_is_tried_again(s3: Any, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    denied = ClientError({"Error": {"Code": "AccessDenied", "Message": "not yet"}}, "GetObject")
    client = Flaky(s3, denied, EndpointConnectionError(endpoint_url="https://s3"), ConnectionResetError("reset"))
    assert fetch(client, "models", KEY, sha256(archive(FILES)), tmp_path) == 3
    assert client.calls == 4
    assert "AccessDenied: not yet; attempt 2 follows in 1 s" in caplog.text


@pytest.mark.parametrize(
    ("error", "fix"),
    [
        (ClientError({"Error": {"Code": "NoSuchKey", "Message": "gone"}}, "GetObject"), "deploy the stack again"),
        (EndpointConnectionError(endpoint_url="https://s3"), "check that the pod reaches S3"),
        (NoCredentialsError(), "give the pod's ServiceAccount its role"),
    ],
)
def test_a_failure_that_lasts_is_one_line_with_a_fix(s3: Any, tmp_path: Path, error: Exception, fix: str) -> None:
    with pytest.raises(FetchError, match=fix) as raised:
        fetch(Flaky(s3, *[error] * 9), "models", KEY, "0" * 64, tmp_path)
    assert "\n" not in str(raised.value)
    assert f"s3://models/{KEY}" in str(raised.value)


@pytest.mark.parametrize(
    ("name", "mode"),
    [
        ("../escape.py", 0o100644),
        ("a/../../escape.py", 0o100644),
        ("/etc/escape.py", 0o100644),
        ("a\\..\\escape.py", 0o100644),
        ("link", stat.S_IFLNK | 0o777),
        ("folder/", 0o040755),
    ],
)
def test_entries_that_are_not_plain_files_inside(s3: Any, tmp_path: Path, name: str, mode: int) -> None:
    content = archive({"fine.py": b"", name: b"/etc/passwd"}, mode=mode)
    s3.put_object(Bucket="models", Key=KEY, Body=content)
    with pytest.raises(FetchError, match="which may not be unpacked"):
        fetch(s3, "models", KEY, sha256(content), tmp_path / "opt")
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_too_large_and_not_a_zip(s3: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetch_archive, "MOST_BYTES", 100)
    with pytest.raises(FetchError, match="more than 100 bytes"):
        fetch(s3, "models", KEY, sha256(archive(FILES)), tmp_path)
    s3.put_object(Bucket="models", Key=KEY, Body=b"not a zip")
    with pytest.raises(FetchError, match="cannot be unpacked"):
        fetch(s3, "models", KEY, sha256(b"not a zip"), tmp_path)


def test_a_folder_that_cannot_be_written(s3: Any, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(FetchError, match="cannot be unpacked into"):
        fetch(s3, "models", KEY, sha256(archive(FILES)), tmp_path / "file" / "opt")


def test_main_becomes_the_program_in_its_arguments(
    s3: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    started: list[tuple[str, list[str]]] = []
    monkeypatch.setattr(os, "execvp", lambda file, arguments: started.append((file, arguments)))
    for name, value in {"BUCKET": "models", "KEY": KEY, "FOLDER": str(tmp_path)}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("SHA256", sha256(archive(FILES)))
    monkeypatch.setattr(sys, "argv", ["fetch", "python", "-m", "gateway.envoy"])
    with caplog.at_level(logging.INFO):
        assert fetch_archive.main() == 0
    assert started == [("python", ["python", "-m", "gateway.envoy"])]
    assert f"{KEY}: 3 files in {tmp_path}" in caplog.text

    monkeypatch.setenv("SHA256", "0" * 64)
    assert fetch_archive.main() == 1
    assert len(started) == 1


def test_the_script_alone_reports_one_line(tmp_path: Path) -> None:
    script = str(Path(fetch_archive.__file__))
    code = f"import time; time.sleep = lambda _: None; import runpy; runpy.run_path({script!r}, run_name='__main__')"
    environment = {
        "PATH": os.environ["PATH"],
        "BUCKET": "models",
        "KEY": KEY,
        "SHA256": "0" * 64,
        "FOLDER": str(tmp_path),
        "AWS_ENDPOINT_URL": "http://127.0.0.1:1",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
    }
    answer = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False)
    assert answer.returncode == 1
    last = answer.stderr.splitlines()[-1]
    assert "given up after 6 attempts: EndpointConnectionError" in last
    assert "Traceback" not in answer.stderr

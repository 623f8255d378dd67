import hashlib
import io
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import boto3
import pytest
from moto import mock_aws

from components.payloads import mirror_weights
from components.payloads.mirror_weights import Hub, HubFile, MirrorError, Prefix, mirror

NOW = 1_800_000_000.0  # 2027-01-15 08:00:00 UTC
MODEL = "owner/model"
COMMIT = "c0ffee"
SHARD = b"weights" * 50_000
CONFIG = b'{"architectures": []}'
CONTENT = {
    "config.json": CONFIG,
    "model-00001-of-00001.safetensors": SHARD,
    "pytorch_model.bin": b"not wanted",
    "original/params.json": b"not wanted",
    "README.md": b"not wanted",
}


class FakeHub(ThreadingHTTPServer):
    """A Hub on loopback that counts what is asked of it, and can send less than it announced."""

    storage: str | None = None
    """Address of the storage behind it, where that is another."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.asked: list[tuple[str, str | None]] = []
        self.truncated = 0
        self.gated = False
        self.busy: list[tuple[str, int, dict[str, str]]] = []
        """Answers to give first: part of the path, status, headers."""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class _Handler(BaseHTTPRequestHandler):
    server: FakeHub

    def do_GET(self) -> None:
        path = self.path.partition("?")[0]
        self.server.asked.append((path, self.headers["Authorization"]))
        first = next((one for one in self.server.busy if one[0] in path), None)
        if first:
            self.server.busy.remove(first)
            self._send(b"busy", status=first[1], headers=first[2])
        elif path.startswith("/storage/"):
            self._send(self._content(path.removeprefix("/storage/")))
        elif self.server.gated and self.headers["Authorization"] != "Bearer hf_x":
            self._send(b"gated", status=401)
        elif path == f"/api/models/{MODEL}/revision/main":
            self._send(json.dumps({"sha": COMMIT, "siblings": [_sibling(name) for name in CONTENT]}).encode())
        elif path.startswith(f"/{MODEL}/resolve/{COMMIT}/"):
            self.send_response(302)
            self.send_header("Location", f"{self.server.storage or self.server.url}/storage/{path.split('/', 5)[5]}")
            self.send_header("Content-Length", "0")
            self.end_headers()
        else:
            self._send(b"no", status=404)

    def _content(self, name: str) -> bytes:
        if name.endswith(".safetensors") and self.server.truncated:
            self.server.truncated -= 1
            return CONTENT[name][:-1]
        return CONTENT[name]

    def _send(self, body: bytes, status: int = 200, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: Any) -> None:
        """Keep the test's output clean."""


def _sibling(name: str) -> dict[str, Any]:
    entry: dict[str, Any] = {"rfilename": name, "size": len(CONTENT[name])}
    if name.endswith(".safetensors"):
        entry["lfs"] = {"sha256": hashlib.sha256(CONTENT[name]).hexdigest()}
    return entry


class Clock:
    """Time that passes only while somebody sleeps."""

    def __init__(self) -> None:
        self.slept: list[float] = []

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)

    def monotonic(self) -> float:
        return sum(self.slept)

    def time(self) -> float:
        return NOW + sum(self.slept)


@pytest.fixture
def clock(monkeypatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(mirror_weights, "time", made)
    return made


@pytest.fixture
def hub(clock) -> Iterator[FakeHub]:
    server = FakeHub()
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(scope="module")
def storage() -> Iterator[Any]:
    with pytest.MonkeyPatch.context() as patch, mock_aws():
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
            patch.setenv(name, "test")
        client = boto3.client("s3", region_name="us-east-1")
        client.create_bucket(Bucket="models")
        yield client


@pytest.fixture
def s3(storage) -> Iterator[Any]:
    yield storage
    for key in objects(storage):
        storage.delete_object(Bucket="models", Key=key)


def copy(hub: FakeHub, s3: Any, token: str | None = None) -> bool:
    return mirror(Hub(token, hub.url), Prefix(s3, "models", "weights/model/", MODEL), "main")


def objects(s3: Any) -> dict[str, int]:
    return {one["Key"]: one["Size"] for one in s3.list_objects_v2(Bucket="models").get("Contents", [])}


def downloads(hub: FakeHub) -> list[str]:
    return [path.removeprefix("/storage/") for path, _ in hub.asked if path.startswith("/storage/")]


def test_the_prefix_holds_what_vllm_reads_and_a_manifest(hub, s3):
    assert copy(hub, s3) is True
    assert objects(s3) == {
        "weights/model/config.json": len(CONFIG),
        "weights/model/model-00001-of-00001.safetensors": len(SHARD),
        "weights/model/.mirror.json": objects(s3)["weights/model/.mirror.json"],
    }
    manifest = json.load(s3.get_object(Bucket="models", Key="weights/model/.mirror.json")["Body"])
    assert (manifest["model"], manifest["revision"], manifest["commit"]) == (MODEL, "main", COMMIT)
    assert manifest["files"] == {"config.json": len(CONFIG), "model-00001-of-00001.safetensors": len(SHARD)}
    body = s3.get_object(Bucket="models", Key="weights/model/model-00001-of-00001.safetensors")["Body"].read()
    assert body == SHARD


def test_small_files_come_first(hub, s3):
    copy(hub, s3)
    assert downloads(hub) == ["config.json", "model-00001-of-00001.safetensors"]


def test_a_second_run_copies_nothing(hub, s3):
    copy(hub, s3)
    hub.asked.clear()
    assert copy(hub, s3) is False
    assert downloads(hub) == []


def test_a_run_that_was_killed_is_taken_up_where_it_ended(hub, s3):
    copy(hub, s3)
    s3.delete_object(Bucket="models", Key="weights/model/.mirror.json")
    s3.delete_object(Bucket="models", Key="weights/model/config.json")
    hub.asked.clear()
    assert copy(hub, s3) is True
    assert downloads(hub) == ["config.json"]


def test_an_object_of_another_commit_is_replaced(hub, s3):
    s3.put_object(Bucket="models", Key="weights/model/config.json", Body=CONFIG, Metadata={"source": "older"})
    copy(hub, s3)
    assert "config.json" in downloads(hub)


def test_shards_of_another_model_are_refused_before_anything_is_copied(hub, s3):
    s3.put_object(Bucket="models", Key="weights/model/model-00002-of-00002.safetensors", Body=b"old")
    before = objects(s3)
    with pytest.raises(MirrorError, match=r"model-00002-of-00002\.safetensors.*weights\.prefix of their own"):
        copy(hub, s3)
    assert objects(s3) == before


def put_manifest(s3: Any, body: bytes) -> None:
    s3.put_object(Bucket="models", Key="weights/model/.mirror.json", Body=body)


def test_a_prefix_of_another_model_is_refused_though_its_files_have_the_same_names(hub, s3):
    copy(hub, s3)
    put_manifest(s3, json.dumps({"model": "owner/fine-tune", "commit": "x", "files": {}}).encode())
    hub.asked.clear()
    before = objects(s3)
    with pytest.raises(MirrorError, match=r"weights/model holds owner/fine-tune, not owner/model: give this model"):
        copy(hub, s3)
    assert objects(s3) == before
    assert downloads(hub) == []


def test_a_copy_of_another_model_that_is_not_finished_is_refused_too(hub, s3):
    key = "weights/model/model-00001-of-00001.safetensors"
    s3.put_object(Bucket="models", Key=key, Body=SHARD, Metadata={"source": "x", "model": "owner/fine-tune"})
    with pytest.raises(MirrorError, match="holds owner/fine-tune"):
        copy(hub, s3)
    assert downloads(hub) == []


def test_a_manifest_of_an_earlier_version_is_good(hub, s3):
    copy(hub, s3)
    manifest = json.load(s3.get_object(Bucket="models", Key="weights/model/.mirror.json")["Body"])
    put_manifest(s3, json.dumps({key: manifest[key] for key in ("model", "commit", "files")}).encode())
    assert copy(hub, s3) is False


@pytest.mark.parametrize("body", [b"not json", b"[]", b"\xff"])
def test_what_is_no_manifest_is_refused_with_the_fix(hub, s3, body):
    put_manifest(s3, body)
    with pytest.raises(MirrorError, match=r"weights/model/\.mirror\.json is not a manifest.*delete it, or give"):
        copy(hub, s3)


def test_a_file_cut_short_is_fetched_again(hub, s3):
    hub.truncated = 2
    assert copy(hub, s3) is True
    assert objects(s3)["weights/model/model-00001-of-00001.safetensors"] == len(SHARD)


def test_a_file_that_never_arrives_whole_is_an_error_and_leaves_no_manifest(hub, s3):
    hub.truncated = 99
    with pytest.raises(MirrorError, match=r"given up after 5 attempts"):
        copy(hub, s3)
    assert "weights/model/.mirror.json" not in objects(s3)
    assert "weights/model/model-00001-of-00001.safetensors" not in objects(s3)


def test_a_gated_model_says_what_to_do(hub, s3):
    hub.gated = True
    with pytest.raises(MirrorError, match="accept its licence and set llm-platform:hf_api_token"):
        copy(hub, s3)
    assert copy(hub, s3, token="hf_x") is True


def test_the_token_is_not_shown_to_the_storage_behind_the_hub(hub, s3):
    copy(hub, s3, token="hf_x")
    assert {header for path, header in hub.asked if path.startswith("/storage/")} == {None}
    assert {header for path, header in hub.asked if not path.startswith("/storage/")} == {"Bearer hf_x"}


def test_a_model_without_safetensors_is_refused(hub, s3, monkeypatch):
    monkeypatch.delitem(CONTENT, "model-00001-of-00001.safetensors")
    with pytest.raises(MirrorError, match=r"no \.safetensors files"):
        copy(hub, s3)


def test_a_wrong_checksum_is_noticed():
    stream = mirror_weights.CheckedStream(io.BytesIO(b"abc"), HubFile(name="x", size=3, sha256="0" * 64))
    assert stream.read() == b"abc"
    with pytest.raises(MirrorError, match="checksum"):
        stream.read()


def test_main_takes_its_orders_from_the_environment(hub, s3, monkeypatch):
    orders = {"MODEL": MODEL, "REVISION": "main", "BUCKET": "models", "PREFIX": "weights/model", "HF_ENDPOINT": hub.url}
    for name, value in {**orders, "AWS_REGION": "us-east-1", "AWS_DEFAULT_REGION": "us-east-1"}.items():
        monkeypatch.setenv(name, value)
    assert mirror_weights.main() == 0
    assert "weights/model/.mirror.json" in objects(s3)
    monkeypatch.setenv("MODEL", "owner/unknown")
    assert mirror_weights.main() == 1


TWICE = {
    "model-00001-of-00001.safetensors": SHARD,
    "model.safetensors.index.json": json.dumps({"weight_map": {"x": "model-00001-of-00001.safetensors"}}).encode(),
    "consolidated.safetensors": SHARD,
}


@pytest.mark.parametrize(
    ("content", "weights"),
    [
        (TWICE, {"model-00001-of-00001.safetensors"}),
        ({"model.safetensors": SHARD, "consolidated.safetensors": SHARD}, {"model.safetensors"}),
        ({"consolidated.safetensors": SHARD}, {"consolidated.safetensors"}),
    ],
)
def test_weights_that_stand_there_twice_are_copied_once(hub, s3, monkeypatch, content, weights):
    for name in [name for name in CONTENT if name.endswith(".safetensors")]:
        monkeypatch.delitem(CONTENT, name)
    for name, body in content.items():
        monkeypatch.setitem(CONTENT, name, body)
    assert copy(hub, s3) is True
    copied = {key.removeprefix("weights/model/") for key in objects(s3)}
    assert {name for name in copied if name.endswith(".safetensors")} == weights


def test_an_index_that_names_what_is_not_there_is_told(hub, s3, monkeypatch):
    monkeypatch.setitem(CONTENT, "model.safetensors.index.json", b'{"weight_map": {"x": "gone.safetensors"}}')
    with pytest.raises(MirrorError, match=r"names gone\.safetensors, which is not there"):
        copy(hub, s3)
    assert objects(s3) == {}


LIST = f"/api/models/{MODEL}"
INDEXED = {
    "model.safetensors.index.json": json.dumps({"weight_map": {"x": "model-00001-of-00001.safetensors"}}).encode()
}


@pytest.mark.parametrize("part", [LIST, "/model.safetensors.index.json", "/model-00001-of-00001.safetensors"])
@pytest.mark.parametrize(
    ("headers", "wait"),
    [
        ({"Retry-After": "290"}, 290),
        ({"Retry-After": "Fri, 15 Jan 2027 08:04:00 GMT"}, 240),
        ({"RateLimit": '"resolvers";r=0;t=155'}, 155),
        ({"Retry-After": "86400"}, 600),
        ({"Retry-After": "soon"}, 2),
        ({}, 2),
    ],
)
def test_a_busy_hub_is_waited_for_as_it_asks(hub, s3, clock, monkeypatch, part, headers, wait):
    monkeypatch.setitem(CONTENT, *next(iter(INDEXED.items())))
    hub.busy = [(part, 429, headers)]
    assert copy(hub, s3) is True
    assert clock.slept == [wait]


@pytest.mark.parametrize("part", [LIST, "/config.json"])
def test_a_hub_that_is_busy_through_two_windows_is_outlasted(hub, s3, clock, part):
    hub.busy = [(part, 429, {}), (part, 503, {})] * 8
    assert copy(hub, s3) is True
    assert sum(clock.slept) > 600, "two windows of five minutes"
    assert max(clock.slept) <= 60


def test_a_hub_that_is_busy_for_longer_ends_the_job(hub, s3, clock):
    hub.busy = [(LIST, 429, {"Retry-After": "300"})] * 20
    with pytest.raises(MirrorError, match=r"the list of files of owner/model: given up after .* 429"):
        copy(hub, s3)
    assert 900 <= sum(clock.slept) <= 1800
    assert objects(s3) == {}


def test_what_the_hub_refuses_is_not_tried_again(hub, s3, clock):
    hub.gated = True
    with pytest.raises(mirror_weights.RefusedError):
        copy(hub, s3)
    assert clock.slept == []
    assert len(hub.asked) == 1


def test_a_link_to_the_storage_that_ran_out_is_made_anew(hub, s3, clock, monkeypatch):
    storage = f"http://localhost:{hub.server_address[1]}"
    monkeypatch.setattr(FakeHub, "storage", storage)
    hub.busy = [("/storage/config.json", 403, {})]
    assert copy(hub, s3) is True
    assert clock.slept == [2]


def test_a_list_cut_short_is_asked_for_again(hub, s3, clock, monkeypatch):
    hub.busy = [(LIST, 200, {})]  # not JSON
    assert copy(hub, s3) is True
    assert len(clock.slept) == 1


@pytest.mark.thorough
def test_parts_in_memory_are_bounded(hub, s3, monkeypatch):
    """Parts that are read and wait for a slow bucket, beside those under way."""
    part = mirror_weights.TRANSFER.multipart_chunksize
    assert (
        part * (mirror_weights.TRANSFER.max_in_memory_upload_chunks + mirror_weights.TRANSFER.max_concurrency)
        <= 512 * 1024**2
    )
    monkeypatch.setattr(mirror_weights.TRANSFER, "multipart_chunksize", 5 * 1024**2)
    monkeypatch.setattr(mirror_weights.TRANSFER, "multipart_threshold", 5 * 1024**2)
    most, sent = 0, 0
    lock = threading.Lock()

    class Source(io.BytesIO):
        passed = 0

        def read(self, size: int | None = -1) -> bytes:
            data = super().read(size)
            nonlocal most
            with lock:
                Source.passed += len(data)
                most = max(most, Source.passed - sent)
            return data

        def seekable(self) -> bool:
            return False

    def slow(**_: Any) -> None:
        nonlocal sent
        threading.Event().wait(0.05)
        with lock:
            sent += 5 * 1024**2

    body = bytes(5 * 1024**2) * 24
    s3.meta.events.register("before-call.s3.UploadPart", slow)
    try:
        file = HubFile(name="large.safetensors", size=len(body), sha256=None)
        Prefix(s3, "models", "weights/model", MODEL).write(
            file, COMMIT, mirror_weights.CheckedStream(Source(body), file)
        )
    finally:
        s3.meta.events.unregister("before-call.s3.UploadPart", slow)
    assert objects(s3)["weights/model/large.safetensors"] == len(body)
    # Four wait, four are under way, one is being read; with boto3's default it was fifteen.
    assert most <= 10 * 5 * 1024**2

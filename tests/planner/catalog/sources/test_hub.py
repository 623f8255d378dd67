"""Files of a repository, its sizes, and what happens on a Hub that fails."""

import time

import pytest

from planner.catalog import model_sources
from planner.catalog.model_sources import SourceError, find_model
from planner.catalog.sources.hub import HubFiles
from tests.planner.catalog.hub import FakeHub, served
from tests.planner.configs import llama

NAME = "open/model"
INDEX = "model.safetensors.index.json"
SHARDS = [
    {"rfilename": "config.json", "size": 700},
    {"rfilename": INDEX, "size": 20_000},
    {"rfilename": "consolidated.safetensors", "size": 9_000_000_000},
    {"rfilename": "model-00001-of-00002.safetensors", "size": 5_000_000_000},
    {"rfilename": "model-00002-of-00002.safetensors", "size": 4_000_000_000},
    {"rfilename": "original/model.safetensors", "size": 9_000_000_000},
]


def test_sizes_and_parameters_of_the_api(hub: FakeHub) -> None:
    hub.api(NAME, {"siblings": SHARDS, "safetensors": {"parameters": {"BF16": 4_500_000_000}, "total": 333_312}})
    stored = find_model(NAME).stored
    assert stored is not None
    assert (stored.bytes, stored.parameters) == (9_000_000_000, 4_500_000_000)
    # Two requests, since the API says that there is neither a second file nor need of the index.
    assert hub.paths == [f"/{NAME}/resolve/main/config.json", f"/api/models/{NAME}?blobs=true"]


@pytest.mark.parametrize(
    "parameters",
    [
        {"I32": 10**9, "F16": 10**8},
        {"U8": 10**9},
        {"BF16": -4},
        {"BF16": "7"},
        {"BF16": 1.5},
        {"BF16": True},
        {},
        [],
        "x",
    ],
)
def test_packed_or_broken_counts_are_not_parameters(hub: FakeHub, parameters: object) -> None:
    hub.api(NAME, {"siblings": SHARDS, "safetensors": {"parameters": parameters}})
    stored = find_model(NAME).stored
    assert stored is not None
    assert (stored.bytes, stored.parameters) == (9_000_000_000, None)


@pytest.mark.parametrize(
    "about",
    [b"", b"[]", b"{", b"[" * 100_000, {"siblings": 7}, {"siblings": [1, None, {"rfilename": 3}]}, {"siblings": []}],
)
def test_an_api_that_answers_something_else(hub: FakeHub, about: object) -> None:
    hub.api(NAME, about)
    hub.file(NAME, INDEX, {"metadata": {"total_size": 2_471_645_608, "total_parameters": 1_235_814_400}})
    stored = find_model(NAME).stored
    listed = isinstance(about, dict) and about["siblings"] not in (7, [])
    assert (stored and (stored.bytes, stored.parameters, stored.origin)) == (
        None if listed else (2_471_645_608, 1_235_814_400, INDEX)
    )


def test_a_mirror_without_an_api_has_the_index(hub: FakeHub) -> None:
    hub.file(NAME, INDEX, {"metadata": {"total_size": 2_471_645_608}, "weight_map": {"a": "model-1.safetensors"}})
    stored = find_model(NAME).stored
    assert stored is not None
    assert (stored.bytes, stored.origin) == (2_471_645_608, INDEX)


def test_the_index_of_pytorch_files_comes_last(hub: FakeHub) -> None:
    hub.file(NAME, "pytorch_model.bin.index.json", {"metadata": {"total_size": 13_476_831_232}})
    stored = find_model(NAME).stored
    assert stored is not None
    assert stored.bytes == 13_476_831_232


def test_nothing_states_a_size(hub: FakeHub) -> None:
    assert find_model(NAME).stored is None


def test_a_second_file_that_the_hub_fails_to_send_is_a_failure(hub: FakeHub) -> None:
    hub.file(NAME, "hf_quant_config.json", b"", status=500)
    with pytest.raises(SourceError, match="the Hub answers 500: try again"):
        find_model(NAME)


@pytest.mark.parametrize(
    ("status", "token", "said"),
    [
        (401, None, "answers 401: accept its licence and set HF_TOKEN, or check the name"),
        (401, "hf_secret", "answers 401: HF_TOKEN is not valid there"),
        (403, "hf_secret", "answers 403: accept its licence and set HF_TOKEN$"),
        (404, None, "answers 404: check the name"),
        (429, None, "answers 429: too many requests"),
        (503, None, "answers 503: try again"),
    ],
)
def test_every_status_has_a_fix(
    hub: FakeHub, monkeypatch: pytest.MonkeyPatch, status: int, token: str | None, said: str
) -> None:
    if token:
        monkeypatch.setenv("HF_TOKEN", token)
    hub.file("some/model", "config.json", b"", status=status)
    with pytest.raises(SourceError, match=said) as raised:
        find_model("some/model")
    assert "hf_secret" not in str(raised.value)


def test_a_redirect_on_the_same_host_keeps_the_token(hub: FakeHub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_TOKEN", "hf_secret")
    hub.file("old/model", "config.json", b"", status=307, headers={"Location": f"/{NAME}/resolve/main/config.json"})
    assert find_model("old/model").shape.hidden == 2048
    assert hub.seen[:2] == [
        ("/old/model/resolve/main/config.json", "Bearer hf_secret"),
        (f"/{NAME}/resolve/main/config.json", "Bearer hf_secret"),
    ]


def test_a_redirect_to_another_host_does_not(hub: FakeHub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_TOKEN", "hf_secret")
    with served() as store:
        store.file("store/model", "config.json", llama())
        target = f"{store.url}/store/model/resolve/main/config.json"
        hub.file("moved/model", "config.json", b"", status=302, headers={"Location": target})
        assert find_model("moved/model").shape.hidden == 2048
        assert store.seen == [("/store/model/resolve/main/config.json", None)]


@pytest.mark.parametrize("target", ["file:///etc/passwd", "ftp://127.0.0.1/x", "gopher://x", "//[", "http://a:b/"])
def test_a_redirect_to_something_else_is_refused(hub: FakeHub, target: str) -> None:
    hub.file("moved/model", "config.json", b"", status=302, headers={"Location": target})
    with pytest.raises(SourceError, match=r"the Hub (cannot be reached|answers 302)"):
        find_model("moved/model")


def test_a_circle_of_redirects_ends(hub: FakeHub) -> None:
    here = "/round/model/resolve/main/config.json"
    hub.file("round/model", "config.json", b"", status=302, headers={"Location": here})
    with pytest.raises(SourceError, match="the Hub answers 302"):
        find_model("round/model")


def test_a_hub_that_sends_a_byte_now_and_then_is_given_up(hub: FakeHub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(model_sources, "READ_SECONDS", 0.3)
    hub.file("slow/model", "config.json", b"{" + b" " * 1000, seconds=0.05)
    start = time.monotonic()
    with pytest.raises(SourceError, match="no answer within 0 seconds: try again, or give a local copy"):
        find_model("slow/model")
    assert time.monotonic() - start < 25


def test_a_body_without_end_is_not_read(hub: FakeHub) -> None:
    hub.file("large/model", "config.json", b" " * (16 * 2**20 + 10))
    with pytest.raises(SourceError, match="is larger than 16 MiB"):
        find_model("large/model")


def test_a_body_that_breaks_off(hub: FakeHub) -> None:
    hub.file("cut/model", "config.json", b"{", headers={"Content-Length": "5000"})
    with pytest.raises(SourceError, match=r"is not JSON|cannot be reached"):
        find_model("cut/model")


@pytest.mark.parametrize("token", ["hf_secret\n", " hf_secret ", "hf_secret\r\n"])
def test_space_around_a_token_is_dropped(hub: FakeHub, monkeypatch: pytest.MonkeyPatch, token: str) -> None:
    monkeypatch.setenv("HF_TOKEN", token)
    find_model(NAME)
    assert {sent for _, sent in hub.seen} == {"Bearer hf_secret"}


@pytest.mark.parametrize("token", ["hf_sec\nret", "hf_sec ret", "hf_secrét", "hf_sec\x00ret", "hf_sec\udcffret"])
def test_a_token_that_cannot_be_sent_is_refused_and_never_shown(
    hub: FakeHub, monkeypatch: pytest.MonkeyPatch, token: str
) -> None:
    monkeypatch.setattr("os.environ", {"HF_TOKEN": token, "HF_ENDPOINT": hub.url})
    with pytest.raises(SourceError, match="HF_TOKEN has a character that no token has") as raised:
        find_model(NAME)
    assert "hf_sec" not in str(raised.value)
    assert not hub.seen


@pytest.mark.parametrize(
    "endpoint",
    [
        "huggingface.co",
        "file:///etc",
        "ftp://hub.example",
        "https://",
        "https://user:hunter2@hub.example",
        "https://hub.example:port",
        "https://hub.example:99999",
        "https://hub .example",
        "https://hub.exam\nple",
        "https://[::1",
    ],
)
def test_an_endpoint_that_is_not_an_address(monkeypatch: pytest.MonkeyPatch, endpoint: str) -> None:
    monkeypatch.setenv("HF_ENDPOINT", endpoint)
    with pytest.raises(SourceError, match="HF_ENDPOINT ") as raised:
        HubFiles(NAME)
    assert "hunter2" not in str(raised.value)


def test_a_hub_below_a_path(hub: FakeHub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_ENDPOINT", f"{hub.url}/mirror/")
    hub.file("mirror/open/model", "config.json", llama())
    found = find_model(NAME)
    assert (found.origin, hub.paths[0]) == (hub.url, "/mirror/open/model/resolve/main/config.json")

"""The Job's program against an endpoint on loopback, with records in a folder."""

import json
import logging
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from benchmark.job import addresses, benchmark
from benchmark.storage import Folder
from tests.load.endpoint import Endpoint, serving

SUBJECT = {"image": "vllm/vllm-openai:v0.32.0", "gpu": "L40S", "gpus": 1, "replicas": 1, "settings": {}}


@pytest.fixture(scope="module")
def endpoint() -> Iterator[Endpoint]:
    with serving() as served:
        yield served


def environment(endpoint: Endpoint, **changes: str) -> dict[str, str]:
    place = urlsplit(endpoint.url)
    usual = {
        "HOST": str(place.hostname),
        "PORT": str(place.port),
        "MODEL": "good",
        "API_KEY": "sk-engine",
        "SERVICE": "dev/chat",
        "SUBJECT": json.dumps(SUBJECT),
        "PRICE": '{"usd_per_hour": 1.5, "source": "list"}',
    }
    return usual | changes


def test_it_measures_and_keeps_the_record(endpoint: Endpoint, tmp_path: Path) -> None:
    assert benchmark(environment(endpoint), Folder(tmp_path)) == 0
    (path,) = tmp_path.glob("*-standard.json")
    record = json.loads(path.read_text())
    assert [run["figures"]["succeeded"] for run in record["runs"]] == [100, 100]
    assert record["subject"]["gpu"] == "L40S"
    assert record["price"]["usd_per_hour"] == 1.5
    assert (record["sent_to"], record["replicas_from"]) == ("pods", "the pods that answered")
    assert "Bearer sk-engine" in endpoint.keys


def test_it_fails_where_the_service_became_slower(
    endpoint: Endpoint, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    assert benchmark(environment(endpoint), Folder(tmp_path)) == 0
    (path,) = tmp_path.glob("*.json")
    record = json.loads(path.read_text())
    for run in record["runs"]:
        run["figures"]["requests_per_second"] *= 10
    path.rename(tmp_path / "20260101T000000Z-standard.json").write_text(json.dumps(record))
    assert benchmark(environment(endpoint), Folder(tmp_path)) == 1
    assert "chat: requests per second" in caplog.text
    assert "nothing of the service changed since" in caplog.text


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"MODEL": "busy"}, "429: rate_limit_exceeded"),
        ({"HOST": "no-such-name.invalid"}, "no-such-name.invalid resolves to no ready pod"),
    ],
)
def test_it_says_why_nothing_was_measured(
    endpoint: Endpoint, tmp_path: Path, caplog: pytest.LogCaptureFixture, changes: dict[str, str], reason: str
) -> None:
    caplog.set_level(logging.INFO)
    assert benchmark(environment(endpoint, **changes), Folder(tmp_path)) == 1
    assert reason in caplog.text
    assert not list(tmp_path.glob("*.json"))


def test_addresses_of_a_name() -> None:
    assert addresses("127.0.0.1", 8000) == ["http://127.0.0.1:8000"]
    assert addresses("::1", 8000) == ["http://[::1]:8000"]

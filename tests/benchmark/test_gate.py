"""What a record is compared with, and what the gate says of it."""

import copy
import json
import tempfile
from pathlib import Path
from typing import Any

import pytest

from benchmark.gate import Judgement, judge
from benchmark.storage import Folder, StorageError, keep
from benchmark.sweep import climb
from tests.benchmark.samples import RECORD, changed
from tests.benchmark.test_sweep import Server

Record = dict[str, Any]
SLOW = {"latency_seconds": {"p90": 40.0}}
PODS = {"sent_to": "pods", "url": "http://chat-benchmark.llm.svc.cluster.local:8000"}
GATEWAY = {"sent_to": "gateway", "url": "http://gateway"}


def judged(folder: Path, *documents: Record) -> Judgement:
    """The judgement of the last one, after the others, in a folder of their own."""
    place = Folder(Path(tempfile.mkdtemp(dir=folder)))
    *earlier, last = (one | {"started": f"2026-01-{day:02}T12:00:00Z"} for day, one in enumerate(documents, 1))
    for one in earlier:
        keep(place, one)
    return judge(last, place)


def loaded(*, rate: float, seconds: float, **figures: Any) -> Record:
    found = changed(**figures) | {"kind": f"rate-{rate:g}"}
    found["runs"][0] |= {"concurrency": None, "requests": None, "rate": rate, "seconds": seconds}
    return found


def swept(server: Server, *, replicas: int | None = 1, most: int = 512, seconds: float = 20.0) -> Record:
    found = climb(server.measure, replicas=lambda: replicas, ttft_seconds=1.0, most=most, seconds=seconds)
    return RECORD | {"kind": "sweep", "runs": [], "sweep": found.as_json()}


def test_the_last_record_is_compared(tmp_path: Path) -> None:
    found = judged(tmp_path, RECORD, RECORD)
    assert (found.compared, found.problems) == (1, ())
    assert found.verdict == "1 run compared with the record of 2026-01-01T12:00:00Z: not worse by more than 15%"
    worse = judged(tmp_path, RECORD, changed(**SLOW))
    assert worse.problems == (
        "chat: latency P90 2 s -> 40 s (+1900%)",
        "nothing of the service changed since 2026-01-01T12:00:00Z",
    )
    assert worse.verdict == "1 run compared with the record of 2026-01-01T12:00:00Z"


def test_nothing_is_compared_with_the_first(tmp_path: Path) -> None:
    found = judged(tmp_path, RECORD)
    assert (found.compared, found.verdict) == (0, "nothing was compared: it is the first record of kind standard")


@pytest.mark.parametrize(
    "wrong",
    [
        {"started": None},
        {"runs": ["chat"]},
        {"runs": [{"workload": "chat"}]},
        {"runs": changed(success_rate=None)["runs"]},
        {"runs": changed(requests_per_second="9")["runs"]},
        {"runs": changed(output_tokens_per_second=float("nan"))["runs"]},
        {"runs": changed(output_tokens_per_second=10**400)["runs"]},
        {"runs": changed(latency_seconds={"avg": 1})["runs"]},
        {"subject": {"settings": ["a"]}},
        {"sweep": "x"},
        {"sweep": {"at": None, "replicas": "2", "requests_per_second": 1.0}},
    ],
    ids=str,
)
def test_a_record_that_was_changed_by_hand_is_passed_over(tmp_path: Path, wrong: Record) -> None:
    place = Folder(tmp_path)
    place.put("20260101T120000Z-standard.json", json.dumps(RECORD | {"started": "2026-01-01T12:00:00Z"}).encode())
    place.put("20260102T120000Z-standard.json", json.dumps(RECORD | wrong).encode())
    found = judge(RECORD | {"started": "2026-01-03T12:00:00Z"}, place)
    assert found.verdict.startswith("1 run compared with the record of 2026-01-01T12:00:00Z")


def test_a_record_is_kept_though_an_earlier_one_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "20260101T120000Z-standard.json").mkdir()
    with pytest.raises(StorageError, match=r"20260101T120000Z-standard\.json cannot be read"):
        judge(RECORD | {"started": "2026-01-03T12:00:00Z"}, Folder(tmp_path))
    assert (tmp_path / "20260103T120000Z-standard.json").is_file()


def test_records_that_are_not_kept_are_not_compared() -> None:
    found = judge(RECORD, None)
    assert (found.place, found.compared, found.verdict) == (None, 0, "nothing was compared: no records are kept")


@pytest.mark.parametrize("direct", [PODS, {"url": PODS["url"]}], ids=["new", "of before sent_to"])
def test_what_goes_to_the_pods_is_not_compared_with_what_goes_through_the_gateway(
    tmp_path: Path, direct: dict[str, str]
) -> None:
    through = changed(**SLOW) | GATEWAY
    found = judged(tmp_path, RECORD | direct, through)
    assert (found.compared, found.problems) == (0, ())
    assert (
        found.verdict
        == "nothing was compared: none of the last 1 of kind standard has the same load and model at the same address"
    )
    # A regression is not hidden by a record of the other kind between.
    found = judged(tmp_path, RECORD | PODS, through, changed(**SLOW) | PODS)
    assert (found.compared, len(found.problems)) == (1, 2)


def test_addresses_are_not_compared_with_each_other(tmp_path: Path) -> None:
    other = changed(**SLOW) | {"sent_to": "url", "url": "http://elsewhere"}
    assert judged(tmp_path, RECORD, other).compared == 0
    assert judged(tmp_path, RECORD, other, other).compared == 1


def test_an_adapter_is_not_compared_with_the_model_below_it(tmp_path: Path) -> None:
    adapter = changed(**SLOW) | GATEWAY | {"model": "sql"}
    found = judged(tmp_path, RECORD | GATEWAY, adapter)
    assert (found.compared, found.problems) == (0, ())
    assert found.verdict.endswith("none of the last 1 of kind standard has the same load and model at the same address")
    assert judged(tmp_path, RECORD | GATEWAY, adapter, adapter).compared == 1


def test_a_record_of_before_has_the_services_own_name(tmp_path: Path) -> None:
    assert judged(tmp_path, RECORD | GATEWAY, RECORD | GATEWAY | {"model": None}).compared == 1


def test_a_record_of_before_is_compared_at_the_same_address(tmp_path: Path) -> None:
    assert judged(tmp_path, RECORD | {"url": GATEWAY["url"]}, RECORD | GATEWAY).compared == 1


def test_a_rate_of_another_length_is_passed_over(tmp_path: Path) -> None:
    short, long = loaded(rate=20, seconds=30), loaded(rate=20, seconds=60)
    slow = loaded(rate=20, seconds=60, **SLOW)
    assert judged(tmp_path, short, slow).compared == 0
    found = judged(tmp_path, long, short, slow)
    assert (found.compared, len(found.problems)) == (1, 2)


def test_a_record_with_failures_is_no_baseline(tmp_path: Path) -> None:
    failed = changed(success_rate=0.0, requests_per_second=0.0, latency_seconds=None)
    bad = changed(success_rate=0.6, **SLOW)
    found = judged(tmp_path, failed, bad)
    assert found.compared == 0
    assert "in each of the last 1 of the same load more than 1 % of the requests failed" in found.verdict
    found = judged(tmp_path, RECORD, failed, bad)
    assert found.problems[:2] == ("chat: success rate 100.0% -> 60.0%", "chat: latency P90 2 s -> 40 s (+1900%)")


@pytest.fixture(autouse=True)
def succeeded(monkeypatch: pytest.MonkeyPatch) -> None:
    """The sample has no counts."""
    monkeypatch.setitem(RECORD["runs"][0]["figures"], "succeeded", 100)


def test_no_request_succeeded(tmp_path: Path) -> None:
    assert judged(tmp_path, changed(succeeded=0)).problems == ("chat: no request succeeded",)


def test_a_sweep_that_saturates_earlier(tmp_path: Path) -> None:
    fast, slow = swept(Server(50)), swept(Server(5))
    found = judged(tmp_path, fast, slow)
    assert found.problems[0] == "sweep: highest requests per second of a replica 50 -> 5 (-90%)"
    assert found.compared == 1
    assert judged(tmp_path, fast, fast).problems == ()


def test_a_sweep_of_more_replicas_is_compared_by_one_of_them(tmp_path: Path) -> None:
    assert judged(tmp_path, swept(Server(50)), swept(Server(100), replicas=2)).problems == ()
    unknown = judged(tmp_path, swept(Server(50)), swept(Server(20), replicas=None))
    assert unknown.problems[0] == "sweep: highest requests per second 50 -> 20 (-60%)"


def test_a_sweep_that_fails_before_saturation(tmp_path: Path) -> None:
    found = judged(tmp_path, swept(Server(50)), swept(Server(50, breaks=2)))
    assert found.problems[0] == "sweep: highest requests per second 50 -> 20 (-60%), where requests began to fail"
    never = judged(tmp_path, swept(Server(50, breaks=0)))
    assert never.problems == ("sweep: requests failed at 1 at once, which is the least: 500 x 503: busy",)


def test_sweeps_that_cannot_be_compared(tmp_path: Path) -> None:
    fast = swept(Server(50))
    short = judged(tmp_path, fast, swept(Server(50), most=4))
    assert (short.compared, short.verdict) == (0, "nothing was compared: the ladder ended before saturation")
    old = copy.deepcopy(fast)
    for key in ("seconds", "requests_per_second", "replicas", "ended", "problem"):
        del old["sweep"][key]
    assert judged(tmp_path, old, fast).compared == 0
    assert judged(tmp_path, swept(Server(50), most=4), fast).verdict.endswith("of the same load found saturation")

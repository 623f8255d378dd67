"""Benchmarks on a service's page."""

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from portal.background_cache import Cached
from portal.operations.benchmarks import _addresses, _charts, _record
from tests.benchmark.samples import RECORD, changed
from tests.portal.people import Portal


class Records:
    """In place of the bucket."""

    def __init__(self, *found: Mapping[str, Any], problem: str | None = None) -> None:
        self.look, self.seen = Cached(value=found or None, problem=problem), set[tuple[str, str]]()

    def of_service(self, platform: str, service: str) -> Cached[Any]:
        self.seen.add((platform, service))
        return self.look


def test_figures_that_a_record_lacks_are_unknown() -> None:
    view = _record(RECORD)
    (run,) = view.runs
    assert (run.output_tokens_per_second, run.ttft_p90, run.usd_per_million) == (1000.0, 0.5, None)
    assert view.gpus == "2 x 1 L40S"
    broken = changed(ttft_seconds="fast", requests_per_second=True)
    (run,) = _record(broken).runs
    assert (run.ttft_p90, run.requests_per_second) == (None, None)


def test_texts_of_a_record_are_short_lines() -> None:
    long = "x\n" * 100_000
    subject = {"image": long, "gpu": long, "gpus": 1, "replicas": long, "settings_hash": long}
    view = _record({**RECORD, "subject": subject, "url": long, "sent_to": "url", "model": long, "started": long})
    texts = (view.image, view.gpus, view.settings_hash, view.sent_to, view.address, view.model)
    assert all(0 < len(text) < 1000 and "\n" not in text for text in texts)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), 10**400, 1e300])
def test_what_nothing_measures_is_unknown(value: float) -> None:
    (run,) = _record(changed(usd_per_million_output_tokens=value, ttft_seconds={"p90": value})).runs
    assert (run.usd_per_million, run.ttft_p90) == (None, None)


def test_lines_go_from_the_oldest_to_the_newest() -> None:
    charts = _charts([_record(RECORD), _record(changed(output_tokens_per_second=2000.0))], "")
    tokens = next(one for one in charts if one.name == "benchmark-tokens")
    assert [series.values for series in tokens.series] == [(1000.0, 2000.0), (None, None)]


def test_records_of_two_addresses_are_in_charts_of_their_own() -> None:
    of_job = {"url": "http://qwen-benchmark.search.svc.cluster.local:8000"}
    through = {"sent_to": "gateway", "url": "http://gateway"}
    found = [
        changed(output_tokens_per_second=900.0) | through,
        RECORD | of_job | {"sent_to": "pods"},
        RECORD | {"sent_to": "url", "url": "http://other"},
        changed(output_tokens_per_second=800.0) | {"url": "http://gateway"},
        changed(output_tokens_per_second=1100.0) | of_job,
        RECORD | {"url": "http://fourth"},
    ]
    views = _addresses([_record(one) for one in found])
    assert [view.title for view in views] == [
        "Through the gateway",
        "To the pods, without the gateway",
        "To http://other",
    ]
    assert [view.charts[0].series[0].values for view in views] == [(800.0, 900.0), (1100.0, 1000.0), (1000.0,)]
    names = [chart.name for view in views for chart in view.charts]
    assert len(set(names)) == len(names) == 12


def test_an_adapter_has_charts_of_its_own() -> None:
    own = {"sent_to": "endpoint", "url": "http://own", "model": None}
    found = [RECORD | own | {"model": "sql"}, changed(output_tokens_per_second=1100.0) | own, RECORD | own]
    views = _addresses([_record(one) for one in found])
    assert [view.title for view in views] == ["To http://own, model sql", "To http://own"]
    assert [view.charts[0].series[0].values for view in views] == [(1000.0,), (1000.0, 1100.0)]


def test_a_record_without_a_gpu() -> None:
    document = RECORD | {"subject": dict.fromkeys(RECORD["subject"])}
    assert (_record(document).gpus, _record(document).image) == ("", "")


@pytest.fixture
def page(portal: Portal, monkeypatch: pytest.MonkeyPatch) -> Callable[[Records], str]:
    def shown(records: Records) -> str:
        monkeypatch.setattr(portal.deps.benchmarks, "of_service", records.of_service)
        service = portal.deployed()
        text: str = portal.browser("rosa").get(f"/services/{service['id']}").text
        return text

    return shown


def test_the_page_has_a_chart_and_a_table(page: Callable[[Records], str]) -> None:
    records = Records(RECORD, changed(output_tokens_per_second=2000.0))
    text = page(records)
    assert records.seen == {("dev", "dev-search/qwen")}
    assert 'id="benchmarks"' in text
    assert "Output tokens, a second" in text
    assert "vllm/vllm-openai:v0.31.0" in text
    assert "0123456789ab" in text
    assert text.count("To http://llm") == 3, "above its charts, and in the table for each record"


def test_without_records_there_is_no_section(page: Callable[[Records], str]) -> None:
    assert 'id="benchmarks"' not in page(Records())

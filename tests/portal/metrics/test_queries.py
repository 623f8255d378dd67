"""The query of a service: names with the characters of PromQL stay names, and every metric of it exists and is scraped."""

import json
import re

import pytest

from monitoring.metrics import all_series
from monitoring.rules.starts import FIRST_GENERATED
from monitoring.scrape import series
from portal.metrics import queries

HOSTILE = ['dev/x"} or vector(1) or up{a="', "dev/x\\", "dev/x\ny", "dev/x`y", "dev/{x}", "dev/é", "dev/x', 'y"]


@pytest.mark.parametrize("name", HOSTILE)
def test_a_name_stays_one_string(name: str):
    text = queries.query(name, 60)
    strings = re.findall(r'"(?:[^"\\]|\\.)*"', text)
    outside = re.sub(r'"(?:[^"\\]|\\.)*"', '""', text)
    assert [json.loads(one) for one in strings].count(name) == len(re.findall(r'(?:service|model)=""', outside)) > 10
    assert outside == re.sub(r'"(?:[^"\\]|\\.)*"', '""', queries.query("dev/plain", 60)), "nothing of it is PromQL"


@pytest.mark.parametrize("name", HOSTILE)
def test_a_name_stays_one_string_in_the_query_of_first_tokens(name: str):
    (found,) = re.findall(r'"(?:[^"\\]|\\.)*"', queries.first_tokens(name))
    assert json.loads(found) == name


def test_first_tokens_are_those_that_the_rules_record():
    assert set(re.findall(r"\bllm:\w+", queries.first_tokens("dev/a"))) == {FIRST_GENERATED}


def test_every_series_is_named_once():
    text = queries.query("dev-search/qwen", 120)
    names = re.findall(r'"series", "(\w+)"', text)
    assert names == list(queries.expressions("x", 1))
    assert len(set(names)) == len(names)


def test_a_service_whose_engine_has_no_metrics_has_those_of_the_gateway():
    found = queries.expressions("dev/ollama", 120)
    of_gateway = r'llm_gateway_{}\w*{{model="dev/ollama"'
    assert re.search(" or " + r"sum\(rate\(" + of_gateway.format("requests_total"), found["requests"])
    assert re.search(r" or max\(" + of_gateway.format("ready_replicas"), found["replicas"])
    for share in ("p50", "p95"):
        assert re.search(of_gateway.format("first_token_seconds_bucket"), found[f"gateway_first_token_{share}"])


def test_it_fits_into_an_address():
    """The longest names there are: 63 characters each."""
    assert len(queries.query(f"{'s' * 63}/{'n' * 63}", 900)) < 5000


NAMES = sorted(set(re.findall(r"\b(vllm:\w+|llm_gateway_\w+|DCGM_\w+)", queries.query("dev-search/qwen", 120))))
JOBS = {"vllm:": series.ENGINE, "llm_gateway_": series.GATEWAY, "DCGM_": series.GPU}


def job_of(name: str) -> series.Series:
    return next(job for start, job in JOBS.items() if name.startswith(start))


def test_there_are_names_of_each_job():
    assert {id(job_of(name)) for name in NAMES} == {id(job) for job in JOBS.values()}


@pytest.mark.parametrize("name", NAMES)
def test_a_metric_exists_at_its_source_and_its_job_keeps_it(name: str):
    assert name in all_series()
    assert re.fullmatch(job_of(name).kept, name)
    assert not any(re.fullmatch(each.regex, name) for each in job_of(name).dropped)

"""The real Envoy's stats, as Prometheus reads them through the policy."""

import asyncio
import re

import httpx
import pytest

from gateway.policy.envoy_admin import EnvoyAdmin
from monitoring.scrape.limits import BODY_MIB
from monitoring.scrape.series import ENVOY
from tests.gateway.support.stack import Stack

SERVICES = 1_500
"""What the size `large` of monitoring is for."""


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    with Stack(tmp_path_factory.mktemp("stack"), {"dev/qwen": 1}) as stack:
        yield stack


def names(text):
    return set(re.findall(r"^(\w+)\{?", text, re.MULTILINE))


async def _shown(port):
    admin = EnvoyAdmin(port)
    async with admin._client:
        return await admin.prometheus()


def shown(stack):
    return asyncio.run(_shown(stack.config.admin))


def test_monitoring_gets_the_stats_that_it_keeps_and_no_other(shared):
    assert shared.chat("dev/qwen").status_code == 200
    everything = httpx.get(f"http://127.0.0.1:{shared.config.admin}/stats/prometheus", timeout=60, trust_env=False).text
    kept = {name for name in names(everything) if re.fullmatch(ENVOY.kept, name)}
    assert {"envoy_cluster_membership_healthy", "envoy_cluster_upstream_rq_xx", "envoy_server_live"} <= kept
    assert names(shown(shared)) == kept


def test_the_answer_for_every_service_of_the_largest_size_is_within_the_limit_of_a_scrape(shared):
    text = shown(shared)
    of_one = sum(len(line) + 1 for line in text.splitlines() if "dev/qwen" in line)
    assert 0 < of_one * SERVICES < BODY_MIB * 1024**2 / 2

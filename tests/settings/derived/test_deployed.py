"""What a stack's own outputs say, and the zones a cluster keeps."""

from typing import Any

import pytest

from settings.derived.deployed import Deployed, of_outputs
from settings.derived.platform_facts import PlatformFacts
from settings.issues import SettingsError
from settings.loading.parse import parse
from tests.settings.bad_settings import PLATFORM
from tests.settings.reading import GOOD_FACTS, changed, read


@pytest.mark.parametrize(
    ("outputs", "found"),
    [
        ({}, Deployed(exists=False)),
        ({"platform": GOOD_FACTS}, Deployed(exists=True, zones=("a", "b"), region="us-east-1")),
        (
            {"platform": GOOD_FACTS | {"network_cidr": "10.1.0.0/16"}},
            Deployed(exists=True, zones=("a", "b"), region="us-east-1", network_cidr="10.1.0.0/16"),
        ),
        ({"platform": {"region": "us-east-1"}}, Deployed(exists=True)),
        ({"platform": "text"}, Deployed(exists=True)),
        ({"platform": "text", "prometheus_volume_gib": 40.0}, Deployed(exists=True, prometheus_gib=40)),
        (
            {"platform": GOOD_FACTS, "prometheus_volume_gib": 40.0},
            Deployed(exists=True, zones=("a", "b"), region="us-east-1", prometheus_gib=40),
        ),
        ({"prometheus_volume_gib": 40}, Deployed(exists=False)),
        (
            {"platform": PlatformFacts.model_validate(GOOD_FACTS).as_text()},
            Deployed(exists=True, zones=("a", "b"), region="us-east-1"),
        ),
    ],
)
def test_outputs_say_whether_a_platform_stands_and_where(outputs: dict[str, Any], found: Deployed) -> None:
    assert of_outputs(outputs) == found


@pytest.mark.parametrize("zones", [["a", "b", "c"], ["a", "c"], ["b", "c"]])
def test_a_cluster_keeps_the_zones_it_was_made_in(zones: list[str]) -> None:
    raw = changed(changed(PLATFORM, "network.zones", zones), "pools", PLATFORM["pools"])
    with pytest.raises(SettingsError) as refused:
        parse(raw, stack="dev", deployed=Deployed(exists=True, zones=("a", "b")))
    told = [one for one in refused.value.issues if one.path == "network.zones"]
    assert len(told) == 1
    assert "the cluster was made in a, b" in told[0].message


@pytest.mark.parametrize(
    ("path", "now", "before"),
    [
        ("network.cidr", "10.1.0.0/16", Deployed(exists=True, network_cidr="10.0.0.0/16")),
        ("region", "us-west-2", Deployed(exists=True, region="us-east-1")),
    ],
)
def test_a_platform_keeps_its_region_and_addresses(path: str, now: str, before: Deployed) -> None:
    with pytest.raises(SettingsError) as refused:
        parse(changed(PLATFORM, path, now), stack="dev", deployed=before)
    [issue] = [one for one in refused.value.issues if one.path == path]
    assert issue.message.startswith(
        f"is {now}, and the platform was made with {before.network_cidr or before.region}: "
    )
    parse(PLATFORM, stack="dev", deployed=before)


@pytest.mark.parametrize(
    "deployed", [None, Deployed(exists=False), Deployed(exists=True), Deployed(exists=True, zones=("a", "b", "c"))]
)
def test_a_new_one_and_one_that_does_not_say_may_have_any(deployed: Deployed | None) -> None:
    parse(changed(PLATFORM, "network.zones", ["a", "b", "c"]), stack="dev", deployed=deployed)


@pytest.mark.parametrize("facts", [{}, {"platform": GOOD_FACTS}])
def test_outputs_name_the_services_and_whether_they_have_a_key(facts: dict[str, Any]) -> None:
    outputs = {"chat_url": "u", "chat_api_key": "k", "chat_command": "c", "llama_url": "u", "llama_command": "c"}
    assert of_outputs(facts | outputs).services == {"chat": True, "llama": False}


@pytest.mark.parametrize(
    ("services", "refused"),
    [({"small": False}, True), ({"small": True}, False), ({"other": False}, False), ({}, False)],
)
@pytest.mark.parametrize("exists", [True, False])
def test_a_service_that_runs_keeps_its_kind(services: dict[str, bool], *, refused: bool, exists: bool) -> None:
    deployed = Deployed(exists=exists, services=services)
    try:
        parse(PLATFORM, stack="dev", deployed=deployed)
        found = []
    except SettingsError as error:
        found = [str(issue) for issue in error.issues]
    assert len(found) == refused
    if refused:
        assert found[0].startswith(
            "llm-platform:services.small.kind: is vllm, and the service that runs under this name is of"
        )
        assert found[0].endswith("give this one another name, or remove it in one update and add it in the next")


def test_the_program_compares_with_its_own_last_outputs() -> None:
    three = changed(PLATFORM, "network.zones", ["a", "b", "c"])
    assert "the cluster was made in a, b" in str(read(three, stack="dev").error)
    assert read(three, stack="bare").error is None


KEY = "arn:aws:kms:us-east-1:123456789012:key/12345678-1234-1234-1234-123456789012"


def test_the_key_of_volumes_is_read() -> None:
    facts = PlatformFacts.model_validate({**GOOD_FACTS, "volume_key": KEY})
    assert of_outputs({"platform": facts.as_text()}).volume_key == KEY
    assert "volume_key" not in PlatformFacts.model_validate(GOOD_FACTS).as_text(), "the text of others stays as it was"


@pytest.mark.parametrize("cluster", [{}, {"volume_key": KEY.replace("12345678-", "99999999-")}])
def test_a_key_that_volumes_may_have_stays_with_the_driver(cluster: dict[str, object]) -> None:
    raw = {**PLATFORM, "cluster": {**PLATFORM["cluster"], **cluster}}
    deployed = Deployed(exists=True, zones=("a", "b"), volume_key=KEY)
    with pytest.raises(SettingsError, match=r"add it to cluster\.former_volume_keys") as refused:
        parse(raw, stack="dev", deployed=deployed)
    assert [one.path for one in refused.value.issues] == ["cluster.volume_key"]
    kept = {**raw, "cluster": {**raw["cluster"], "former_volume_keys": [KEY]}}
    assert parse(kept, stack="dev", deployed=deployed).settings


@pytest.mark.parametrize(("before", "volume"), [(None, 10), (10, 10), (40, 40)])
def test_a_smaller_size_of_monitoring_keeps_the_volume_that_is_there_and_says_so(
    before: int | None, volume: int
) -> None:
    deployed = Deployed(exists=True, zones=("a", "b"), prometheus_gib=before)
    parsed = parse(changed(PLATFORM, "monitoring", {"size": "small"}), stack="dev", deployed=deployed)
    assert parsed.plan.prometheus_gib == volume
    assert parsed.plan.billable.monitoring is not None
    assert parsed.plan.billable.monitoring.volume_gib == volume
    warned = [line for line in map(str, parsed.warnings) if "monitoring.size" in line]
    assert bool(warned) is (volume > 10)
    assert all("keeps its volume of 40 GiB" in line for line in warned)

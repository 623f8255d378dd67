"""Every mistake is one line with its full key and cure, all are told at once, and nothing is registered."""

from typing import Any

import pytest

from tests.harness import PROJECT, deploy, run_program
from tests.settings.bad_settings import BAD, DELETE, PLATFORM, TEAM, Bad
from tests.settings.reading import changed, lines, run


def label(bad: Bad) -> str:
    """A test's name, the same in every process that collects it."""
    value = "deleted" if bad.value is DELETE else str(bad.value)[:30]
    return f"{'team:' if bad.team else ''}{bad.key}={value}"


def test_a_node_s_disk_must_hold_the_replicas_that_may_meet_on_it() -> None:
    pool = {"kind": "gpu", "instance_types": ["g5.12xlarge"], "max": 1, "disk_gib": 100}
    crowded = changed(changed(PLATFORM, "pools.g5", pool), "services.small.replicas", 4)
    told = lines(run(crowded))
    assert len(told) == 1, told
    assert told[0].startswith("llm-platform:pools.g5.disk_gib: is 100, but 4 x small on one node request 96 GiB")
    assert told[0].endswith("126 at least")


@pytest.mark.parametrize("bad", BAD, ids=label)
def test_a_mistake_is_one_line_with_key_and_cure(bad: Bad) -> None:
    deployment = run(changed(TEAM if bad.team else PLATFORM, bad.key, bad.value), team=bad.team)
    told = [line for line in lines(deployment) if line.startswith(f"{PROJECT}:{bad.path}: ")]
    assert len(told) == 1, lines(deployment)
    assert bad.cure in told[0]
    assert all(line.startswith(f"{PROJECT}:") for line in lines(deployment))
    assert deployment.registrations == []


def test_the_table_is_long_enough() -> None:
    assert len(BAD) >= 60


@pytest.mark.parametrize(("settings", "team"), [(PLATFORM, False), (TEAM, True)])
def test_the_settings_the_table_starts_from_are_good(settings: dict[str, Any], *, team: bool) -> None:
    assert run(settings, team=team).error is None


def test_all_mistakes_are_told_at_once() -> None:
    settings = changed(PLATFORM, "region", "nowhere")
    settings = changed(settings, "pools.g5.instance_types", ["g5.2xlarg"])
    settings = changed(settings, "cluster.admins", [])
    settings = changed(settings, "services.small.args", {"port": 80, "max-num-seq": 1})
    settings = changed(settings, "network.cidr", "52.0.0.0/16")
    settings = changed(settings, "hf_api_token", "hf_plain")
    deployment = run(settings)
    paths = [line.split(": ")[0].removeprefix(f"{PROJECT}:") for line in lines(deployment)]
    assert paths == [
        "cluster.admins",
        "hf_api_token",
        "network.cidr",
        "pools.g5.instance_types[0]",
        "region",
        "services.small.args.max-num-seq",
        "services.small.args.port",
    ]
    assert str(deployment.error).startswith("7 mistakes in the settings of stack dev:")
    assert deployment.registrations == []


def test_a_broken_pool_is_not_also_told_as_missing() -> None:
    told = lines(run(changed(PLATFORM, "pools.g5.max", 0)))
    assert [line.split(": ")[0] for line in told] == [f"{PROJECT}:pools.g5.max"]


def test_replicas_that_do_not_pack_are_told_with_the_nodes_they_take() -> None:
    pool = {"kind": "gpu", "instance_types": ["g5.12xlarge"], "max": 4, "disk_gib": 200}
    # A model the planner does not know: it would refuse a degree that divides no heads.
    small = {**PLATFORM["services"]["small"], "model": "example/of-three-heads"}
    service = {**small, "pool": "big", "tensor_parallel": 3, "replicas": 2}
    settings = changed(changed(PLATFORM, "pools.big", pool), "services.small", service)
    settings = changed(settings, "services.other", {**service, "tensor_parallel": 2, "replicas": 1})
    told = lines(run(settings))
    assert len(told) == 1
    assert told[0].startswith(f"{PROJECT}:pools.big.min: is 0, so 2 nodes would run")
    assert told[0].endswith("set min to 3")


def test_a_token_given_as_a_secret_lets_a_gated_model_in() -> None:
    settings = changed(PLATFORM, "services.small.model", "meta-llama/Llama-3.2-3B")
    config = {f"{PROJECT}:{key}": value for key, value in settings.items()}
    deployment = deploy(run_program, config=config, secrets={f"{PROJECT}:hf_api_token": "hf_dummy"})
    assert deployment.error is None
    assert "hf_dummy" not in str(deployment.exports)

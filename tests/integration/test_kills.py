"""kill -9 of engine, plugin, moto or API server at random moments: going on as the docs say completes, the same on all
sides."""

import pytest

from rehearsal.bench import consistency, kills
from rehearsal.stacks import events, file_backend, pulumi_cli
from tests.integration.conftest import on_node_groups

SEED = 1789
# What a killed up had made and not noted: this, and what depends on it.
LOST = "kubernetes:networking.k8s.io/v1:NetworkPolicy"
IN_CI = {(kills.ENGINE, True)}
"""Victims that die while everything is made, in a sandbox of its own (true), or while a service comes or goes."""


@pytest.fixture(scope="module")
def dev(stack):
    made = on_node_groups(stack("dev"))
    made.config["pools"]["g5"]["max"] = 3
    made.rehearsal.guardrails = False
    return made


@pytest.fixture(scope="module")
def killer(rehearsal) -> kills.Killer:
    return kills.Killer(rehearsal, SEED)


@pytest.mark.parametrize(
    ("victim", "fresh"),
    [
        pytest.param(victim, fresh, marks=[] if (victim, fresh) in IN_CI else pytest.mark.soak_only("minutes"))
        for fresh in (True, False)
        for victim in kills.VICTIMS
    ],
)
def test_going_on_completes(dev, killer, victim, fresh):
    services = dev.config["services"]
    if not fresh:
        if "second" in services:
            del services["second"]
        else:
            services["second"] = dict(services["llama-3-8b"])
    dev.write()
    killer.strike("dev", [victim], fresh=fresh)
    kills.go_on(dev.rehearsal, "dev")[-1].check()
    assert consistency.differences(dev.rehearsal.sandbox) == []


@pytest.mark.soak_only("minutes")
def test_what_a_killed_up_made_stops_the_next_one_until_it_is_taken_over(dev):
    dev.run("up").check()
    sandbox = dev.rehearsal.sandbox
    before = {item.urn for item in file_backend.read(sandbox, "dev").resources}
    urn = next(item.urn for item in file_backend.read(sandbox, "dev").of_type(LOST) if "VllmService" in item.urn)
    pulumi_cli.command(sandbox, "state", "delete", urn, "--stack", "dev", "--yes", "--force", "--target-dependents")
    lost = before - {item.urn for item in file_backend.read(sandbox, "dev").resources}
    assert len(lost) > 1
    first, second = kills.go_on(dev.rehearsal, "dev")
    assert first.code != 0
    assert [line for line in events.errors(first.events) if "already exists" in line]
    second.check()
    assert set(second.changes["create"]) <= lost
    assert consistency.differences(sandbox) == []
    # The SDK passes the variables on as settings of the provider: it alone changes, there and back.
    settled = dev.run("up").check().changes
    assert set(settled) == {"update"}
    assert [urn.rsplit("::", 2)[1].rpartition("$")[2] for urn in settled["update"]] == ["pulumi:providers:kubernetes"]

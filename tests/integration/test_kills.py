"""kill -9 of engine, plugin, moto or API server at random moments: the next up completes, on all sides the same."""

import pytest

from rehearsal.bench import consistency, kills

SEED = 1789
# The first four die while everything is made, in a world of their own each, the others while a service comes or goes.
FRESH = len(kills.VICTIMS)
ROUNDS = [*kills.VICTIMS, *kills.VICTIMS, kills.ENGINE, kills.PLUGIN]


@pytest.fixture(scope="module")
def dev(stack):
    made = stack("dev")
    made.config["pools"]["g5"]["max"] = 3
    return made


@pytest.fixture(scope="module")
def killer(rehearsal) -> kills.Killer:
    return kills.Killer(rehearsal, SEED)


@pytest.mark.parametrize(("number", "victim"), list(enumerate(ROUNDS)))
def test_the_next_up_completes(dev, killer, number, victim):
    services = dev.config["services"]
    if number >= FRESH:
        if "second" in services:
            del services["second"]
        else:
            services["second"] = dict(services["llama-3-8b"])
    dev.write()
    killer.strike("dev", [victim], fresh=number < FRESH)
    dev.run("up").check()
    assert consistency.differences(dev.rehearsal.world) == []

"""kill -9 of engine, plugin, moto or API server at random moments: the next up completes, on all sides the same."""

import random
import time

import pytest

from rehearsal.bench import consistency, kills
from rehearsal.bench.driver import finish

SEED = 1789
# The first four die while everything is made, in a world of their own each, the others while a service comes or goes.
FRESH = len(kills.VICTIMS)
ROUNDS = [*kills.VICTIMS, *kills.VICTIMS, kills.ENGINE, kills.PLUGIN]
LONGEST_FRESH_SECONDS = 22.0
LONGEST_SECONDS = 10.0


@pytest.fixture(scope="module")
def dev(stack):
    made = stack("dev")
    made.config["pools"]["g5"]["max"] = 3
    return made


@pytest.fixture(scope="module")
def chance() -> random.Random:
    return random.Random(SEED)


@pytest.mark.parametrize(("number", "victim"), list(enumerate(ROUNDS)))
def test_the_next_up_completes(dev, chance, number, victim):
    services = dev.config["services"]
    fresh = number < FRESH
    if fresh:
        dev.rehearsal.down()
    elif "second" in services:
        del services["second"]
    else:
        services["second"] = dict(services["llama-3-8b"])
    began = time.monotonic()
    process = dev.start("up", "--no-policy-pack")
    while not dev.world_exists():
        assert process.poll() is None, process.communicate()
        time.sleep(0.05)
    longest = LONGEST_FRESH_SECONDS if fresh else LONGEST_SECONDS
    kills.kill_at_random(dev.rehearsal.world, "dev", process, chance, longest, [victim])
    finish(process, began)
    dev.run("up", "--no-policy-pack").check()
    assert consistency.differences(dev.rehearsal.world) == []

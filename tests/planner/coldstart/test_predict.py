"""The pieces of a cold start."""

import json
from dataclasses import replace
from importlib import resources

import pytest

from planner.catalog.gpus import gpu_named
from planner.catalog.instances import instance_type, instance_types
from planner.coldstart.engine import Clock, Kind, StartModel
from planner.coldstart.pieces import Name, Seconds
from planner.coldstart.predict import Engine, Machine, Source, predict

MACHINE = Machine(type=instance_type("g6e.12xlarge"), launched=True, parallel_pull=True)
ENGINE = Engine(
    image="vllm/vllm-openai:v0.32.0",
    model=StartModel(layers=80, kind=Kind.DENSE),
    gpu=gpu_named("L40S"),
    workers=4,
    size_gib=67.6,
    source=Source.BUCKET,
    read_once=True,
    streams=32,
)


def seconds(name: Name, machine: Machine = MACHINE, engine: Engine = ENGINE) -> Seconds:
    """One piece of a start."""
    found = next(piece for piece in predict(machine, engine).pieces if piece.name is name)
    assert found.seconds is not None
    return found.seconds


def test_the_pieces_come_in_order_with_ranges_and_sources() -> None:
    start = predict(MACHINE, ENGINE)
    assert [piece.name for piece in start.pieces] == list(Name)
    for piece in start.pieces:
        assert piece.seconds is not None
        assert 0 < piece.seconds.low <= piece.seconds.expected <= piece.seconds.high, piece
        assert piece.sources
        assert all(url.startswith("https://") for url in piece.sources)
    assert start.known.expected == pytest.approx(sum(piece.seconds.expected for piece in start.pieces if piece.seconds))
    assert json.loads(json.dumps(start.as_dict()))["total"] == start.known.as_dict()


@pytest.mark.parametrize("name", [name for name, one in instance_types().items() if one.gpu])
@pytest.mark.parametrize("source", list(Source))
def test_ranges_are_in_order_on_every_type(name: str, source: Source) -> None:
    machine = replace(MACHINE, type=instance_type(name))
    for workers in (1, machine.type.gpus):
        for piece in predict(machine, replace(ENGINE, workers=workers, source=source)).pieces:
            assert piece.seconds is not None
            assert piece.seconds.low <= piece.seconds.expected <= piece.seconds.high, piece


def test_an_image_of_unknown_size_has_no_number() -> None:
    start = predict(MACHINE, replace(ENGINE, image="registry.example.com/own/engine:1"))
    assert start.unknown == (Name.IMAGE_PULL,)
    assert start.as_dict()["total"] is None
    assert "size of registry.example.com/own/engine:1 is not known" in start.pieces[2].basis


@pytest.mark.parametrize(
    "image",
    [
        "vllm/vllm-openai",
        "vllm/vllm-openai:v0.32.0",
        "vllm/vllm-openai@sha256:" + "0" * 64,
        "123456789012.dkr.ecr.us-east-1.amazonaws.com/mirror/vllm/vllm-openai:v0.32.0",
        "localhost:5000/vllm/vllm-openai:v0.32.0",
    ],
)
def test_an_image_is_known_by_its_repository(image: str) -> None:
    assert not predict(MACHINE, replace(ENGINE, image=image)).unknown


def test_a_node_group_launches_nothing_for_a_pod() -> None:
    start = predict(replace(MACHINE, launched=False), ENGINE)
    assert start.of(Name.NODE_LAUNCH, Name.NODE_READY).high == 0


def test_parallel_pull_is_for_nodes_that_nodeadm_thinks_large_enough() -> None:
    slow = seconds(Name.IMAGE_PULL, replace(MACHINE, parallel_pull=False))
    assert 3.4 * seconds(Name.IMAGE_PULL).expected == pytest.approx(slow.expected, rel=0.1)
    small = replace(MACHINE, type=replace(MACHINE.type, vcpus=2))
    assert seconds(Name.IMAGE_PULL, small) == slow


def test_processes_that_share_the_reading_are_faster_where_the_network_bounds() -> None:
    together = seconds(Name.WEIGHTS_LOAD)
    each = seconds(Name.WEIGHTS_LOAD, engine=replace(ENGINE, read_once=False))
    assert each.expected > 3 * together.expected


def test_more_streams_are_faster_until_something_else_bounds() -> None:
    one = replace(ENGINE, workers=1)
    times = [seconds(Name.WEIGHTS_LOAD, engine=replace(one, streams=count)).expected for count in (4, 16, 32, 64)]
    assert times[0] > times[1] > times[2] >= times[3]


def test_the_network_of_the_type_bounds_the_weights() -> None:
    narrow = replace(MACHINE, type=instance_type("g6e.2xlarge"))
    one = replace(ENGINE, workers=1)
    assert seconds(Name.WEIGHTS_LOAD, narrow, one).expected > 3 * seconds(Name.WEIGHTS_LOAD, engine=one).expected


def test_a_cache_takes_most_of_the_compiling_and_nothing_of_the_capture() -> None:
    cold, warm = predict(MACHINE, ENGINE), predict(MACHINE, replace(ENGINE, cached=True))
    assert warm.of(Name.COMPILE).expected < 0.5 * cold.of(Name.COMPILE).expected
    assert warm.of(Name.GRAPH_CAPTURE) == cold.of(Name.GRAPH_CAPTURE)
    assert warm.of(Name.ENGINE_INIT).expected < cold.of(Name.ENGINE_INIT).expected


def test_an_older_engine_by_its_tag_compiles_and_captures_longer() -> None:
    new, between, old = (
        predict(MACHINE, replace(ENGINE, image=f"vllm/vllm-openai{tag}")) for tag in (":v0.32.0", ":v0.11.2", ":v0.9.1")
    )
    assert between.of(Name.COMPILE).expected > 2 * new.of(Name.COMPILE).expected
    assert between.of(Name.GRAPH_CAPTURE) == new.of(Name.GRAPH_CAPTURE)
    assert old.of(Name.GRAPH_CAPTURE).expected > 2 * new.of(Name.GRAPH_CAPTURE).expected
    for tag in ("", ":latest", "@sha256:" + "0" * 64):
        assert predict(MACHINE, replace(ENGINE, image=f"vllm/vllm-openai{tag}")).known == new.known


def test_a_disk_of_which_nothing_is_known_has_a_wide_range() -> None:
    read = replace(ENGINE, source=Source.DISK)
    known, unknown = (seconds(Name.WEIGHTS_LOAD, replace(MACHINE, disk_mib_s=rate), read) for rate in (600.0, None))
    assert unknown.low < known.low < known.high < unknown.high


def test_an_engine_up_to_0_10_imports_less() -> None:
    new, old = (predict(MACHINE, replace(ENGINE, image=f"vllm/vllm-openai:{tag}")) for tag in ("v0.11.0", "v0.10.2"))
    assert old.of(Name.ENGINE_INIT).expected < 0.8 * new.of(Name.ENGINE_INIT).expected
    assert old.of(Name.ENGINE_INIT).high == new.of(Name.ENGINE_INIT).high


def test_a_clock_sees_as_much_of_the_imports_as_come_after_it() -> None:
    whole, half, rest = (
        predict(MACHINE, replace(ENGINE, clock=clock)) for clock in (Clock.START, Clock.LOG, Clock.IMPORTED)
    )
    init, log, less = (start.of(Name.ENGINE_INIT) for start in (whole, half, rest))
    assert 0 < less.low < log.low < init.low
    assert 0 < less.expected < log.expected < init.expected - 10
    assert 0 < less.high < log.high < init.high
    assert rest.of(Name.COMPILE, Name.GRAPH_CAPTURE) == whole.of(Name.COMPILE, Name.GRAPH_CAPTURE)


def test_a_machine_of_few_vcpus_downloads_slowly_from_the_hub() -> None:
    machines = [replace(MACHINE, type=replace(MACHINE.type, vcpus=vcpus)) for vcpus in (4, 8, 24, 96, 192)]
    hub = [seconds(Name.WEIGHTS_LOAD, machine, replace(ENGINE, source=Source.HUB)).expected for machine in machines]
    bucket = {seconds(Name.WEIGHTS_LOAD, machine) for machine in machines}
    assert hub[0] == hub[1] > 1.8 * hub[2] > 2.5 * hub[3], "those of 4 vCPUs got as much as those of 8"
    assert hub[3] == hub[4]
    assert len(bucket) == 1


def test_a_disk_faster_than_the_loader_does_not_make_it_faster() -> None:
    read = replace(ENGINE, source=Source.DISK)
    fast, faster = (seconds(Name.WEIGHTS_LOAD, replace(MACHINE, disk_mib_s=rate), read) for rate in (20_000, 80_000))
    assert faster == fast
    assert faster.expected > 15
    assert seconds(Name.WEIGHTS_LOAD, MACHINE, read).expected > faster.expected
    assert seconds(Name.WEIGHTS_LOAD, replace(MACHINE, disk_mib_s=80_000), replace(read, workers=1)) == faster


@pytest.mark.parametrize("cached", [False, True])
def test_an_eager_engine_neither_compiles_nor_captures(*, cached: bool) -> None:
    start = predict(MACHINE, replace(ENGINE, eager=True, cached=cached))
    assert start.of(Name.COMPILE, Name.GRAPH_CAPTURE).high == 0


def test_every_figure_of_the_data_says_where_it_was_published() -> None:
    text = resources.files("planner").joinpath("data", "coldstart.json").read_text(encoding="utf-8")
    table = json.loads(text)
    groups = [*table["node"].values(), *table["image"]["sizes_gb"].values(), *table["image"]["gb_per_second"].values()]
    for group in [
        *groups,
        table["image"]["parallel_least"],
        table["weights"],
        table["warm"],
        table["disk"],
        table["versions"],
    ]:
        assert group["sources"], group
        assert all(url.startswith("https://") for url in group["sources"]), group

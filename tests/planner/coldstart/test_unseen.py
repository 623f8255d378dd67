"""What the sources say of one that no figure has seen."""

import statistics
from dataclasses import replace

import pytest

from planner.coldstart.pieces import Name
from planner.coldstart.predict import Source
from planner.coldstart.runs import Run, Where, published_runs
from planner.coldstart.unseen import LEAST_SOURCES, piece_label, piece_ratios, unseen_errors


def a_run(source: str, factor: float) -> Run:
    """A published run whose every piece took so many times what was predicted."""
    run = next(run for run in published_runs() if len(run.measured) == len(run.pieces) > LEAST_SOURCES)
    measured = {(name,): run.predicted.of(name).expected * factor for name in run.pieces}
    return replace(run, source=source, measured=measured)


def test_a_source_counts_once_however_many_runs_it_has() -> None:
    many = [a_run("https://a.example/post", 4.0)] * 9
    runs = [*many, a_run("https://b.example/post", 1.0), a_run("https://c.example/post", 1.0)]
    ratio = piece_ratios(runs)[Name.ENGINE_INIT]
    assert ratio.sources == 3
    assert ratio.median == pytest.approx(1.0)


def test_a_source_is_corrected_by_the_others_and_not_by_itself() -> None:
    sites = [a_run(f"https://{name}.example/post", 2.0) for name in "abc"]
    own = a_run("https://own.example/post", 1.0)
    assert unseen_errors([*sites, own])[-1] == (own, pytest.approx(1.0, rel=0.02))
    few = unseen_errors([*sites[: LEAST_SOURCES - 1], own])
    assert few[-1] == (own, pytest.approx(own.error))


def test_weights_are_compared_by_where_they_come_from() -> None:
    run = a_run("https://a.example/post", 1.0)
    labels = {piece_label(replace(run, weights=source), Name.WEIGHTS_LOAD) for source in Source}
    assert len(labels) == len(Source)
    assert piece_label(replace(run, cached=True), Name.COMPILE) != piece_label(replace(run, cached=False), Name.COMPILE)


def test_no_piece_is_too_short_or_too_long_for_most_sources_of_a_cloud() -> None:
    """The disks of others are not the platform's: of them nothing is known."""
    ratios = piece_ratios([run for run in published_runs() if run.where is Where.CLOUD])
    asserted = {label: ratio for label, ratio in ratios.items() if ratio.sources > LEAST_SOURCES}
    assert len(asserted) >= 6
    for label, ratio in asserted.items():
        if not label.endswith(Source.DISK):
            assert 0.75 <= ratio.median <= 1.33, label


@pytest.mark.parametrize("places", [(Where.CLOUD,), tuple(Where)], ids=["cloud", "all"])
def test_the_others_say_nothing_that_the_figures_lack(places: tuple[Where, ...]) -> None:
    """A correction by all other sources makes totals of a source that none has seen no better."""
    corrected = [(run, error) for run, error in unseen_errors(published_runs()) if run.where in places]
    as_they_are = statistics.median(abs(run.error) for run, _ in corrected)
    assert statistics.median(abs(error) for _, error in corrected) >= as_they_are - 0.03

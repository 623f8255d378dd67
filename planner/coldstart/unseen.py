"""What published cold starts say of those of a source that no figure has seen: each source is left to the others.

A piece is compared by the median of the sources' medians, so that a source counts once however many runs it has.
"""

import math
import statistics
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from planner.coldstart.pieces import Name
from planner.coldstart.runs import Run

LEAST_SOURCES = 3
"""Sources that have to state a piece before others are corrected by them."""
_LEAST_SECONDS = 0.5


@dataclass(frozen=True, kw_only=True)
class Ratio:
    """How long a piece took for each second that was predicted."""

    median: float
    """The median of the sources' medians; 1 where predictions are neither too short nor too long."""
    sources: int
    """So many state the piece alone."""


def piece_label(run: Run, name: Name) -> str:
    """What is compared as one: a piece, weights by where they come from, compiling by whether it was done before."""
    if name is Name.WEIGHTS_LOAD:
        return f"{name}, {run.weights}"
    if name is Name.COMPILE:
        return f"{name}, {'found' if run.cached else 'first'}"
    return name.value


def piece_ratios(runs: Sequence[Run]) -> Mapping[str, Ratio]:
    """Measured over predicted seconds of each piece that a source states alone, by ``piece_label``."""
    found: dict[str, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    for run in runs:
        for label, measured, predicted in _stated(run):
            found[label][run.laboratory].append(math.log(measured / max(predicted, _LEAST_SECONDS)))
    return {
        label: Ratio(
            median=math.exp(statistics.median(statistics.median(logs) for logs in sources.values())),
            sources=len(sources),
        )
        for label, sources in found.items()
    }


def unseen_errors(runs: Sequence[Run]) -> Sequence[tuple[Run, float]]:
    """Each whole total with its error if its pieces are corrected by the ratios of all other sources.

    Where these errors are less than those of the predictions as they are, the figures lack what most sources show.
    """
    whole = [run for run in runs if run.whole]
    others = {
        source: piece_ratios([run for run in runs if run.laboratory != source])
        for source in {run.laboratory for run in whole}
    }
    return [(run, _corrected(run, others[run.laboratory]) / run.total - 1) for run in whole]


def _corrected(run: Run, ratios: Mapping[str, Ratio]) -> float:
    return sum(run.predicted.of(name).expected * _correction(run, name, ratios) for name in run.pieces)


def _correction(run: Run, name: Name, ratios: Mapping[str, Ratio]) -> float:
    ratio = ratios.get(piece_label(run, name))
    return ratio.median if ratio and ratio.sources >= LEAST_SOURCES else 1.0


def _stated(run: Run) -> Iterator[tuple[str, float, float]]:
    for names, seconds in run.measured.items():
        if len(names) == 1:
            yield piece_label(run, names[0]), seconds, run.predicted.of(*names).expected

"""Whether engines take the time of public figures, and the one factor on time.

By default an emulated engine is quick: half a second to start, 2 ms a token, however many requests run. With
``LLM_REHEARSAL_ENGINES=public-figures``, set when the sandbox starts, starts, image pulls, tokens and the KV cache follow
public figures of the GPU and the model: a simulation, in which every duration is multiplied by the factor that alerts and
autoscaling have too (``LLM_PLATFORM_MONITORING_TIME_SCALE``, by default 0.02).
"""

import json
import os
from pathlib import Path

from workspace.files import write_atomically

ENGINES = "LLM_REHEARSAL_ENGINES"
PUBLIC_FIGURES = "public-figures"
TIME_SCALE = "LLM_PLATFORM_MONITORING_TIME_SCALE"
DEFAULT_TIME_SCALE = "0.02"
"""5 minutes pass in 6 s, which are six scrapes: the interval of 30 s becomes the second that is the least."""

_FILE = "timing.json"


class TimingError(Exception):
    """One of the variables has a value that means nothing; the message says which and what it may be."""


def time_scale() -> float:
    """The factor on every duration.

    Raises:
        TimingError: it is no number above 0.
    """
    text = os.environ.get(TIME_SCALE, DEFAULT_TIME_SCALE)
    try:
        factor = float(text)
    except ValueError:
        factor = 0.0
    if not 0 < factor <= 1:
        raise TimingError(f"{TIME_SCALE}={text}: write a factor on durations, above 0 and at most 1, such as 0.02")
    return factor


def follows_public_figures() -> bool:
    """Whether engines take the time of public figures.

    Raises:
        TimingError: the variable has another value.
    """
    value = os.environ.get(ENGINES, "")
    if value not in {"", PUBLIC_FIGURES}:
        raise TimingError(f"{ENGINES}={value}: write {PUBLIC_FIGURES}, or leave it unset for engines that are quick")
    return bool(value)


def variables() -> dict[str, str]:
    """What a container's process needs to know of it."""
    if not follows_public_figures():
        return {}
    return {ENGINES: PUBLIC_FIGURES, TIME_SCALE: str(time_scale())}


def keep(folder: Path) -> None:
    """Note in a sandbox's folder of nodes what its engines follow, for commands that start in another environment.

    Raises:
        TimingError: one of the variables has a value that means nothing.
    """
    write_atomically(folder / _FILE, json.dumps(variables()))


def kept(folder: Path) -> float | None:
    """The factor on time of a sandbox whose engines follow public figures; None where they are quick."""
    file = folder / _FILE
    noted = json.loads(file.read_text()) if file.exists() else {}
    return float(noted[TIME_SCALE]) if noted else None

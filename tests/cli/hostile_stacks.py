"""Stack files nobody would write on purpose, made from the committed ones."""

import copy
from collections.abc import Iterator
from typing import Any

import yaml
from hypothesis import strategies as st

from tests.cli.hostile import VALUES
from tests.harness import ROOT

_STACKS = [yaml.safe_load((ROOT / f"Pulumi.{name}.yaml").read_text()) for name in ("dev", "prod", "cpu-example")]


def _places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    entries = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in entries:
        yield (*path, key)
        yield from _places(inner, (*path, key))


@st.composite
def stack_files(draw: st.DrawFn) -> str:
    """A committed stack file with one to three of its values, at any depth, changed or removed, as YAML."""
    stack = copy.deepcopy(draw(st.sampled_from(_STACKS)))
    for _ in range(draw(st.integers(1, 3))):
        places = list(_places(stack["config"]))
        if not places:
            break
        *above, key = draw(st.sampled_from(places))
        holder = stack["config"]
        for step in above:
            holder = holder[step]
        if draw(st.integers(0, 3)) == 0:
            del holder[key]
        else:
            holder[key] = draw(VALUES)
    return str(yaml.safe_dump(stack))

"""Plans that cannot be run are refused with the name of the value."""

from typing import Any

import pytest

from load import Plan, PlanError, Target

HERE = [Target(url="http://127.0.0.1:1", model="m")]


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"targets": [], "rps": 1, "seconds": 1}, "targets"),
        ({}, "set one of them"),
        ({"rps": 1, "concurrency": 1, "seconds": 1}, "set one of them"),
        ({"rps": 0, "seconds": 1}, "rps 0"),
        ({"concurrency": 0, "seconds": 1}, "concurrency 0"),
        ({"rps": 1}, "an open loop needs a time"),
        ({"concurrency": 1}, "seconds or requests"),
        ({"rps": 1, "seconds": 0}, "seconds 0"),
        ({"rps": 1, "seconds": 1, "shape": "wave"}, "shape 'wave'"),
        ({"concurrency": 1, "seconds": 1, "shape": "spike"}, "only an open loop"),
        ({"concurrency": 1, "seconds": 1, "stream_share": 2}, "stream_share 2"),
        ({"concurrency": 1, "seconds": 1, "abort_share": -1}, "abort_share -1"),
    ],
)
def test_refusals(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(PlanError, match=message):
        Plan(**{"targets": HERE} | settings)

"""The planner is plain Python: no Pulumi, and no terminal library where settings loading imports it."""

import subprocess
import sys

import pytest

_PROBE = "import sys; import {module}; print(*[name for name in {forbidden!r} if name in sys.modules])"


@pytest.mark.parametrize(
    ("module", "forbidden"),
    [
        ("cli.plan", ("pulumi", "pulumi_aws", "boto3", "settings.loading", "settings.models")),
        ("planner.cost", ("pulumi", "rich", "typer", "boto3", "settings", "pydantic")),
        ("planner.cost.live", ("pulumi", "rich", "typer", "boto3", "settings", "pydantic")),
        ("planner.fit", ("pulumi", "rich", "typer", "boto3", "urllib.request", "pydantic")),
        ("planner.recommend", ("pulumi", "rich", "typer", "boto3", "urllib.request", "pydantic")),
        ("planner.catalog.models", ("pulumi", "rich", "typer", "boto3", "urllib.request", "pydantic")),
        ("planner.chart", ("pulumi", "rich", "typer", "boto3", "urllib.request", "pydantic")),
    ],
)
def test_what_a_module_of_the_planner_does_not_import(module: str, forbidden: tuple[str, ...]) -> None:
    done = subprocess.run(
        [sys.executable, "-c", _PROBE.format(module=module, forbidden=forbidden)],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.split() == []

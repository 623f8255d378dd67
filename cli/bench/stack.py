"""A stack, as a benchmark needs it: what its file says of the service, and what its last update exported."""

import json
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmark.record import ServicePrice, Subject
from cli.console import UsageError
from cli.stack_settings import read_stack
from settings.derived.gateway.names import gateway_url

if TYPE_CHECKING:
    from planner.queue_threshold import QueueThreshold
    from settings.validation.partial import PartialSettings

_SECONDS = 120


@dataclass(frozen=True, kw_only=True)
class BenchedService:
    """A service of a stack."""

    public_name: str
    """STACK/SERVICE, by which the gateway and the records call it."""
    name: str
    """Its name in the stack, which is that of its Deployment or StatefulSet."""
    namespace: str
    """Kubernetes namespace of its pods."""
    served_name: str
    """What its own endpoint takes as ``model``."""
    stack: str
    """Its stack."""
    platform: str
    """Stack with the gateway and the bucket: the same, but for a team stack."""
    subject: Subject
    """With the replicas of its settings, of an autoscaled one the fewest."""
    autoscaled: bool
    threshold: "QueueThreshold"
    """Its ``queue_per_replica``, or what the planner proposes."""
    counts_running: bool
    """Whether that is of all its requests at the gateway, running ones too: of an engine without metrics."""
    price: ServicePrice | None
    """Of those replicas, together."""


def read_service(stack: str, project: Path, name: str) -> BenchedService:
    """The service ``name`` in the file of a stack.

    Raises:
        UsageError: there is no such file or service, or its settings have issues.
    """
    # They load pydantic, which the other commands do without.
    from settings.derived.autoscaling.decisions import threshold  # noqa: PLC0415
    from settings.derived.benchmark import benchmark_facts  # noqa: PLC0415
    from settings.derived.billable import stack_prices  # noqa: PLC0415
    from settings.derived.gateway.names import public_name  # noqa: PLC0415
    from settings.derived.naming import label_value  # noqa: PLC0415
    from settings.models.services.ollama import OllamaSettings  # noqa: PLC0415

    partial = read_stack(stack, project, _read, purpose="the benchmark depends")
    services = partial.values.get("services", {})
    if name not in services or partial.billable is None:
        known = ", ".join(services) or "none"
        raise UsageError(f"--service {name}: stack {stack} has no such service; it has {known}")
    service = services[name]
    facts = benchmark_facts(name, service, partial.billable, stack_prices(partial.budget))
    price = None
    if facts.usd_per_hour is not None:
        price = ServicePrice(usd_per_hour=facts.usd_per_hour, source=facts.price_source)
    return BenchedService(
        public_name=public_name(label_value(partial.stack), name),
        name=name,
        namespace=str(partial.raw.get("namespace", "")),
        served_name=service.served_name(name),
        stack=partial.stack,
        platform=str(partial.raw.get("platform") or partial.stack),
        subject=Subject(**facts.subject),
        autoscaled=service.autoscale is not None,
        threshold=threshold(service, partial.fits.get(name)),
        counts_running=isinstance(service, OllamaSettings),
        price=price,
    )


@dataclass(frozen=True, kw_only=True)
class Outputs:
    """Outputs of the last updates that a service's address and the place of its records are in."""

    platform: Mapping[str, Any]
    """Those of the stack with the gateway and the bucket."""
    own: Mapping[str, Any]
    """Those of the service's stack: the same, but for a team stack, which can have services of the platform's names."""

    @property
    def gateway_url(self) -> str | None:
        """Base URL of the gateway; None where the platform has none."""
        return gateway_url(self.platform)

    @property
    def bucket(self) -> str:
        """Name of the bucket; empty where the platform exports none."""
        return str(self.platform.get("bucket_name") or "")


def service_outputs(service: BenchedService, project: Path) -> Outputs:
    """The outputs of the platform's last update and of that of the service's own stack.

    Raises:
        UsageError: they cannot be read.
    """
    platform = stack_outputs(service.platform, project)
    own = platform if service.stack == service.platform else stack_outputs(service.stack, project)
    return Outputs(platform=platform, own=own)


def stack_outputs(stack: str, project: Path) -> dict[str, Any]:
    """The outputs of a stack's last update, secrets too, by the Pulumi CLI.

    Raises:
        UsageError: there is no Pulumi CLI, or it does not find the stack.
    """
    pulumi = shutil.which("pulumi")
    if pulumi is None:
        raise UsageError(
            "the Pulumi CLI is not on PATH, so the stack's outputs are unknown: give --url, and --bucket or --output"
        )
    command = [pulumi, "stack", "output", "--json", "--show-secrets", "--stack", stack]
    try:
        done = subprocess.run(command, cwd=project, capture_output=True, text=True, check=False, timeout=_SECONDS)
        if done.returncode == 0:
            found: dict[str, Any] = json.loads(done.stdout or "{}")
            return found
        reason = " ".join(done.stderr.split())[:300]
    except (OSError, ValueError, subprocess.TimeoutExpired) as error:
        reason = type(error).__name__
    raise UsageError(
        f"`pulumi stack output --stack {stack}` failed ({reason}): log in to its backend, or give --url, and --bucket or --output"
    )


def _read(path: Path) -> "PartialSettings":
    from settings.issues import SettingsError  # noqa: PLC0415  as above
    from settings.loading.stack_file import read_partial  # noqa: PLC0415  as above

    partial, _ = read_partial(path)
    issues = [issue for issue in partial.malformed if issue.path.startswith("services")]
    if issues or partial.billable is None:
        raise SettingsError(issues or partial.issues)
    return partial

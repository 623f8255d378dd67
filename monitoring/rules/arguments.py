"""What the rules are made of: thresholds, the services' own settings, and which exporters there are."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field


@dataclass(frozen=True, kw_only=True)
class Thresholds:
    """When a service alerts. None of the defaults comes from a real load: they are starts, to be set for each service.

    Attributes:
        ttft_p95_seconds: 95 % of first tokens come within this time.
        inter_token_p95_seconds: 95 % of the further tokens come within this time after the one before.
        success_ratio: Part of the requests that do not fail, below 1.
        queue_per_replica: Requests that wait for each replica.
        kv_cache_ratio: Part of the KV cache in use, 0 to 1.
        preemptions_per_second: Requests whose KV cache is taken from them, all replicas together.
        idle_hours: Hours without a request, while replicas run.
    """

    ttft_p95_seconds: float = 2
    inter_token_p95_seconds: float = 0.2
    success_ratio: float = 0.995
    queue_per_replica: float = 5
    kv_cache_ratio: float = 0.9
    preemptions_per_second: float = 0.1
    idle_hours: float = 6

    def by_name(self) -> dict[str, float]:
        """The thresholds by their names, in order."""
        return asdict(self)


@dataclass(frozen=True, kw_only=True)
class ServiceSettings:
    """What the program knows of one service of the stack; the gateway shows the same of every service.

    Attributes:
        name: Public name, ``STACK/SERVICE``.
        thresholds: Those that the service sets itself, by the names of `Thresholds`.
        replicas: Replicas that should run; None: an autoscaler decides.
        max_replicas: Replicas that an autoscaler may start at most; None: it has none.
        parallel: Requests that a replica runs at once, of an engine without metrics; None: it has metrics.
        replica_usd_per_hour: Cost of one replica in US dollars an hour; None: unknown.
        start_seconds: Slow end of the predicted start of its engine; None: unknown.
    """

    name: str
    thresholds: Mapping[str, float] = field(default_factory=dict)
    replicas: int | None = None
    max_replicas: int | None = None
    parallel: int | None = None
    replica_usd_per_hour: float | None = None
    start_seconds: int | None = None


@dataclass(frozen=True, kw_only=True)
class RuleArgs:
    """What `render` makes the rules of.

    Attributes:
        thresholds: Those of services that set none.
        services: The stack's own services; used where no gateway shows the settings of all.
        gateway: Whether Prometheus scrapes a gateway.
        response_logs: Whether that gateway keeps response logs.
        karpenter: Whether it scrapes Karpenter.
        keda: Whether it scrapes KEDA.
        dcgm: Whether it scrapes NVIDIA's DCGM exporter.
        gpu_usd_per_hour: US dollars an hour of one GPU, by node pool, where known.
        memory_bytes: Memory limit of Prometheus; None: it has none.
        remote_write: Whether it sends samples to a remote workspace too.
        key_age_days: Days after which an API key of the gateway that is in use is old.
        runbooks: Folder or URL of the runbooks, without a slash at its end.
        time_scale: Factor of every duration: 1 in production; in a rehearsal 0.02, say, makes 6 s of 5 minutes.
    """

    thresholds: Thresholds = field(default_factory=Thresholds)
    services: tuple[ServiceSettings, ...] = ()
    gateway: bool = False
    response_logs: bool = False
    karpenter: bool = False
    keda: bool = False
    dcgm: bool = False
    gpu_usd_per_hour: Mapping[str, float] = field(default_factory=dict)
    memory_bytes: int | None = None
    remote_write: bool = False
    key_age_days: int = 365
    runbooks: str = "docs/runbooks"
    time_scale: float = 1

    def __post_init__(self) -> None:
        if not 0 < self.time_scale <= 1:
            raise ValueError(f"time_scale is {self.time_scale}: choose a number above 0, 1 at most")
        known = set(Thresholds().by_name())
        for service in self.services:
            if unknown := sorted(service.thresholds.keys() - known):
                raise ValueError(
                    f"{service.name}: unknown threshold {unknown[0]}: choose of {', '.join(sorted(known))}"
                )

"""What the configuration of Prometheus depends on."""

from dataclasses import dataclass

from monitoring.scrape.names import TOKEN_FILE


@dataclass(frozen=True, kw_only=True)
class RemoteWrite:
    """A workspace of Amazon Managed Service for Prometheus that gets every sample too.

    Attributes:
        url: Its endpoint with ``api/v1/remote_write``.
        region: Its AWS region, for which requests are signed with SigV4. The credentials are the pod's.
    """

    url: str
    region: str


@dataclass(frozen=True, kw_only=True)
class ScrapeArgs:
    """Arguments of `monitoring.scrape.render`.

    Attributes:
        cluster: Name of the EKS cluster: label ``cluster`` of every sample and alert that leaves this Prometheus.
        namespace: Kubernetes namespace of Prometheus and Alertmanager.
        scrape_seconds: Time between two scrapes of a target, 5 to 300.
        max_engines: Engine pods that are scraped at most: with one more, Prometheus scrapes none of them, so the figure is
            the one that its memory allows (docs/monitoring.md).
        gateway_namespace: Kubernetes namespace of the gateway; None for a platform without one.
        karpenter: Whether the cluster has Karpenter.
        keda_namespace: Kubernetes namespace of KEDA; None for a cluster without it.
        gpu_namespace: Kubernetes namespace of the DCGM exporter; None for a cluster without GPUs.
        scrape_token: Whether engines want the platform's scrape token.
        token_file: Where this Prometheus has that token.
        alertmanager: Host and port of Alertmanager; None sends no alert.
        rule_files: Files of rules, relative to the configuration's own folder.
        remote_write: Where samples go besides; None keeps them here alone.
        time_scale: Factor on every duration. A rehearsal has less than 1, where hours pass in seconds.
    """

    cluster: str
    namespace: str = "llm-monitoring"
    scrape_seconds: int = 30
    max_engines: int = 200
    gateway_namespace: str | None = None
    karpenter: bool = False
    keda_namespace: str | None = None
    gpu_namespace: str | None = None
    scrape_token: bool = True
    token_file: str = TOKEN_FILE
    alertmanager: str | None = "alertmanager:9093"
    rule_files: tuple[str, ...] = ("rules.yml",)
    remote_write: RemoteWrite | None = None
    time_scale: float = 1

    def __post_init__(self) -> None:
        """Check the figures.

        Raises:
            ValueError: one cannot be; the message names it.
        """
        if not 5 <= self.scrape_seconds <= 300:
            raise ValueError(
                f"scrape_seconds: {self.scrape_seconds} is outside 5 to 300: beyond 5 minutes a series counts as gone"
            )
        if self.max_engines < 1:
            raise ValueError(f"max_engines: {self.max_engines} must be at least 1")
        if not 0 < self.time_scale <= 1:
            raise ValueError(f"time_scale: {self.time_scale} must be above 0 and at most 1")

"""The jobs of Prometheus, each as its ``scrape_config``."""

from dataclasses import dataclass
from typing import Any

from monitoring.scrape import names, series
from monitoring.scrape.limits import Limits
from monitoring.scrape.relabel import Step, copy, keep, meta
from monitoring.scrape.series import Series

_RUNNING = keep(meta("pod_phase"), "Running")
_POD, _NODE = copy("pod", meta("pod_name")), copy("node", meta("pod_node_name"))


@dataclass(frozen=True, kw_only=True)
class Job:
    """One job.

    Attributes:
        name: Value of the label ``job``.
        discovery: How targets are found: ``kubernetes_sd_configs`` or ``static_configs``.
        relabel: Which of what was found are targets, and the labels they get.
        series: Which of their series are kept.
        limits: How much they may bring.
        options: Further fields: scheme, path, authorization.
        least_interval: Time between two scrapes at least, since an answer takes long to make. It matters in a rehearsal only.
    """

    name: str
    discovery: dict[str, Any]
    relabel: tuple[Step, ...] = ()
    series: Series
    limits: Limits
    options: dict[str, Any]
    least_interval: str = "1s"

    def rendered(self) -> dict[str, Any]:
        """The ``scrape_config``."""
        return {
            "job_name": self.name,
            **self.discovery,
            **self.options,
            "relabel_configs": list(self.relabel),
            "metric_relabel_configs": self.series.steps(),
            **self.limits.fields(),
        }


def engines(max_engines: int, token_file: str | None) -> Job:
    """Engines of every stack's services, by the EndpointSlices of the Services that the program labels.

    Team and stack come from Service and namespace: a new owner rolls no pod. An address that is not serving, since its
    engine still loads weights, is no target yet; one that drains still is.
    """
    stack, model = meta("namespace_label_", names.STACK), meta("service_label_", names.MODEL)
    return Job(
        name="engines",
        discovery={
            "kubernetes_sd_configs": [
                {
                    "role": "endpointslice",
                    "attach_metadata": {"namespace": True},
                    # EndpointSlices have the labels of their Service, and pods of models the program's.
                    "selectors": [
                        {"role": "endpointslice", "label": names.MODEL},
                        {"role": "service", "label": names.MODEL},
                        {"role": "pod", "label": "app.kubernetes.io/component=inference"},
                    ],
                }
            ]
        },
        relabel=(
            keep(stack, ".+"),
            keep(model, ".+"),
            keep(meta("service_label_", names.KIND), "|".join(names.KINDS_WITH_METRICS)),
            keep(meta("endpointslice_port_name"), names.ENGINE_PORT_NAME),
            keep(meta("endpointslice_endpoint_conditions_serving"), "true"),
            copy("service", stack, model),
            copy("stack", stack),
            copy("team", meta("service_label_", names.TEAM)),
            _POD,
            _NODE,
        ),
        series=series.ENGINE,
        limits=Limits(samples=5_000, targets=max_engines),
        options={"authorization": {"credentials_file": token_file}} if token_file else {},
    )


def _pods(
    name: str,
    namespace: str,
    app: str,
    port: Step,
    kept: Series,
    limits: Limits,
    *,
    labels: tuple[Step, ...] = (_POD, _NODE),
    attach_node: bool = False,
    options: dict[str, Any] | None = None,
    least_interval: str = "1s",
) -> Job:
    """A job of the pods of one program in one namespace, found at one of their ports."""
    attached = {"attach_metadata": {"node": True}} if attach_node else {}
    return Job(
        name=name,
        discovery={
            "kubernetes_sd_configs": [
                {
                    "role": "pod",
                    "namespaces": {"names": [namespace]},
                    "selectors": [{"role": "pod", "label": f"{names.APP}={app}"}],
                    **attached,
                }
            ]
        },
        relabel=(_RUNNING, port, *labels),
        series=kept,
        limits=limits,
        options=options or {},
        least_interval=least_interval,
    )


def _port_name(name: str) -> Step:
    return keep(meta("pod_container_port_name"), name)


_MAX_GATEWAY_PODS = 60
"""Three times the most that `gateway.replicas` takes: pods that drain are still found, those of a second rollout too."""


def gateway(namespace: str) -> Job:
    """The gateway's pods: series for each tenant, model and code."""
    limits = Limits(samples=200_000, targets=_MAX_GATEWAY_PODS)
    return _pods("gateway", namespace, names.GATEWAY_APP, _port_name(names.GATEWAY_PORT_NAME), series.GATEWAY, limits)


def envoy(namespace: str) -> Job:
    """Envoy of the same pods, which the policy reads from its loopback: series for each service."""
    limits, port = Limits(samples=200_000, targets=_MAX_GATEWAY_PODS), _port_name(names.GATEWAY_PORT_NAME)
    options = {"metrics_path": names.ENVOY_PATH}
    return _pods("envoy", namespace, names.GATEWAY_APP, port, series.ENVOY, limits, options=options)


def karpenter() -> Job:
    """Karpenter's controller: some twenty series for each node."""
    limits, port = Limits(samples=100_000, labels=40, targets=5), _port_name(names.KARPENTER_PORT_NAME)
    return _pods(
        "karpenter",
        names.SYSTEM_NAMESPACE,
        names.KARPENTER_APP,
        port,
        series.KARPENTER,
        limits,
        # It writes some ten thousand series of instance types, which are dropped here only: a second of a processor each time.
        least_interval="10s",
    )


def keda(namespace: str) -> Job:
    """KEDA's operator: some ten series for each trigger. Its label ``namespace`` is that of the ScaledObject."""
    limits, port = Limits(samples=20_000, targets=2), _port_name(names.KEDA_PORT_NAME)
    return _pods("keda", namespace, names.KEDA_APP, port, series.KEDA, limits)


def load_balancer_controller() -> Job:
    """The AWS Load Balancer Controller: calls of AWS's API by operation and result."""
    limits, port = Limits(samples=5_000, targets=5), _port_name(names.LOAD_BALANCER_PORT_NAME)
    return _pods(
        "load-balancer-controller",
        names.SYSTEM_NAMESPACE,
        names.LOAD_BALANCER_APP,
        port,
        series.LOAD_BALANCER_CONTROLLER,
        limits,
    )


def kubelet() -> Job:
    """CPU and memory of nodes and containers, from each kubelet's ``/metrics/resource``."""
    return Job(
        name="kubelet",
        discovery={"kubernetes_sd_configs": [{"role": "node"}]},
        relabel=(copy("node", meta("node_name")), copy("pool", meta("node_label_", names.POOL))),
        series=series.NODE,
        # 110 pods are what a kubelet takes by default; a container has three series.
        limits=Limits(samples=2_000, targets=5_000),
        options={
            "scheme": "https",
            "metrics_path": "/metrics/resource",
            "authorization": {"credentials_file": names.ACCOUNT_TOKEN_FILE},
            "tls_config": {"ca_file": names.ACCOUNT_CA_FILE},
            # Samples have the time at which the kubelet measured: without this a container that ended would stay for 5 minutes.
            "track_timestamps_staleness": True,
        },
        # Each read has the kubelet check its caller with the API server, and measure its containers.
        least_interval="3s",
    )


def dcgm(namespace: str) -> Job:
    """GPUs, from the DCGM exporter of each node. The labels pod, namespace and container name the pod that has the GPU."""
    return _pods(
        "dcgm",
        namespace,
        names.DCGM_APP,
        keep(meta("pod_container_port_number"), str(names.DCGM_PORT)),
        series.GPU,
        # A node has 16 GPUs at most, each cut into 7 at most, with some 40 fields.
        Limits(samples=5_000, labels=40, targets=5_000),
        labels=(_NODE, copy("pool", meta("node_label_", names.POOL))),
        attach_node=True,
    )


def static(name: str, address: str, kept: Series) -> Job:
    """A job of one address: Prometheus itself, or Alertmanager."""
    return Job(
        name=name,
        discovery={"static_configs": [{"targets": [address]}]},
        series=kept,
        limits=Limits(samples=2_000, targets=1),
        options={},
    )

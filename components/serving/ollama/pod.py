"""The pod of an Ollama service: server, probes, placement."""

from collections.abc import Sequence

import pulumi
import pulumi_kubernetes as k8s

from components.kubernetes.environment import environment
from components.kubernetes.pod_security import container_security, pod_security
from components.kubernetes.scope import Scope
from components.serving.context import ServingContext
from components.serving.ollama.model import MODELS, SCRIPT_SUFFIX, VOLUME, init_containers
from settings.derived.priorities import class_name
from settings.derived.shutdown import OLLAMA_END_SECONDS
from settings.models.pools import POOL_LABEL
from settings.models.services.ollama import OllamaSettings

PORT = 11434
HOME = "/home/ollama"
USER = 65532
LIVE_PATH = "/api/version"
"""Path that answers 200 while the server runs, whatever its model: the liveness probe's, and the load balancer's.

The load balancer's check is changed after the pods: with the model in its path, the pods of another model would fail
the check of the one before, and the readiness gate would keep the rollout from ever ending.
"""
_HOST_LABEL, _ZONE_LABEL = "kubernetes.io/hostname", "topology.kubernetes.io/zone"
_CAPACITY_LABELS = {"node_group": "eks.amazonaws.com/capacityType", "karpenter": "karpenter.sh/capacity-type"}
"""Provisioner to the label that says whether a node is on-demand or spot."""


def model_path(service: OllamaSettings) -> str:
    """Path that answers 200 once the model is complete on the volume, and 404 before: what probes request."""
    return f"/v1/models/{service.model}"


def pod(scope: Scope, service: OllamaSettings, context: ServingContext) -> k8s.core.v1.PodSpecArgs:
    """The pod; its volume of models comes from the StatefulSet's claim template."""
    empty = k8s.core.v1.EmptyDirVolumeSourceArgs(size_limit="1Gi")
    script = k8s.core.v1.ConfigMapVolumeSourceArgs(name=scope.named(SCRIPT_SUFFIX))
    return k8s.core.v1.PodSpecArgs(
        service_account_name=scope.name,
        automount_service_account_token=False,
        enable_service_links=False,
        termination_grace_period_seconds=service.drain_seconds + OLLAMA_END_SECONDS,
        priority_class_name=class_name(service.priority),
        security_context=pod_security(USER, USER, fs_group=USER),
        affinity=_affinity(scope, service, context),
        topology_spread_constraints=[_spread(scope, label) for label in _spread_labels(service, context)],
        init_containers=init_containers(scope, service, context),
        containers=[_server(service, context.image(service.image))],
        volumes=[
            k8s.core.v1.VolumeArgs(name="home", empty_dir=empty),
            k8s.core.v1.VolumeArgs(name="tmp", empty_dir=empty),
            k8s.core.v1.VolumeArgs(name=SCRIPT_SUFFIX, config_map=script),
        ],
    )


def _server(service: OllamaSettings, image: str) -> k8s.core.v1.ContainerArgs:
    return k8s.core.v1.ContainerArgs(
        name="ollama",
        image=image,
        args=["serve"],
        env=environment(_variables(service)),
        ports=[k8s.core.v1.ContainerPortArgs(name="http", container_port=PORT)],
        resources=k8s.core.v1.ResourceRequirementsArgs(
            requests={"cpu": f"{service.cpu:g}", "memory": f"{service.memory_gib:g}Gi", "ephemeral-storage": "1Gi"},
            limits={"cpu": f"{service.cpu_limit:g}", "memory": f"{service.memory_limit_gib:g}Gi"},
        ),
        startup_probe=_probe(model_path(service), period=5, failures=60),
        readiness_probe=_probe(model_path(service), period=10, failures=3),
        liveness_probe=_probe(LIVE_PATH, period=20, failures=6),
        lifecycle=k8s.core.v1.LifecycleArgs(
            # SIGTERM closes every connection at once (server/routes.go, Serve): answers under way end before it.
            pre_stop=k8s.core.v1.LifecycleHandlerArgs(sleep=k8s.core.v1.SleepActionArgs(seconds=service.drain_seconds))
        ),
        security_context=container_security(read_only_root=True),
        volume_mounts=[
            # Read-only: the API has no authentication, and DELETE /api/delete, /api/pull and /api/create must fail.
            k8s.core.v1.VolumeMountArgs(name=VOLUME, mount_path=MODELS, read_only=True),
            k8s.core.v1.VolumeMountArgs(name="home", mount_path=HOME),
            k8s.core.v1.VolumeMountArgs(name="tmp", mount_path="/tmp"),  # noqa: S108 - a mount point in the container
        ],
    )


def _variables(service: OllamaSettings) -> dict[str, pulumi.Input[str]]:
    return {
        "HOME": HOME,
        "OLLAMA_HOST": f"0.0.0.0:{PORT}",
        "OLLAMA_MODELS": MODELS,
        "OLLAMA_NUM_PARALLEL": str(service.parallel),
        "OLLAMA_CONTEXT_LENGTH": str(service.context_length),
        "OLLAMA_MAX_QUEUE": str(service.max_queue),
        "OLLAMA_MAX_LOADED_MODELS": "1",
        # A model that is unloaded takes the next request the seconds of another load.
        "OLLAMA_KEEP_ALIVE": "-1",
        "OLLAMA_LOAD_TIMEOUT": "10m",
        # Pruning writes, and the volume is read-only.
        "OLLAMA_NOPRUNE": "1",
        "OLLAMA_NO_CLOUD": "1",
        # llama-server counts the node's cores, not the container's share of them.
        "LLAMA_ARG_THREADS": str(max(1, int(service.cpu_limit))),
    }


def _probe(path: str, *, period: int, failures: int) -> k8s.core.v1.ProbeArgs:
    return k8s.core.v1.ProbeArgs(
        http_get=k8s.core.v1.HTTPGetActionArgs(path=path, port="http"),
        period_seconds=period,
        failure_threshold=failures,
        # While every core computes, an answer takes longer than the default of 1 s.
        timeout_seconds=5,
    )


def _affinity(scope: Scope, service: OllamaSettings, context: ServingContext) -> k8s.core.v1.AffinityArgs:
    """On nodes of its pools only, never two replicas on one node."""
    expression = k8s.core.v1.NodeSelectorRequirementArgs(
        key=POOL_LABEL,
        operator="In",
        values=[context.facts.pools[name].labels[POOL_LABEL] for name in service.pool_names],
    )
    term = k8s.core.v1.NodeSelectorTermArgs(match_expressions=[expression])
    return k8s.core.v1.AffinityArgs(
        node_affinity=k8s.core.v1.NodeAffinityArgs(
            required_during_scheduling_ignored_during_execution=k8s.core.v1.NodeSelectorArgs(node_selector_terms=[term])
        ),
        pod_anti_affinity=k8s.core.v1.PodAntiAffinityArgs(
            required_during_scheduling_ignored_during_execution=[
                k8s.core.v1.PodAffinityTermArgs(topology_key=_HOST_LABEL, label_selector=scope.match_labels)
            ]
        ),
    )


def _spread_labels(service: OllamaSettings, context: ServingContext) -> Sequence[str]:
    """Labels of nodes that replicas are spread over: those that every node of its pools has.

    The scheduler counts only nodes that have all of the labels (podtopologyspread of kube-scheduler), so with pools of both
    provisioners neither label of capacity is of use.
    """
    provisioners = {context.facts.pools[name].provisioner for name in service.pool_names}
    capacity = [_CAPACITY_LABELS[one] for one in provisioners] if len(provisioners) == 1 else []
    return [_ZONE_LABEL, *capacity]


def _spread(scope: Scope, label: str) -> k8s.core.v1.TopologySpreadConstraintArgs:
    """Over zones, and over on-demand and spot, as far as there are nodes."""
    return k8s.core.v1.TopologySpreadConstraintArgs(
        topology_key=label, max_skew=1, when_unsatisfiable="ScheduleAnyway", label_selector=scope.match_labels
    )


def volume_claim(
    scope: Scope, service: OllamaSettings, storage_class: pulumi.Input[str]
) -> Sequence[k8s.core.v1.PersistentVolumeClaimArgs]:
    """The claim template of each replica's volume."""
    return [
        k8s.core.v1.PersistentVolumeClaimArgs(
            metadata=k8s.meta.v1.ObjectMetaArgs(name=VOLUME, labels={**scope.selector}),
            spec=k8s.core.v1.PersistentVolumeClaimSpecArgs(
                access_modes=["ReadWriteOnce"],
                storage_class_name=storage_class,
                resources=k8s.core.v1.VolumeResourceRequirementsArgs(requests={"storage": f"{service.volume_gib}Gi"}),
            ),
        )
    ]

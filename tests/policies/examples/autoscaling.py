"""Autoscalers: who writes replicas, how many at most, what ends zero."""

from typing import Any

from tests.policies.examples import Examples
from tests.policies.judging import Case, Given, U, case

SCALED, HPA = "kubernetes:keda.sh/v1alpha1:ScaledObject", "kubernetes:autoscaling/v2:HorizontalPodAutoscaler"
DEPLOYMENT = "kubernetes:apps/v1:Deployment"
OTHER = Given("aws:s3/bucket:Bucket", {"bucket": "b"})
WAITING = {"type": "prometheus", "metadata": {"query": 'sum(vllm:num_requests_waiting{service="dev/chat"})'}}
HELD = {"type": "prometheus", "metadata": {"query": 'sum(llm_gateway_held_requests{model="dev/chat"})'}}
BESIDE = {
    "type": "prometheus",
    "metadata": {"query": "sum(vllm:num_requests_waiting) or vector(0) unless on() llm_gateway_in_flight > 0"},
}
ANY = {"type": "prometheus", "metadata": {"query": "sum(rate(node_network_receive_bytes_total[2m]))"}}
CRON = {"type": "cron", "metadata": {"start": "0 8 * * *", "end": "0 19 * * *", "desiredReplicas": "1"}}


def scaler(name: str = "chat", kind: str = SCALED, target: Any = "chat", annotations: Any = None, **spec: Any) -> Given:
    metadata = {"name": name, "namespace": "llm", **({"annotations": annotations} if annotations else {})}
    return Given(kind, {"metadata": metadata, "spec": {"scaleTargetRef": {"name": target}, **spec}}, name)


def workload(replicas: Any = None, ignores: tuple[str, ...] = (), name: str = "chat") -> Given:
    spec = {} if replicas is None else {"replicas": replicas}
    metadata = {"name": name, "namespace": "llm"}
    return Given(DEPLOYMENT, {"metadata": metadata, "spec": spec}, "workload", ignore_changes=ignores)


def with_gpus(gpus: Any, init: Any = None) -> Given:
    def container(name: str, amount: Any) -> dict[str, Any]:
        return {"name": name, "resources": {"limits": {"nvidia.com/gpu": amount}}}

    pod = {"containers": [container("engine", gpus)], "initContainers": [container("init", init)] if init else []}
    return Given(
        DEPLOYMENT, {"metadata": {"name": "chat", "namespace": "llm"}, "spec": {"template": {"spec": pod}}}, "workload"
    )


PATCH = Given("kubernetes:apps/v1:DeploymentPatch", workload(4).props, "patch")
PAUSED_NOT: dict[str, Any] = {"autoscaling.keda.sh/paused": "false"}


LEADER_WORKER = "kubernetes:leaderworkerset.x-k8s.io/v1:LeaderWorkerSet"


def group(size: Any, workers: Any, leader: Any = None) -> Given:
    def template(gpus: Any) -> Any:
        return with_gpus(gpus).props["spec"]["template"]

    of_group = {"size": size, "workerTemplate": template(workers)} | (
        {"leaderTemplate": template(leader)} if leader else {}
    )
    metadata = {"name": "chat", "namespace": "llm"}
    return Given(LEADER_WORKER, {"metadata": metadata, "spec": {"leaderWorkerTemplate": of_group}}, "group")


def of_group(**spec: Any) -> Given:
    metadata = {"name": "chat", "namespace": "llm"}
    reference = {"apiVersion": "leaderworkerset.x-k8s.io/v1", "kind": "LeaderWorkerSet", "name": "chat"}
    return Given(SCALED, {"metadata": metadata, "spec": {"scaleTargetRef": reference, **spec}}, "scaler")


def jobs(gpus: Any = 1, annotations: Any = None, parallelism: Any = None, **spec: Any) -> Given:
    template = with_gpus(gpus).props["spec"]["template"]
    target = {"template": template, **({} if parallelism is None else {"parallelism": parallelism})}
    metadata = {"name": "chat", "namespace": "llm", **({"annotations": annotations} if annotations else {})}
    return Given(
        "kubernetes:keda.sh/v1alpha1:ScaledJob",
        {"metadata": metadata, "spec": {"jobTargetRef": target, **spec}},
        "jobs",
    )


def zero(note: str, *triggers: Any, **spec: Any) -> Case:
    return case(note, scaler(triggers=list(triggers), **spec))


EXAMPLES = {
    "one-writer-of-replicas": Examples(
        passes=(
            case("no number beside it", scaler(), workload()),
            case("a number whose changes are ignored", scaler(), workload(4, ("spec.replicas",))),
            case("a number, and the other one is scaled", scaler(target="other"), workload(4)),
            case("paused", scaler(annotations={"autoscaling.keda.sh/paused-replicas": "4"}), workload(4)),
            case("two of two", scaler(), scaler("other", target="other")),
        ),
        fails=(
            case("a number beside it", scaler(), workload(4)),
            case(
                "a number of groups",
                of_group(),
                Given(
                    LEADER_WORKER, {"metadata": {"name": "chat", "namespace": "llm"}, "spec": {"replicas": 2}}, "group"
                ),
            ),
            case("a number of a patch", scaler(), workload(), PATCH),
            case("two ScaledObjects", scaler(), scaler("second")),
            case("not paused, whatever the annotation", scaler(annotations=PAUSED_NOT), workload(4)),
            case(
                "an HPA, of which KEDA's annotation says nothing",
                scaler(kind=HPA, annotations={"autoscaling.keda.sh/paused": "true"}),
                workload(4),
            ),
            case(
                "an annotation that is not known",
                scaler(annotations={"autoscaling.keda.sh/paused": U}),
                workload(4),
            ),
            case("a ScaledObject and an HPA", scaler(), scaler("hpa", HPA)),
        ),
        unknown=(case("of an unknown target", scaler(target=U), workload(4)),),
        other=OTHER,
    ),
    "scaled-object-maximum": Examples(
        passes=(
            case("eight", scaler(maxReplicaCount=8)),
            case("paused", scaler(annotations={"autoscaling.keda.sh/paused-replicas": "4"})),
            case("of Jobs", jobs(maxReplicaCount=3)),
        ),
        fails=(
            case("none", scaler()),
            case("none, not paused", scaler(annotations=PAUSED_NOT)),
            case("none of Jobs", jobs()),
        ),
        unknown=(case("unknown", scaler(maxReplicaCount=U)),),
        other=OTHER,
    ),
    "gpu-budget": Examples(
        passes=(
            case("as many as the budget", scaler(maxReplicaCount=4), with_gpus(2), gpus=8.0),
            case("without GPUs", scaler(maxReplicaCount=100), workload(), gpus=8.0),
            case("another workload", scaler(maxReplicaCount=100, target="other"), with_gpus(2), gpus=8.0),
            case("no scaler", with_gpus(2), gpus=1.0),
            case("as many groups as the budget", of_group(maxReplicaCount=2), group(2, 2), gpus=8.0),
            case("leaders without GPUs", of_group(maxReplicaCount=2), group(3, 2, "0"), gpus=8.0),
            case("as many Jobs as the budget", jobs(2, maxReplicaCount=2, parallelism=2), gpus=8.0),
            case("Jobs that are paused", jobs(annotations={"autoscaling.keda.sh/paused": "yes"}), gpus=8.0),
            case(
                "paused",
                scaler(maxReplicaCount=5, annotations={"autoscaling.keda.sh/paused": "true"}),
                with_gpus(2),
                gpus=8.0,
            ),
        ),
        fails=(
            case("replicas of two GPUs", scaler(maxReplicaCount=5), with_gpus(2), gpus=8.0),
            case("an init container takes more", scaler(maxReplicaCount=5), with_gpus(1, init="2"), gpus=8.0),
            case("an HPA", scaler(kind=HPA, maxReplicas=5), with_gpus("2"), gpus=8.0),
            case("groups of several pods", of_group(maxReplicaCount=2), group(3, 2), gpus=8.0),
            case("groups with a larger leader", of_group(maxReplicaCount=2), group(2, 1, 4), gpus=8.0),
            case("Jobs", jobs(2, maxReplicaCount=5), gpus=8.0),
            case("Jobs of several pods", jobs(2, maxReplicaCount=2, parallelism=3), gpus=8.0),
            case("Jobs without a maximum", jobs(), gpus=8.0),
        ),
        unknown=(
            case("an unknown maximum", scaler(maxReplicaCount=U), with_gpus(2), gpus=8.0),
            case("unknown GPUs", scaler(maxReplicaCount=5), with_gpus(U), gpus=8.0),
            case("groups of an unknown size", of_group(maxReplicaCount=2), group(U, 2), gpus=8.0),
            case("an unknown number of Jobs", jobs(maxReplicaCount=U), gpus=8.0),
        ),
    ),
    "scale-to-zero-signal": Examples(
        passes=(
            zero("one replica stays", WAITING, minReplicaCount=1),
            zero("idle with one", WAITING, minReplicaCount=2, idleReplicaCount=1),
            zero("held requests of the gateway", WAITING, HELD, minReplicaCount=0),
            zero(
                "one held request is more than a half",
                {**HELD, "metadata": {**HELD["metadata"], "activationThreshold": "0.5"}},
            ),
            zero("a queue of SQS", {"type": "aws-sqs-queue", "metadata": {}}, minReplicaCount=0),
            zero("paused", WAITING, annotations={"autoscaling.keda.sh/paused": "true"}),
        ),
        fails=(
            zero("its own queue alone", WAITING, minReplicaCount=0),
            zero("KEDA's default is zero", WAITING),
            zero("the clock starts it, and no request does", WAITING, CRON, minReplicaCount=0),
            zero("its own queue, beside the gateway's", BESIDE, minReplicaCount=0),
            zero("a metric of something else", ANY, minReplicaCount=0),
            zero(
                "more held requests than come", {**HELD, "metadata": {**HELD["metadata"], "activationThreshold": "5"}}
            ),
            zero("zero while it is idle", WAITING, minReplicaCount=1, idleReplicaCount=0),
        ),
        unknown=(zero("an unknown query", {"type": "prometheus", "metadata": {"query": U}}, minReplicaCount=0),),
        other=OTHER,
    ),
}

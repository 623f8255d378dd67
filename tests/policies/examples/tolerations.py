"""Pods that their nodes' taints keep off."""

from typing import Any

from tests.policies.examples import Examples
from tests.policies.examples.node_pools import CATEGORY, G5, OTHER, TAINT, needs, pool
from tests.policies.judging import Case, Given, U, case

DEPLOYMENT, DAEMONS = "kubernetes:apps/v1:Deployment", "kubernetes:apps/v1:DaemonSet"
TOLERATION = {"key": "nvidia.com/gpu", "operator": "Exists", "effect": "NoSchedule"}
GPU = {"limits": {"nvidia.com/gpu": "1"}}
LABELS = {"llm-platform/pool": "g5"}
KARPENTER = pool(G5, labels=LABELS, taints=[TAINT])
OWN = pool(G5, name="own", labels={"team": "a"}, taints=[{"key": "team", "value": "a", "effect": "NoSchedule"}])
CPU = pool(needs(CATEGORY, "c"), name="cpu", labels={"kind": "cpu"})
GROUP = Given("aws:eks/nodeGroup:NodeGroup", {"instanceTypes": ["g5.xlarge"], "labels": {"kind": "group"}, "taints": [{"key": "nvidia.com/gpu", "effect": "NO_SCHEDULE"}]}, "group")  # fmt: skip


def pod(kind: str = DEPLOYMENT, *, image: str = "vllm/vllm-openai:v1", resources: Any = GPU, **spec: Any) -> Given:
    inner = {"containers": [{"name": "c", "image": image, "resources": resources}], **spec}
    return Given(kind, {"spec": {"template": {"spec": inner}}}, "pod")


def plugin(**spec: Any) -> Given:
    return pod(DAEMONS, image="nvcr.io/nvidia/k8s-device-plugin:v0.20.0", resources={}, **spec)


def affinity(*terms: Any) -> dict[str, Any]:
    required = {"nodeSelectorTerms": [{"matchExpressions": list(term)} for term in terms]}
    return {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": required}}


def tolerating(note: str, *tolerations: Any, of: Given = KARPENTER) -> Case:
    return case(note, of, pod(tolerations=list(tolerations)))


EXAMPLES = {
    "gpu-toleration": Examples(
        passes=(
            tolerating("exists", TOLERATION),
            tolerating("any effect", {"key": "nvidia.com/gpu", "operator": "Exists"}),
            tolerating("equal, without value", {"key": "nvidia.com/gpu", "effect": "NoSchedule"}),
            tolerating("everything", {"operator": "Exists"}),
            tolerating("the second", {"key": "a", "operator": "Exists"}, TOLERATION),
            tolerating("a value", {"key": "team", "operator": "Equal", "value": "a", "effect": "NoSchedule"}, of=OWN),
            case("no GPU", KARPENTER, pod(resources={})),
            case("none of GPUs", KARPENTER, pod(resources={"limits": {"nvidia.com/gpu": 0}})),
            case("no pool here", pod()),
            case("a pool of elsewhere", KARPENTER, pod(nodeSelector={"llm-platform/pool": "g6"})),
            case("one of two pools", KARPENTER, OWN, pod(tolerations=[TOLERATION])),
            case("a pool without taints", KARPENTER, pool(G5, name="free"), pod()),
            case("device plugin", KARPENTER, plugin(tolerations=[{"operator": "Exists"}])),
            case("device plugin of another pool", KARPENTER, plugin(nodeSelector={"llm-platform/pool": "g6"})),
            case("a CPU pool", CPU, pod(resources={}, nodeSelector={"kind": "cpu"})),
            case("a node group", GROUP, pod(tolerations=[TOLERATION])),
            case("only preferred", pool(G5, taints=[{**TAINT, "effect": "PreferNoSchedule"}]), pod()),
        ),
        fails=(
            case("none", KARPENTER, pod()),
            case("requests alone", KARPENTER, pod(resources={"requests": {"nvidia.com/gpu": 1.0}})),
            case("by a label", KARPENTER, pod(nodeSelector=LABELS)),
            case("by name", KARPENTER, pod(nodeSelector={"karpenter.sh/nodepool": "pool"})),
            case("by instance type", KARPENTER, pod(nodeSelector={"node.kubernetes.io/instance-type": "g5.xlarge"})),
            case("by affinity", KARPENTER, pod(affinity=affinity([needs("llm-platform/pool", "g5", "g6")]))),
            case("by one of two terms", KARPENTER, pod(affinity=affinity([needs("llm-platform/pool", "g6")], [needs("llm-platform/pool", operator="Exists")]))),
            case("the selected one of two pools", KARPENTER, OWN, pod(nodeSelector={"team": "a"}, tolerations=[TOLERATION])),
            case("no GPU, and selects it", KARPENTER, pod(resources={}, nodeSelector=LABELS)),
            tolerating("another key", {"key": "gpu", "operator": "Exists"}),
            tolerating("another effect", {**TOLERATION, "effect": "NoExecute"}),
            tolerating("another value", {"key": "team", "value": "b"}, of=OWN),
            case("device plugin", KARPENTER, plugin()),
            case("device plugin and one of two pools", KARPENTER, OWN, plugin(tolerations=[TOLERATION])),
            case("a node group", GROUP, pod()),
            case("a node group by label", GROUP, pod(nodeSelector={"kind": "group"})),
        ),
        unknown=(
            case("tolerations", KARPENTER, pod(tolerations=U)),
            case("a toleration", KARPENTER, pod(tolerations=[U])),
            case("selector", KARPENTER, pod(nodeSelector=U)),
            case("resources", KARPENTER, pod(resources=U)),
            case("taints", pool(G5, taints=U), pod()),
            case("pod", KARPENTER, Given(DEPLOYMENT, {"spec": {"template": {"spec": U}}}, "pod")),
        ),
        other=OTHER,
    ),
}  # fmt: skip

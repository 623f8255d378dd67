"""The rule on pods that are kept off the nodes they need: GPU pods, device plugins, and pods that name a pool."""

from collections.abc import Callable, Iterator
from typing import Final

from pulumi_policy import EnforcementLevel

from guardrails.analysis.node_pool_types import Gpus
from guardrails.analysis.pool_limits import NVIDIA
from guardrails.analysis.pool_taints import POOLS, Pool, Taint, selections
from guardrails.analysis.requirements import Restriction
from guardrails.analysis.workloads import WHOLE_PODS, Pod, containers, pods, repository
from guardrails.engine.rule import Finding, Findings, Rule, Stack, Subject, Unknown, guard
from guardrails.engine.values import UNKNOWN, Properties, UnknownPropertyError, get_path
from planner import quantities

_DEVICE_PLUGIN: Final = "k8s-device-plugin"


def _kept_off(stack: Stack) -> Findings:
    pools = [Pool(one) for one in stack.of(*POOLS)]
    if not pools:
        return
    for subject in stack.of(*WHOLE_PODS):
        for pod in pods(subject):
            if isinstance(pod.spec, dict):
                yield from guard(_pod(subject, pod, pod.spec, pools), subject.urn)
            elif pod.spec is UNKNOWN:
                yield Unknown(f"{pod.where} is unknown", subject.urn)


def _pod(subject: Subject, pod: Pod, spec: Properties, pools: list[Pool]) -> Findings:
    if _has_device_plugin(pod):
        # It belongs on every GPU node: one that it does not reach never gets ready for Karpenter, and is replaced.
        for pool in _with_gpus(spec, pools):
            yield from guard(_each(subject, spec, pool), subject.urn)
        return
    wants_gpu = _wants_gpu(pod)
    found = list(_with_gpus(spec, pools) if wants_gpu else _candidates(spec, pools, Pool.gives))
    off: list[tuple[Pool, Taint]] = []
    for pool in found:
        missing_one = _first_missing(pool, spec)
        if missing_one is None:
            return
        off.append((pool, missing_one))
    if off:
        named = ", ".join(f"{pool.subject.name} ({taint})" for pool, taint in off)
        what = f"requests {NVIDIA} and" if wants_gpu else "selects a pool and"
        yield Finding(f"{what} does not tolerate the taint of {named}", subject.urn)


def _each(subject: Subject, spec: Properties, pool: Pool) -> Findings:
    taint = _first_missing(pool, spec)
    if taint is not None:
        yield Finding(
            f"is the device plugin and does not tolerate the taint of {pool.subject.name} ({taint})", subject.urn
        )


def _first_missing(pool: Pool, spec: Properties) -> Taint | None:
    return next((one for one in pool.taints() if not one.tolerated(spec.get("tolerations"))), None)


def _with_gpus(spec: Properties, pools: list[Pool]) -> Iterator[Pool]:
    """The pools with GPUs that a pod's selector admits."""
    return _candidates(spec, [one for one in pools if one.gpus is not Gpus.NONE], lambda *_: True)


def _candidates(spec: Properties, pools: list[Pool], names: Callable[[Pool, str], bool]) -> Iterator[Pool]:
    """The pools that a pod's selector admits; of a pod that selects, those a label of which ``names`` it takes."""
    wanted = selections(spec)
    for pool in pools:
        if any(_admits(pool, one, names) for one in wanted):
            yield pool


def _admits(pool: Pool, wanted: dict[str, Restriction], names: Callable[[Pool, str], bool]) -> bool:
    needed = any(names(pool, key) for key in wanted) if wanted else names(pool, "")
    return needed and all(pool.may_be(key, restriction) for key, restriction in wanted.items())


def _has_device_plugin(pod: Pod) -> bool:
    images = [get_path(item, "image") for _, item in containers(pod)]
    return any(isinstance(image, str) and repository(image).endswith(_DEVICE_PLUGIN) for image in images)


def _wants_gpu(pod: Pod) -> bool:
    unknown = False
    for _, item in containers(pod):
        for kind in ("limits", "requests"):
            value = get_path(item, "resources", kind, NVIDIA)
            unknown = unknown or value is UNKNOWN
            amount = quantities.parse(value)
            if amount is not None and amount > 0:
                return True
    if unknown:
        raise UnknownPropertyError(f"whether it requests {NVIDIA} is unknown")
    return False


RULES: Final = (
    Rule(
        id="gpu-toleration",
        family="node-pools",
        level=EnforcementLevel.MANDATORY,
        blocks="a pod that its nodes' taint keeps off",
        why="It stays pending, or its node never gets ready; of all taints, EKS tolerates only nvidia.com/gpu by itself, for pods with GPUs.",
        fix="add the taint to the pod's tolerations (key nvidia.com/gpu, operator Exists, effect NoSchedule)",
        benchmarks="",
        types=WHOLE_PODS | POOLS,
        judge_stack=_kept_off,
    ),
)

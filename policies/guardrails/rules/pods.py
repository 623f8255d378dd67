"""Rules on pods: what they may do to their node, and how they run vLLM."""

import re
from collections.abc import Callable
from typing import Final

from pulumi_policy import EnforcementLevel

from guardrails.analysis.workloads import POD_TYPES, WHOLE_PODS, Pod, containers, pods, repository
from guardrails.engine.rule import Finding, Findings, Rule, Subject, Unknown, guard
from guardrails.engine.values import UNKNOWN, Properties, Value, as_list, get_path, known_items, parse_bool, require

BASELINE_CAPABILITIES: Final = frozenset({
    "AUDIT_WRITE", "CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID", "KILL", "MKNOD", "NET_BIND_SERVICE", "SETFCAP",
    "SETGID", "SETPCAP", "SETUID", "SYS_CHROOT",
})  # fmt: skip
SAFE_SYSCTLS: Final = frozenset({
    "kernel.shm_rmid_forced", "net.ipv4.ip_local_port_range", "net.ipv4.ip_unprivileged_port_start",
    "net.ipv4.tcp_syncookies", "net.ipv4.ping_group_range", "net.ipv4.ip_local_reserved_ports",
    "net.ipv4.tcp_keepalive_time", "net.ipv4.tcp_fin_timeout", "net.ipv4.tcp_keepalive_intvl",
    "net.ipv4.tcp_keepalive_probes", "net.ipv4.tcp_rmem", "net.ipv4.tcp_wmem",
})  # fmt: skip
SELINUX_TYPES: Final = frozenset({None, "", "container_t", "container_init_t", "container_kvm_t", "container_engine_t"})
VOLUMES: Final = frozenset({"kubernetes:core/v1:PersistentVolume", "kubernetes:core/v1:PersistentVolumePatch"})
_APPARMOR: Final = "container.apparmor.security.beta.kubernetes.io/"
_PRIVATE_ECR: Final = re.compile(r"\d{12}\.dkr[.-]ecr(?:-fips)?\.[a-z0-9-]+\.[a-z.]+", re.ASCII)
"""A private registry of Amazon ECR (ECR User Guide, "Amazon ECR private registry"; the other form is of its dual-stack endpoints)."""


def _is_image(repository_of_pod: str, listed: str) -> bool:
    """Whether it is the listed repository, or its copy in a private registry of Amazon ECR: below any prefix, with the same path."""
    registry, _, path = repository_of_pod.partition("/")
    copied = _PRIVATE_ECR.fullmatch(registry) and f"/{path}".endswith(f"/{listed.partition('/')[2]}")
    return bool(copied) or repository_of_pod == listed


def _node_agent(subject: Subject, pod: Pod) -> bool | None:
    """Whether a pod is on the rule's list of node agents: namespace and every image must match; None if unknown."""
    images = [item.get("image") if isinstance(item, dict) else UNKNOWN for _, item in containers(pod)]
    verdict: bool | None = False
    for entry in subject.config["node_agents"]:
        known = [repository(image) for image in images if isinstance(image, str)]
        if pod.namespace not in {entry["namespace"], UNKNOWN} or any(
            not _is_image(name, entry["image"]) for name in known
        ):
            continue
        if images and len(known) == len(images) and pod.namespace is not UNKNOWN:
            return True
        verdict = None
    return verdict


def _unless_agent(judge: Callable[[Pod], Findings]) -> Callable[[Subject], Findings]:
    def judged(subject: Subject) -> Findings:
        for pod in pods(subject):
            agent = _node_agent(subject, pod)
            for finding in judge(pod) if agent is not True else ():
                yield Unknown(f"unless it is a listed node agent: {finding.what}") if agent is None else finding

    return judged


def _baseline(pod: Pod) -> Findings:
    if isinstance(pod.spec, dict):
        yield from _host(pod.where, pod.spec)
    annotations = pod.annotations if isinstance(pod.annotations, dict) else {}
    for key, value in annotations.items():
        if key.startswith(_APPARMOR) and value == "unconfined":
            yield Finding(f"an annotation switches AppArmor of container {key.removeprefix(_APPARMOR)} off")
    for where, container in containers(pod):
        if container is UNKNOWN:
            yield Unknown(f"{where} is unknown")
        elif isinstance(container, dict):
            yield from guard(_host_ports(where, container))
            yield from guard(_privileges(where, container))


def _baseline_of(subject: Subject) -> Findings:
    """Judge a resource's pods, and a volume that pods may claim: it takes a folder of the node past every rule on pods."""
    if subject.type not in VOLUMES:
        yield from _unless_agent(_baseline)(subject)
    elif subject.value("spec", "hostPath") is not None:
        yield Finding("spec.hostPath is a folder of the node")


def _host(where: str, spec: Properties) -> Findings:
    for key in ("hostNetwork", "hostPID", "hostIPC"):
        yield from guard(_switched(f"{where}.{key}", spec.get(key)))
    yield from guard(_pod_context(where, spec))
    for index, volume in enumerate(as_list(spec.get("volumes"))):
        if volume is UNKNOWN:
            yield Unknown(f"a volume of {where} is unknown")
        elif isinstance(volume, dict) and volume.get("hostPath") is not None:
            yield Finding(f"{where}.volumes[{index}] is a hostPath")


def _pod_context(where: str, spec: Properties) -> Findings:
    context = require(spec, "securityContext", of=f" of {where}")
    yield from guard(_switched("hostProcess of the pod", get_path(context, "windowsOptions", "hostProcess")))
    yield from _confinement(where, context)
    for sysctl in as_list(get_path(context, "sysctls")):
        yield from guard(_sysctl(where, sysctl))


def _sysctl(where: str, sysctl: Value) -> Findings:
    if require(sysctl, "name", of=f" of a sysctl of {where}") not in SAFE_SYSCTLS:
        yield Finding(f"{where} sets an unsafe sysctl")


def _confinement(where: str, context: Value) -> Findings:
    """Judge what a known security context, of a pod or a container, does to seccomp, AppArmor and SELinux."""
    for profile, what in (("seccompProfile", "seccomp"), ("appArmorProfile", "AppArmor")):
        yield from guard(_profile(where, context, profile, what))
    options = get_path(context, "seLinuxOptions")
    values = [get_path(options, key) for key in ("type", "user", "role")]
    if values[0] not in {*SELINUX_TYPES, UNKNOWN} or any(value not in {None, "", UNKNOWN} for value in values[1:]):
        yield Finding(f"{where} leaves the SELinux type of containers")
    elif UNKNOWN in values:
        yield Unknown(f"seLinuxOptions of {where} are unknown")


def _profile(where: str, context: Value, profile: str, what: str) -> Findings:
    if require(context, profile, "type", of=f" of {where}") == "Unconfined":
        yield Finding(f"{where} switches {what} off")


def _switched(what: str, value: Value) -> Findings:
    if parse_bool(require(value, of=f" of {what}")):
        yield Finding(f"{what} is true")


def _host_ports(where: str, container: Properties) -> Findings:
    for port in as_list(container.get("ports")):
        number = get_path(port, "hostPort")
        if number is UNKNOWN:
            yield Unknown(f"a port of {where} is unknown")
        elif number:
            yield Finding(f"{where} takes a hostPort of the node")


def _privileges(where: str, container: Properties) -> Findings:
    context = require(container, "securityContext", of=f" of {where}")
    if not isinstance(context, dict):
        return
    yield from guard(_switched(f"privileged of {where}", context.get("privileged")))
    host_process = get_path(context, "windowsOptions", "hostProcess")
    yield from guard(_switched(f"hostProcess of {where}", host_process))
    yield from _confinement(where, context)
    if context.get("procMount") not in {None, "Default", UNKNOWN}:
        yield Finding(f"{where} unmasks /proc")
    for capability in known_items(get_path(context, "capabilities", "add"), f"a capability of {where}"):
        if str(capability).upper().removeprefix("CAP_") not in BASELINE_CAPABILITIES:
            yield Finding(f"{where} adds a capability beyond the baseline")


def _restricted(pod: Pod) -> Findings:
    for where, container in containers(pod):
        yield from guard(_one_restricted(pod, where, container))


def _one_restricted(pod: Pod, where: str, container: Value) -> Findings:
    values = (require(source, "securityContext", of=f" of {where}") for source in (pod.spec, container))
    shared, own = (value if isinstance(value, dict) else {} for value in values)
    context = shared | {key: value for key, value in own.items() if value is not None}
    for path, good, complaint in _RESTRICTIONS:
        yield from guard(_restriction(where, context, path, good, complaint))


def _restriction(
    where: str, context: Properties, path: tuple[str, ...], good: Callable[[Value], bool], complaint: str
) -> Findings:
    if not good(require(context, *path, of=f" of {where}")):
        yield Finding(f"{where} {complaint} ({'.'.join(path)})")


_RESTRICTIONS: Final[tuple[tuple[tuple[str, ...], Callable[[Value], bool], str], ...]] = (
    (("runAsNonRoot",), lambda value: parse_bool(value) is True, "may run as root"),
    (("runAsUser",), lambda value: bool(value != 0), "runs as root"),
    (("allowPrivilegeEscalation",), lambda value: parse_bool(value) is False, "may gain privileges"),
    (("capabilities", "drop"), lambda value: "ALL" in as_list(value), "keeps capabilities"),
    (
        ("capabilities", "add"),
        lambda value: {str(item).upper() for item in as_list(value)} <= {"NET_BIND_SERVICE"},
        "adds capabilities",
    ),
    (
        ("seccompProfile", "type"),
        lambda value: value in ("RuntimeDefault", "Localhost"),
        "runs without a seccomp profile",
    ),
)
"""Path in the security context, what its value must be, and the complaint where it is not."""


_AGENTS: Final = {
    "node_agents": {
        "type": "array",
        "items": {
            "type": "object",
            "properties": {"namespace": {"type": "string"}, "image": {"type": "string"}},
            "required": ["namespace", "image"],
        },
        "default": [
            {"namespace": "kube-system", "image": "nvcr.io/nvidia/k8s-device-plugin"},
            {"namespace": "llm-monitoring-gpu", "image": "nvcr.io/nvidia/k8s/dcgm-exporter"},
        ],
        "description": "Pods that may reach into their node: namespace, and the repository of every image; its copy in a private registry "
        "of Amazon ECR, with the same path below any prefix, counts as it.",
    }
}

RULES: Final = (
    Rule(
        id="pod-baseline",
        family="pod-security",
        level=EnforcementLevel.MANDATORY,
        blocks="a pod, or a volume for pods, that reaches into its node",
        why="Privileged, host namespaces, hostPath or added capabilities: the pod is root on the node.",
        fix="omit it; a node agent goes on the rule's list with its namespace and image",
        benchmarks="kyverno pod-security/baseline, CKV_K8S_16-19, trivy KSV-0017, KSV-0023, CIS 4.2.1-4.2.4",
        types=POD_TYPES | VOLUMES,
        judge=_baseline_of,
        settings=_AGENTS,
    ),
    Rule(
        id="pod-restricted",
        family="pod-security",
        level=EnforcementLevel.ADVISORY,
        blocks="a pod that keeps more rights than it needs",
        why="A model server needs neither root nor capabilities.",
        fix="set runAsNonRoot, allowPrivilegeEscalation: false, drop ALL, seccompProfile RuntimeDefault",
        benchmarks="kyverno pod-security/restricted, CKV_K8S_20, CKV_K8S_23, CKV_K8S_31, trivy KSV-0001, CIS 4.2.5",
        types=WHOLE_PODS,
        judge=_unless_agent(_restricted),
        settings=_AGENTS,
    ),
)

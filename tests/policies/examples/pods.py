"""Pods: what they may do to their node, images, exposure."""

from typing import Any

from tests.policies.examples import Examples
from tests.policies.judging import Case, Given, U, case

BUCKET = Given("aws:s3/bucket:Bucket", {"bucket": "b"})
VOLUME = "kubernetes:core/v1:PersistentVolume"
DEPLOYMENT = "kubernetes:apps/v1:Deployment"
RESTRICTED = {
    "runAsNonRoot": True,
    "allowPrivilegeEscalation": False,
    "capabilities": {"drop": ["ALL"]},
    "seccompProfile": {"type": "RuntimeDefault"},
}
VLLM = {"name": "vllm", "image": "vllm/vllm-openai:v0.32.0", "args": ["--model", "m"]}


def spec(container: Any = None, **more: Any) -> dict[str, Any]:
    return {"containers": [VLLM if container is None else container], **more}


def deployment(note: str, container: Any = None, **more: Any) -> Case:
    return of(note, DEPLOYMENT, spec(container, **more))


def of(note: str, type_: str, pod: Any, namespace: Any = "llm", **config: Any) -> Case:
    kind = type_.rpartition(":")[2]
    body: dict[str, Any] = {"template": {"metadata": {"labels": {"app": "vllm"}}, "spec": pod}}
    if kind == "PodTemplate":
        return case(note, Given(type_, {"metadata": {"namespace": namespace}, "template": body["template"]}), **config)
    if kind.startswith("Pod"):
        body = pod
    elif kind.startswith("CronJob"):
        body = {"jobTemplate": {"spec": body}}
    elif kind == "ScaledJob":
        body = {"jobTargetRef": body}
    elif kind == "LeaderWorkerSet":
        body = {"leaderWorkerTemplate": {"workerTemplate": body["template"]}}
    return case(note, Given(type_, {"metadata": {"namespace": namespace}, "spec": body}), **config)


def secured(**context: Any) -> dict[str, Any]:
    return {**VLLM, "securityContext": context}


PRIVILEGED = secured(privileged=True)
KINDS = (
    "apps/v1beta1:Deployment", "extensions/v1beta1:DaemonSet", "batch/v1beta1:CronJob",
    "core/v1:Pod", "core/v1:PodPatch", "core/v1:PodTemplate", "apps/v1:Deployment", "apps/v1:DeploymentPatch", "apps/v1:StatefulSet",
    "apps/v1:DaemonSet", "apps/v1:ReplicaSet", "batch/v1:Job", "batch/v1:CronJob", "core/v1:ReplicationController",
    "leaderworkerset.x-k8s.io/v1:LeaderWorkerSet", "keda.sh/v1alpha1:ScaledJob",
)  # fmt: skip
PLUGIN = {**PRIVILEGED, "image": "nvcr.io/nvidia/k8s-device-plugin:v0.17.0"}
_ECR = "123456789012.dkr.ecr.us-east-1.amazonaws.com"
EXPORTER = {**PRIVILEGED, "image": "nvcr.io/nvidia/k8s/dcgm-exporter:4.6.0-4.8.3-distroless"}
DAEMON = "kubernetes:apps/v1:DaemonSet"
UNKNOWN = (
    of("spec", DEPLOYMENT, U),
    case("resource spec", Given(DEPLOYMENT, {"spec": U})),
    of("containers", DEPLOYMENT, {"containers": U}),
    of("one container", DEPLOYMENT, {"containers": [U]}),
)

EXAMPLES = {
    "pod-baseline": Examples(
        passes=(
            deployment("plain"),
            deployment("restricted", secured(**RESTRICTED)),
            deployment("shared memory", volumes=[{"name": "shm", "emptyDir": {"medium": "Memory"}}]),
            deployment("a baseline capability", secured(capabilities={"add": ["NET_BIND_SERVICE"]})),
            deployment("switches off", secured(privileged=False), hostNetwork=False),
            deployment("safe sysctl", securityContext={"sysctls": [{"name": "net.ipv4.tcp_syncookies", "value": "1"}]}),
            deployment("safe sysctl of 1.32", securityContext={"sysctls": [{"name": "net.ipv4.tcp_rmem", "value": "1"}]}),
            deployment("SELinux level", secured(seLinuxOptions={"type": "container_t", "level": "s0:c1"})),
            of("the device plugin", DAEMON, spec(PLUGIN, volumes=[{"name": "x", "hostPath": {"path": "/var"}}]), "kube-system"),
            of("the exporter of GPU nodes", DAEMON, spec(EXPORTER), "llm-monitoring-gpu"),
            *(
                of(f"the device plugin of a mirror at {place}", DAEMON, spec({**PLUGIN, "image": f"{place}/nvidia/k8s-device-plugin:v0.17.0"}), "kube-system")
                for place in (_ECR, f"{_ECR}/mirror", f"{_ECR}/a/b", "123456789012.dkr-ecr.eu-west-1.on.aws/mirror")
            ),
            case("a volume of EBS", Given(VOLUME, {"spec": {"csi": {"driver": "ebs.csi.aws.com", "volumeHandle": "vol-1"}}})),
            case("a patch that leaves pods alone", Given(f"{DEPLOYMENT}Patch", {"spec": {"replicas": 2.0}})),
        ),
        fails=(
            case("a volume in a folder of the node", Given(VOLUME, {"spec": {"hostPath": {"path": "/"}}})),
            case("a patch of such a volume", Given(f"{VOLUME}Patch", {"spec": {"hostPath": {"path": "/var/lib"}}})),
            *(of(kind, f"kubernetes:{kind}", spec(PRIVILEGED)) for kind in KINDS),
            deployment("init container", None, initContainers=[{"name": "i", "securityContext": {"privileged": True}}]),
            deployment("ephemeral container", None, ephemeralContainers=[{"name": "e", "securityContext": {"privileged": True}}]),
            of("second container", DEPLOYMENT, {"containers": [VLLM, PRIVILEGED]}),
            *(deployment(key, None, **{key: True}) for key in ("hostNetwork", "hostPID", "hostIPC")),
            deployment("hostPath", volumes=[{"name": "x", "hostPath": {"path": "/"}}]),
            deployment("host port", {**VLLM, "ports": [{"hostPort": 8000.0}]}),
            deployment("capability", secured(capabilities={"add": ["SYS_ADMIN"]})),
            deployment("capability, other spelling", secured(capabilities={"add": ["cap_net_admin"]})),
            deployment("all capabilities", secured(capabilities={"add": ["ALL"]})),
            deployment("seccomp off", secured(seccompProfile={"type": "Unconfined"})),
            deployment("seccomp off for the pod", securityContext={"seccompProfile": {"type": "Unconfined"}}),
            deployment("/proc", secured(procMount="Unmasked")),
            deployment("sysctl", securityContext={"sysctls": [{"name": "kernel.msgmax", "value": "1"}]}),
            deployment("AppArmor off", secured(appArmorProfile={"type": "Unconfined"})),
            deployment("AppArmor off for the pod", securityContext={"appArmorProfile": {"type": "Unconfined"}}),
            case("AppArmor off by annotation", Given(DEPLOYMENT, {"spec": {"template": {"metadata": {"annotations": {"container.apparmor.security.beta.kubernetes.io/vllm": "unconfined"}}, "spec": spec()}}})),
            deployment("SELinux type", secured(seLinuxOptions={"type": "spc_t"})),
            deployment("SELinux role", securityContext={"seLinuxOptions": {"role": "sysadm_r"}}),
            deployment("host process", secured(windowsOptions={"hostProcess": True})),
            of("the exporter of GPU nodes elsewhere", DAEMON, spec(EXPORTER), "llm-monitoring"),
            of("the device plugin elsewhere", DAEMON, spec(PLUGIN), "default"),
            of("an image that begins like it", DAEMON, spec({**PLUGIN, "image": "nvcr.io/nvidia/k8s-device-plugin-x:1"}), "kube-system"),
            *(
                of(f"an image like it at {image}", DAEMON, spec({**PLUGIN, "image": image}), "kube-system")
                for image in (
                    f"{_ECR}/mirror/k8s-device-plugin:1", f"{_ECR}/mirror/nvidia/k8s-device-plugin/x:1", f"{_ECR}/mirror-nvidia/k8s-device-plugin-x:1",
                    f"{_ECR}/evilnvidia/k8s-device-plugin:1", "registry.example.com/nvidia/k8s-device-plugin:1", f"{_ECR}.example.com:5000/nvidia/k8s-device-plugin:1",
                    "public.ecr.aws/nvidia/k8s-device-plugin:1",
                )
            ),
            of("another container beside it", DAEMON, {"containers": [PLUGIN, PRIVILEGED]}, "kube-system"),
            case("a list", Given("kubernetes:apps/v1:DaemonSetList", {"items": [{"spec": {"template": {"spec": spec(PRIVILEGED)}}}]})),
        ),
        unknown=(
            case("a volume", Given(VOLUME, {"spec": U})),
            case("where a volume is", Given(VOLUME, {"spec": {"hostPath": U}})),
            *UNKNOWN,
            deployment("context", {**VLLM, "securityContext": U}),
            deployment("privileged", secured(privileged=U)),
            deployment("capabilities", secured(capabilities={"add": U})),
            deployment("volumes", volumes=U),
            deployment("seccomp", secured(seccompProfile={"type": U})),
            case("items of a list", Given("kubernetes:apps/v1:DeploymentList", {"items": [U]})),
            deployment("hostNetwork", hostNetwork=U),
            of("namespace of the device plugin", DAEMON, spec(PLUGIN), U),
        ),
        both=(
            of("second container", DEPLOYMENT, {"containers": [U, PRIVILEGED]}),
            deployment("second volume", volumes=[U, {"name": "x", "hostPath": {"path": "/"}}]),
        ),
        other=BUCKET,
    ),
    "pod-restricted": Examples(
        passes=(
            deployment("container", secured(**RESTRICTED)),
            deployment("shared", secured(allowPrivilegeEscalation=False, capabilities={"drop": ["ALL"]}), securityContext={"runAsNonRoot": True, "seccompProfile": {"type": "RuntimeDefault"}}),
        ),
        fails=(
            deployment("nothing said"),
            *(deployment(f"without {key}", secured(**{k: v for k, v in RESTRICTED.items() if k != key})) for key in RESTRICTED),
            deployment("root", secured(**RESTRICTED, runAsUser=0.0)),
            deployment("an added capability", secured(**{**RESTRICTED, "capabilities": {"drop": ["ALL"], "add": ["CHOWN"]}})),
        ),
        unknown=(deployment("context", {**VLLM, "securityContext": U}), deployment("one", secured(**{**RESTRICTED, "runAsNonRoot": U}))),
        other=BUCKET,
    ),
}  # fmt: skip

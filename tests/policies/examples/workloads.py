"""How pods run vLLM, images, exposure."""

from dataclasses import replace
from typing import Any

from tests.policies.examples import Examples
from tests.policies.examples.pods import BUCKET, DEPLOYMENT, UNKNOWN, VLLM, deployment, of, spec
from tests.policies.judging import Case, Given, U, case


def image(note: str, name: Any, **config: Any) -> Case:
    return of(note, DEPLOYMENT, spec({"name": "c", "image": name}), **config)


def resources(note: str, limits: Any, requests: Any = None) -> Case:
    return deployment(note, {**VLLM, "resources": {"limits": limits, "requests": requests}})


def env(note: str, **variable: Any) -> Case:
    return deployment(note, {**VLLM, "env": [variable]})


INTERNAL = "service.beta.kubernetes.io/aws-load-balancer-internal"
TYPE = "service.beta.kubernetes.io/aws-load-balancer-type"
SCHEME = "service.beta.kubernetes.io/aws-load-balancer-scheme"
PODS = Given(
    DEPLOYMENT, {"spec": {"template": {"metadata": {"labels": {"app": "vllm", "v": "1"}}, "spec": spec()}}}, "pods"
)
GUARDED = Given(
    DEPLOYMENT,
    {
        "spec": {
            "template": {
                "metadata": {"labels": {"app": "vllm"}},
                "spec": spec({**VLLM, "args": ["--middleware", "allow_list.AllowList"]}),
            }
        }
    },
    "pods",
)

NAMED_LIKE_IT = replace(
    PODS,
    props={
        "spec": {
            "template": {
                "metadata": {"labels": {"app": "vllm"}},
                "spec": spec({**VLLM, "args": ["--model", "m", "--served-model-name=allow_list"]}),
            }
        }
    },
)


def service(annotations: Any = None, **more: Any) -> Given:
    body = {"type": "LoadBalancer", "selector": {"app": "vllm"}, **more}
    return Given("kubernetes:core/v1:Service", {"metadata": {"annotations": annotations}, "spec": body}, "service")


def in_namespace(name: Any, given: Given) -> Given:
    return replace(given, props={**given.props, "metadata": {**(given.props.get("metadata") or {}), "namespace": name}})


INGRESS = "kubernetes:networking.k8s.io/v1:Ingress"
ALB = "alb.ingress.kubernetes.io"
FACING_ALB = {f"{ALB}/scheme": "internet-facing"}
INBOUND = {f"{ALB}/inbound-cidrs": "203.0.113.0/24,198.51.100.0/24"}
CLUSTER_IP = Given(
    "kubernetes:core/v1:Service",
    {"metadata": {"name": "llm"}, "spec": {"type": "ClusterIP", "selector": {"app": "vllm"}}},
    "service",
)


def ingress(annotations: Any = None, backend: Any = "llm", path: str = "/", class_: str = "alb") -> Given:
    paths = [{"path": path, "pathType": "Prefix", "backend": {"service": {"name": backend}}}]
    body = {"ingressClassName": class_, "rules": [{"http": {"paths": paths}}]}
    return Given(INGRESS, {"metadata": {"annotations": annotations}, "spec": body}, "ingress")


BALANCER = Given("aws:lb/loadBalancer:LoadBalancer", {}, "lb")
BOUND = (
    BALANCER,
    Given("aws:lb/targetGroup:TargetGroup", {}, "group"),
    Given(
        "aws:lb/listener:Listener",
        {"loadBalancerArn": U, "defaultActions": [{"targetGroupArn": U}]},
        "listener",
        {"loadBalancerArn": ["lb"], "defaultActions": ["group"]},
    ),
    Given(
        "kubernetes:elbv2.k8s.aws/v1beta1:TargetGroupBinding",
        {"spec": {"serviceRef": {"name": "llm"}, "targetGroupARN": U}},
        "binding",
        {"spec": ["group"]},
    ),
)
FACING = {SCHEME: "internet-facing"}
RANGES = {"loadBalancerSourceRanges": ["203.0.113.0/24"]}
NETWORK_POLICY = "kubernetes:networking.k8s.io/v1:NetworkPolicy"


def namespace(name: Any = "llm") -> Given:
    return Given("kubernetes:core/v1:Namespace", {"metadata": {"name": name}}, "namespace")


def netpol(where: Any, **spec: Any) -> Given:
    return Given(NETWORK_POLICY, {"metadata": {"namespace": where}, **({"spec": spec} if spec else {})}, "policy")


RBAC = "rbac.authorization.k8s.io"


def binding(note: str, *subjects: Any, to: Any = "view", kind: str = "ClusterRoleBinding") -> Case:
    props = {"roleRef": {"apiGroup": RBAC, "kind": "ClusterRole", "name": to}, "subjects": list(subjects)}
    return case(note, Given(f"kubernetes:{RBAC}/v1:{kind}", props))


def role(note: str, *rules: Any, kind: str = "ClusterRole") -> Case:
    return case(note, Given(f"kubernetes:rbac.authorization.k8s.io/v1:{kind}", {"rules": list(rules)}))


FIXED_TAGS = (
    "v0.32.0",
    f"nightly-{'0123456789abcdef' * 2}01234567",
    "v0.11.0-cu128",
    "24.05-py3",
    "0.9.2.post1",
    "20250801",
    "v0.10.0rc1",
)
MOVING_TAGS = (
    "latest", "nightly", "latest-nightly", "main", "stable", "dev", "v0-latest", "edge", "cu130-nightly", "master-cuda",
    "Latest", "rolling", "release", "v0", "x86_64", "gptoss",
)  # fmt: skip
REMOTE = {**VLLM, "args": ["--model", "acme/odd", "--trust-remote-code"]}
PROBE = {"httpGet": {"path": "/health"}}

EXAMPLES = {
    "gpu-resources": Examples(
        passes=(
            resources("whole", {"nvidia.com/gpu": "1", "memory": "24Gi"}, {"memory": "24Gi"}),
            resources("requests left out", {"nvidia.com/gpu": 1.0, "memory": "24Gi"}),
            resources("MIG", {"nvidia.com/mig-1g.5gb": "1", "memory": "8Gi"}),
            resources("no GPU", {"cpu": "1"}),
            deployment("another container loads the weights", {**VLLM, "resources": {"limits": {"nvidia.com/gpu": "1", "memory": "1Gi"}}}, initContainers=[{**VLLM, "name": "load"}], tolerations=[{"key": "nvidia.com/gpu"}]),
            deployment("a GPU that is claimed", {**VLLM, "resources": {"claims": [{"name": "gpu"}], "requests": {"memory": "8Gi"}}}, tolerations=[{"key": "nvidia.com/gpu"}]),
            deployment("another container claims the GPU", {**VLLM, "resources": {"claims": [{"name": "gpu"}]}}, initContainers=[{**VLLM, "name": "load"}], tolerations=[{"key": "nvidia.com/gpu"}]),
            deployment("a node by another label", VLLM, nodeSelector={"karpenter.sh/nodepool": "cpu"}),
        ),
        fails=(
            resources("no limit", {}, {"nvidia.com/gpu": "1", "memory": "1Gi"}),
            resources("no memory", {"nvidia.com/gpu": "1"}),
            deployment("GPU node without GPU", VLLM, tolerations=[{"key": "nvidia.com/gpu", "operator": "Exists"}]),
            deployment("a label of GPU nodes without GPU", VLLM, nodeSelector={"karpenter.k8s.aws/instance-gpu-name": "l4"}),
            deployment("NVIDIA's label without GPU", VLLM, nodeSelector={"nvidia.com/gpu.product": "NVIDIA-L4"}),
        ),
        unknown=(*UNKNOWN[:1], resources("limits", U), deployment("claims", {**VLLM, "resources": {"claims": U}}, tolerations=[{"key": "nvidia.com/gpu"}])),
        other=BUCKET,
    ),
    "vllm-probes": Examples(
        passes=(deployment("both", {**VLLM, "startupProbe": PROBE, "readinessProbe": PROBE}), deployment("not vLLM", {"name": "c", "image": "nginx:1"}), deployment("an init container needs none", {"name": "c", "image": "nginx:1"}, initContainers=[VLLM])),
        fails=(deployment("none"), deployment("liveness alone", {**VLLM, "livenessProbe": PROBE}), deployment("no startup", {**VLLM, "readinessProbe": PROBE})),
        unknown=(deployment("startup", {**VLLM, "startupProbe": U, "readinessProbe": PROBE}),),
        other=BUCKET,
    ),
    "trust-remote-code": Examples(
        passes=(
            deployment("without"), of("listed", DEPLOYMENT, spec(REMOTE), models=["acme/odd"]),
            deployment("off", {**VLLM, "args": ["--no-trust-remote-code"]}), deployment("false", {**VLLM, "args": ["--trust-remote-code=false"]}),
        ),
        fails=(
            deployment("argument", REMOTE),
            deployment("in a shell string", {**VLLM, "command": ["sh", "-c", "vllm serve acme/odd --trust-remote-code"]}),
            deployment("quoted in a shell string", {**VLLM, "command": ["sh", "-c", 'vllm serve "m" "--trust-remote-code"; sleep 1']}),
            deployment("underscores", {**VLLM, "args": ["--trust_remote_code"]}),
            deployment("a beginning of the name", {**VLLM, "args": ["--trust-remote"]}),
            deployment("from a variable", {**VLLM, "args": ["$(A)"], "env": [{"name": "A", "value": "--trust-remote-code"}]}),
            deployment("another image", {"name": "c", "image": "a/b:1", "args": ["--trust-remote-code=true"]}),
        ),
        unknown=(*UNKNOWN[:1], deployment("arguments", {**VLLM, "args": U}), deployment("one", {**VLLM, "args": ["--model", U]})),
        both=(deployment("one beside it", {**VLLM, "args": [U, "--trust-remote-code"]}),),
        other=BUCKET,
    ),
    "secret-env": Examples(
        passes=(
            env("reference", name="HF_TOKEN", valueFrom={"secretKeyRef": {"name": "hf-secret", "key": "hf_api_token"}}),
            env("a file", name="HF_TOKEN_PATH", value="/run/secrets/token"),
            env("another", name="VLLM_USE_V1", value="1"),
            env("a number", name="TOKEN_BUDGET", value="4096"),
            env("the name of a secret", name="SECRET_NAME", value="hf-secret"),
            env("another variable", name="HF_TOKEN", value="$(TOKEN_OF_HUB)"),
            deployment("a key from the environment", {**VLLM, "args": ["--api-key", "$(VLLM_API_KEY)"]}),
            env("a number of tokens", name="MAX_TOKENS", value="4096"),
            env("a tokenizer's switch", name="TOKENIZERS_PARALLELISM", value="false"),
        ),
        fails=(
            deployment("key as an argument", {**VLLM, "args": ["--api-key", "sk-abc"]}),
            deployment("key as one argument", {**VLLM, "args": ["--api-key=sk-abc"]}),
            env("camel case", name="dbPassword", value="x"),
            env("a Hub token by its value", name="SETTING", value="hf_" + "a" * 34),
            env("literal", name="HF_TOKEN", value="hf_abc"), env("unknown literal", name="API_KEY", value=U), env("password", name="DB_PASSWORD", value="x")),
        unknown=(*UNKNOWN[:1], deployment("env", {**VLLM, "env": U}), deployment("a variable", {**VLLM, "env": [U]})),
        other=BUCKET,
    ),
    "image-pinned": Examples(
        passes=(image("tag", "vllm/vllm-openai:v0.32.0"), image("digest", f"vllm/vllm-openai@sha256:{'a' * 64}"), image("port and tag", "registry:5000/vllm:1.2"), *(image(f"tag {tag}", f"vllm/vllm-openai:{tag}") for tag in FIXED_TAGS)),
        fails=(image("none", "vllm/vllm-openai"), image("port is no tag", "registry:5000/vllm"), *(image(f"tag {tag}", f"vllm/vllm-openai:{tag}") for tag in MOVING_TAGS)),
        unknown=(image("image", U),),
        other=BUCKET,
    ),
    "image-digest": Examples(
        passes=(image("digest", f"vllm@sha256:{'a' * 64}"),),
        fails=(image("tag", "vllm:1"),),
        unknown=(image("image", U),),
        other=BUCKET,
    ),
    "image-registry": Examples(
        passes=(image("short", "vllm/vllm-openai:v1"), image("nvcr", "nvcr.io/nvidia/k8s-device-plugin:v1"), image("short library on the list", "nginx:1", registries=["docker.io/library/"])),
        fails=(image("short library", "nginx:1"), image("other", "quay.io/x/y:1"), image("narrowed", "vllm/vllm-openai:v1", registries=["nvcr.io/"])),
        unknown=(image("image", U),),
        other=BUCKET,
    ),
    "service-exposed": Examples(
        passes=(
            case("internal", PODS, service({SCHEME: "internal"})),
            case("controller's default is internal", PODS, service(loadBalancerClass="service.k8s.aws/nlb")),
            case("internal by the older annotation", PODS, service({INTERNAL: "true"})),
            case("the controller's by its type", PODS, service({TYPE: "external"})),
            case("guarded", GUARDED, service(FACING, **RANGES)),
            case("cluster IP", PODS, service(FACING, type="ClusterIP")),
            case("another's pods", PODS, service(FACING, selector={"app": "web"})),
            case("pods of another namespace", in_namespace("a", PODS), in_namespace("b", service(FACING))),
            case("internal ingress", PODS, CLUSTER_IP, ingress()),
            case("ingress to another service", PODS, CLUSTER_IP, ingress(FACING_ALB, backend="web")),
            case("guarded ingress", GUARDED, CLUSTER_IP, ingress({**FACING_ALB, **INBOUND})),
            case("ingress for /v1 alone", PODS, CLUSTER_IP, ingress({**FACING_ALB, **INBOUND}, path="/v1")),
            case("load balancer without vLLM", BALANCER),
            case("internal load balancer", PODS, CLUSTER_IP, Given(BALANCER.type, {"internal": True}, "lb")),
        ),
        fails=(
            case("no ranges", GUARDED, service(FACING)),
            case("a model that is called like the allow list", NAMED_LIKE_IT, service(FACING, **RANGES)),
            case("the world", GUARDED, service(FACING, loadBalancerSourceRanges=["0.0.0.0/0"])),
            case("no allow list", PODS, service(FACING, **RANGES)),
            case("the in-tree controller's default", PODS, service()),
            case("the in-tree controller's NLB", PODS, service({TYPE: "nlb"})),
            case("not internal, with a class", PODS, service({INTERNAL: "false"}, loadBalancerClass="service.k8s.aws/nlb")),
            case("not internal, with a type", PODS, service({TYPE: "external", INTERNAL: "false"})),
            case("a patch with its selector", PODS, replace(service(FACING), type="kubernetes:core/v1:ServicePatch")),
            case("a list of services", PODS, Given("kubernetes:core/v1:ServiceList", {"items": [service(FACING).props]}, "services")),
            case("ingress without networks", GUARDED, CLUSTER_IP, ingress(FACING_ALB)),
            case("ingress for the world", GUARDED, CLUSTER_IP, ingress({**FACING_ALB, "alb.ingress.kubernetes.io/inbound-cidrs": "10.0.0.0/8, 0.0.0.0/0"})),
            case("ingress without the allow list", PODS, CLUSTER_IP, ingress({**FACING_ALB, **INBOUND})),
            case("ingress by its default backend", PODS, CLUSTER_IP, Given(INGRESS, {"metadata": {"annotations": {**FACING_ALB, **INBOUND}}, "spec": {"defaultBackend": {"service": {"name": "llm"}}}}, "ingress")),
            case("old ingress", PODS, CLUSTER_IP, Given("kubernetes:extensions/v1beta1:Ingress", {"metadata": {"annotations": FACING_ALB}, "spec": {"backend": {"serviceName": "llm"}}}, "ingress")),
            case("ingress to a service by dependency", PODS, CLUSTER_IP, replace(ingress(FACING_ALB, backend=U), depends={"spec": ["service"]})),
        ),
        unknown=(
            case("type", PODS, service(type=U)),
            case("ranges", GUARDED, service(FACING, loadBalancerSourceRanges=U)),
            case("scheme", GUARDED, service({SCHEME: U}, **RANGES)),
            case("whose load balancer", GUARDED, service({TYPE: U}, **RANGES)),
            case("scheme of an ingress", GUARDED, CLUSTER_IP, ingress({f"{ALB}/scheme": U, **INBOUND})),
            case("another controller", GUARDED, CLUSTER_IP, ingress(class_="nginx")),
            case("backend of elsewhere", GUARDED, CLUSTER_IP, ingress({**FACING_ALB, **INBOUND}, backend=U)),
            case("security groups decide", GUARDED, CLUSTER_IP, ingress({**FACING_ALB, f"{ALB}/security-groups": "sg-1"})),
            case("a patched service", PODS, replace(service(FACING, selector=None), type="kubernetes:core/v1:ServicePatch")),
            case("a patched ingress", PODS, CLUSTER_IP, Given(f"{INGRESS}Patch", {"metadata": {"annotations": FACING_ALB}}, "ingress")),
            case("a classic load balancer", PODS, CLUSTER_IP, Given("aws:elb/loadBalancer:LoadBalancer", {}, "lb")),
            case("a route of a gateway", GUARDED, CLUSTER_IP, Given("kubernetes:gateway.networking.k8s.io/v1:HTTPRoute", {"spec": {"rules": [{"backendRefs": [{"name": "llm"}]}]}}, "route")),
            case("a load balancer that may lead there", GUARDED, CLUSTER_IP, BALANCER),
            case("a load balancer that leads there", GUARDED, CLUSTER_IP, *BOUND),
            case("nothing but its type is known", PODS, Given("kubernetes:core/v1:Service", {}, "service")),
        ),
        both=(case("a load balancer that leads to what is not guarded", PODS, CLUSTER_IP, *BOUND),),
        other=BUCKET,
    ),
    "rbac-wildcard": Examples(
        passes=(
            role("named", {"apiGroups": [""], "resources": ["pods"], "verbs": ["get"]}),
            role("reads every external metric", {"apiGroups": ["external.metrics.k8s.io"], "resources": ["*"], "verbs": ["get", "list"]}),
            role("reads the metrics of two APIs", {"apiGroups": ["custom.metrics.k8s.io", "external.metrics.k8s.io"], "resources": ["*"], "verbs": ["get", "list", "watch"]}),
        ),
        fails=(
            role("verbs", {"resources": ["pods"], "verbs": ["*"]}),
            role("resources", {"resources": ["*"], "verbs": ["get"]}, kind="Role"),
            role("every subresource", {"resources": ["*/*"], "verbs": ["get"]}),
            role("metrics and everything else", {"apiGroups": ["external.metrics.k8s.io", ""], "resources": ["*"], "verbs": ["get"]}),
            role("metrics of every API", {"apiGroups": ["*"], "resources": ["*"], "verbs": ["get"]}),
            role("changes metrics", {"apiGroups": ["custom.metrics.k8s.io"], "resources": ["*"], "verbs": ["get", "create"]}),
            role("every verb on metrics", {"apiGroups": ["custom.metrics.k8s.io"], "resources": ["*"], "verbs": ["*"]}),
        ),
        unknown=(
            role("rule", U),
            role("verbs", {"resources": ["pods"], "verbs": U}),
            role("group of a wildcard", {"apiGroups": U, "resources": ["*"], "verbs": ["get"]}),
        ),
        both=(
            role("second", U, {"resources": ["*"], "verbs": ["get"]}),
            role("other resources than metrics, and unknown verbs", {"apiGroups": [""], "resources": ["*"], "verbs": U}),
        ),
        other=BUCKET,
    ),
    "rbac-over-rights": Examples(
        passes=(
            role("named", {"apiGroups": [""], "resources": ["pods"], "verbs": ["get"]}),
            role("one role", {"apiGroups": [RBAC], "resources": ["clusterroles"], "resourceNames": ["view"], "verbs": ["bind"]}),
            role("none", kind="Role"),
        ),
        fails=tuple(role(verb, {"apiGroups": [RBAC], "resources": ["clusterroles"], "verbs": ["get", verb]}) for verb in ("bind", "escalate", "impersonate")),
        unknown=(role("rule", U), role("verbs", {"verbs": U}), role("names", {"verbs": ["bind"], "resourceNames": U})),
        both=(role("second", U, {"resources": ["users"], "verbs": ["impersonate"]}),),
        other=BUCKET,
    ),
    "rbac-anonymous": Examples(
        passes=(
            binding("a ServiceAccount", {"kind": "ServiceAccount", "name": "a", "namespace": "x"}),
            binding("every client with a name", {"kind": "Group", "name": "system:authenticated"}),
            binding("Kubernetes' own", {"kind": "Group", "name": "system:unauthenticated"}, to="system:public-info-viewer"),
        ),
        fails=(
            binding("user", {"kind": "User", "name": "system:anonymous"}),
            binding("group", {"kind": "Group", "name": "system:unauthenticated"}),
            binding("second subject", {"kind": "User", "name": "a"}, {"kind": "Group", "name": "system:unauthenticated"}, kind="RoleBinding"),
            binding("a patch", {"kind": "User", "name": "system:anonymous"}, kind="ClusterRoleBindingPatch"),
        ),
        unknown=(binding("subject", U), binding("name", {"kind": "User", "name": U}), binding("role", {"kind": "User", "name": "system:anonymous"}, to=U)),
        both=(binding("second subject", U, {"kind": "User", "name": "system:anonymous"}),),
        other=BUCKET,
    ),
    "netpol": Examples(
        passes=(
            case("by dependency", namespace(), replace(netpol(U), depends={"metadata": ["namespace"]})),
            case("one", namespace(), netpol("llm")), case("no namespace", netpol("llm")),
            case("default deny", namespace(), netpol("llm", podSelector={}, policyTypes=["Ingress"])),
            case("of both ways", namespace(), netpol("llm", podSelector={}, policyTypes=["Egress", "Ingress"], ingress=[{"from": [{"podSelector": {}}]}])),
            case("all sources to one port", namespace(), netpol("llm", podSelector={}, ingress=[{"ports": [{"port": 8443}]}])),
            case("everything to some pods beside it", namespace(), netpol("llm", podSelector={}), replace(netpol("llm", podSelector={"matchLabels": {"app": "web"}}, ingress=[{}]), name="web"))),
        fails=(case("none", namespace()), case("elsewhere", namespace(), netpol("other")),
            case("egress alone", namespace(), netpol("llm", podSelector={}, policyTypes=["Egress"], egress=[])),
            case("everything from everywhere", namespace(), netpol("llm", podSelector={}, ingress=[{}])),
            case("everything from everywhere, in empty lists", namespace(), netpol("llm", podSelector={}, policyTypes=["Ingress"], ingress=[{"from": [], "ports": []}]))),
        unknown=(case("name", namespace(U)), case("where", namespace(), netpol(U)), case("ways", namespace(), netpol("llm", policyTypes=U)), case("rules", namespace(), netpol("llm", ingress=U)),
            case("one rule", namespace(), netpol("llm", ingress=[U])), case("sources", namespace(), netpol("llm", ingress=[{"from": U}]))),
        other=BUCKET,
    ),
}  # fmt: skip

"""Pods in front of vLLM, vLLM under other names, and options through variables and files."""

from dataclasses import replace
from typing import Any

from tests.policies.examples import Examples
from tests.policies.examples.pods import DEPLOYMENT, VLLM, deployment, spec
from tests.policies.examples.workloads import (
    CLUSTER_IP,
    FACING,
    FACING_ALB,
    INBOUND,
    PODS,
    RANGES,
    SCHEME,
    in_namespace,
    ingress,
    service,
)
from tests.policies.judging import Case, Given, U, case

ROUTER_SELECTOR = {"app": "router"}


def router(container: dict[str, Any], depends: tuple[str, ...] = (), name: str = "router", **pod: Any) -> Given:
    """A deployment in front, of which the Service ``llm`` is the one of vLLM."""
    template = {
        "metadata": {"labels": {"app": name}},
        "spec": {"containers": [{"name": "c", "image": "acme/proxy:1.0", **container}], **pod},
    }
    return Given(DEPLOYMENT, {"spec": {"template": template}}, name, {"spec": depends})


def env(name: str, value: Any) -> Given:
    return router({"env": [{"name": name, "value": value}]})


def args(*words: Any) -> Given:
    return router({"args": list(words)})


def config(text: Any, name: str = "settings") -> Given:
    return Given("kubernetes:core/v1:ConfigMap", {"metadata": {"name": name}, "data": {"config": text}}, name)


LOAD_BALANCER = Given(
    "kubernetes:core/v1:Service",
    {
        "metadata": {"name": "front", "annotations": FACING},
        "spec": {"type": "LoadBalancer", "selector": ROUTER_SELECTOR},
    },
    "front",
)
INSIDE = Given(
    "kubernetes:core/v1:Service",
    {"metadata": {"name": "front"}, "spec": {"type": "ClusterIP", "selector": ROUTER_SELECTOR}},
    "front",
)
NODE_PORT = replace(INSIDE, props={**INSIDE.props, "spec": {"type": "NodePort", "selector": ROUTER_SELECTOR}})
LIMITED = replace(LOAD_BALANCER, props={**LOAD_BALANCER.props, "spec": {**LOAD_BALANCER.props["spec"], **RANGES}})
TO_FRONT = Given(
    "kubernetes:gateway.networking.k8s.io/v1:HTTPRoute",
    {"spec": {"rules": [{"backendRefs": [{"name": "front"}]}]}},
    "route",
)
FILES = {"volumes": [{"name": "v", "configMap": {"name": "settings"}}]}
NGINX = "events {}\nhttp { server { location / { proxy_pass http://llm:8000; } } }\n"
ENVOY = "address:\n  socket_address: { address: llm.default.svc.cluster.local, port_value: 8000 }\n"
LITELLM = "model_list:\n- model_name: m\n  litellm_params:\n    api_base: http://llm.default:8000/v1\n"


def exposed(note: str, front: Given, *more: Given, by: Given = LOAD_BALANCER) -> Case:
    return case(note, PODS, CLUSTER_IP, front, *more, by)


def options_file(text: Any, path: str = "/etc/vllm/config", mount: str = "/etc/vllm") -> Case:
    pod = spec({**VLLM, "args": ["--config", path], "volumeMounts": [{"name": "v", "mountPath": mount}]}, **FILES)
    given = Given(DEPLOYMENT, {"spec": {"template": {"spec": pod}}}, "pods")
    return case(f"a file of options at {path}: {text!r}", config(text), given)


def shell(text: str, **variables: str) -> Case:
    given = [{"name": name, "value": value} for name, value in variables.items()]
    return deployment(f"shell: {text} {variables}", {**VLLM, "args": None, "command": ["sh", "-c", text], "env": given})


def renamed(note: str, *words: str, image: str = "registry.acme.example/serve:1.0", **more: Any) -> Given:
    container = {"name": "c", "image": image, "args": list(words), **more}
    return Given(
        DEPLOYMENT, {"spec": {"template": {"metadata": {"labels": {"app": "vllm"}}, "spec": spec(container)}}}, note
    )


def loud(given: Given) -> Case:
    return case(given.name, given, service(FACING))


EXAMPLES = {
    "service-exposed": Examples(
        passes=(
            exposed("names another host", env("OPENAI_API_BASE_URL", "http://other:8000/v1")),
            exposed("a word that is the name", env("MODEL", "llm")),
            exposed("a name that begins so", env("BACKEND_URL", "http://llm-of-others:8000")),
            exposed("another namespace's", in_namespace("b", env("URL", "http://web.a.svc"))),
            case("a name of another namespace without it", in_namespace("a", PODS), in_namespace("a", CLUSTER_IP), env("URL", "http://llm:8000"), LOAD_BALANCER),
            exposed("a front inside", env("OPENAI_API_BASE_URL", "http://llm:8000/v1"), by=INSIDE),
            exposed("a front for listed networks", env("OPENAI_API_BASE_URL", "http://llm:8000/v1"), by=LIMITED),
            exposed("an internal load balancer", env("URL", "http://llm"), by=replace(LOAD_BALANCER, props={**LOAD_BALANCER.props, "metadata": {"name": "front", "annotations": {SCHEME: "internal"}}})),
            exposed("a user and a database of that name", env("DATABASE_URL", "postgres://llm@db/llm")),
            exposed("a ConfigMap that it does not take", router({}), config(NGINX)),
            exposed("an ingress for listed networks", env("URL", "http://llm"), ingress({**FACING_ALB, **INBOUND}, backend="front"), by=INSIDE),
            case("a router without vLLM", router({"image": "lmcache/lmstack-router:v0.1.5"}), LOAD_BALANCER),
            loud(renamed("SGLang", "--served-model-name", "m", image="lmsysorg/sglang:v0.5.0")),
            loud(renamed("another server", "--model", "m", "--port", "8000")),
        ),
        fails=(
            loud(renamed("renamed, by its options", "--model", "m", "--served-model-name", "x")),
            loud(renamed("renamed, by its command", image="acme/llm:1.0", command=["/opt/venv/bin/vllm", "serve", "m"])),
            loud(renamed("renamed, by its module", image="acme/llm:1.0", command=["python3", "-m", "vllm.entrypoints.openai.api_server"])),
            loud(renamed("renamed, in a shell", image="acme/llm:1.0", command=["bash", "-c", "source /e && python3 -u -m vllm.entrypoints.openai.api_server --model m"])),
            loud(renamed("renamed, with underscores", "--model=m", "--gpu_memory_utilization=0.9")),
            loud(renamed("renamed, its options in a variable", "$(MORE)", env=[{"name": "MORE", "value": "--max-model-len=4096"}])),
        ),
        unknown=(
            exposed("an environment variable", env("OPENAI_API_BASE_URL", "http://llm:8000/v1")),
            exposed("a variable that is the name alone", env("BACKEND_HOST", "llm")),
            exposed("an argument", args("--backend", "http://llm.default.svc.cluster.local:8000")),
            exposed("an argument in a list", args("--static-backends=http://llm:8000,http://b:8000")),
            exposed("in the text of a shell", router({"command": ["sh", "-c", "exec socat TCP-LISTEN:80,fork TCP:llm:8000"]})),
            exposed("nginx by its ConfigMap", router({"image": "nginx:1.27"}, **FILES), config(NGINX)),
            exposed("Envoy by its ConfigMap", router({"image": "envoyproxy/envoy:v1.34"}, volumes=[{"name": "v", "projected": {"sources": [{"configMap": {"name": "settings"}}]}}]), config(ENVOY)),
            exposed("LiteLLM by its ConfigMap", router({"image": "ghcr.io/berriai/litellm:v1.80.0"}, **FILES), config(LITELLM)),
            exposed("variables of a ConfigMap", router({"envFrom": [{"configMapRef": {"name": "settings"}}]}), config("http://llm:8000")),
            exposed("one variable of a ConfigMap", router({"env": [{"name": "A", "valueFrom": {"configMapKeyRef": {"name": "settings", "key": "config"}}}]}), config("http://llm:8000")),
            exposed("by dependency", router({"env": [{"name": "URL", "value": U}]}, ("service",))),
            exposed("by dependency of its ConfigMap", router({}, ("settings",)), replace(config(U), depends={"data": ["service"]})),
            exposed("HAProxy by its ConfigMap", router({"image": "haproxy:3.0"}, **FILES), config("backend b\n  server s1 llm:8000 check\n")),
            case("by dependency on a Service that Pulumi names", PODS, Given("kubernetes:core/v1:Service", {"metadata": {"name": U}, "spec": {"selector": {"app": "vllm"}}}, "service"), router({"env": [{"name": "URL", "value": U}]}, ("service",)), LOAD_BALANCER),
            case("a name of another namespace with it", in_namespace("a", PODS), in_namespace("a", replace(CLUSTER_IP, props={**CLUSTER_IP.props, "metadata": {"name": "llm"}})), env("URL", "http://llm.a:8000"), LOAD_BALANCER),
            exposed("a node's port", env("URL", "http://llm"), by=NODE_PORT),
            exposed("an ingress", env("URL", "http://llm"), ingress(FACING_ALB, backend="front"), by=INSIDE),
            exposed("a route", env("URL", "http://llm"), TO_FRONT, by=INSIDE),
            exposed("an ingress of nginx", env("URL", "http://llm"), ingress(class_="nginx", backend="front"), by=INSIDE),
            exposed("through two", env("URL", "http://inner:80"), router({"args": ["http://llm:8000"]}, name="inner"), Given("kubernetes:core/v1:Service", {"metadata": {"name": "inner"}, "spec": {"selector": {"app": "inner"}}}, "inner-service")),
            case("a router that finds pods by itself", PODS, router({"image": "lmcache/lmstack-router:v0.1.5"}), LOAD_BALANCER),
            case("a router by its options", PODS, router({"args": ["--service-discovery", "k8s", "--k8s-label-selector", "app=vllm"]}), LOAD_BALANCER),
            case("vLLM on a node's port", PODS, service(type="NodePort")),
        ),
    ),
    "trust-remote-code": Examples(
        passes=(
            shell("vllm serve acme/m $MORE", MORE="--port 8000"),
            shell("export MORE=--enforce-eager; vllm serve acme/m $MORE"),
            shell("vllm serve acme/m ${MORE:---enforce-eager}"),
            options_file("model: acme/m\nmax-model-len: 4096\n"),
            options_file("trust-remote-code: false\n"),
        ),
        fails=(
            shell("vllm serve acme/m $VLLM_ARGS", VLLM_ARGS="--trust-remote-code"),
            shell("vllm serve acme/m ${VLLM_ARGS}", VLLM_ARGS="--port 8000 --trust-remote-code"),
            shell("vllm serve acme/m $A", A="$(B)", B="--trust-remote-code"),
            shell("export A=--trust-remote-code; vllm serve acme/m $A"),
            shell("A='--port 1 --trust-remote-code' && exec vllm serve acme/m $A"),
            shell("vllm serve acme/m ${A:---trust-remote-code}"),
            options_file("model: acme/m\ntrust-remote-code: true\n"),
            options_file("trust_remote_code: true\n", mount="/etc/vllm/"),
            case("variables of a ConfigMap", config("--trust-remote-code"), Given(DEPLOYMENT, {"spec": {"template": {"spec": spec({**VLLM, "args": ["$(config)"], "envFrom": [{"configMapRef": {"name": "settings"}}]})}}}, "pods")),
            case("variables of one of two ConfigMaps", config("--trust-remote-code"), config("", name="another"), Given(DEPLOYMENT, {"spec": {"template": {"spec": spec({**VLLM, "args": ["$(config)"], "envFrom": [{"configMapRef": {"name": "settings"}}]})}}}, "pods")),
            case("renamed", renamed("renamed", "--model", "m", "--served-model-name", "x", "--trust-remote")),
        ),
        unknown=(
            shell("vllm serve acme/m $VLLM_ARGS"),
            deployment("a variable of a Secret", {**VLLM, "args": ["$(MORE)"], "env": [{"name": "MORE", "valueFrom": {"secretKeyRef": {"name": "s", "key": "k"}}}]}),
            deployment("a file of the image", {**VLLM, "args": ["--config", "/opt/config.yaml"]}),
            options_file(U),
            options_file("model: acme/m\n", path="/etc/vllm/another"),
        ),
    ),
    "vllm-unsafe-options": Examples(
        passes=(options_file("model: acme/m\nmax-model-len: 4096\n"),),
        fails=(
            options_file("model: acme/m\nmiddleware: evil.Middleware\n"),
            options_file("otlp-traces-endpoint: http://collector\n"),
            deployment("a file that nothing here shows", {**VLLM, "args": ["--config", "/opt/config.yaml"]}),
            case("renamed", renamed("renamed", "--model", "m", "--served-model-name", "x", "--middleware", "evil.Middleware")),
        ),
    ),
    "vllm-probes": Examples(
        fails=(case("renamed", renamed("renamed", "--model", "m", "--max-model-len", "4096")),),
    ),
}  # fmt: skip

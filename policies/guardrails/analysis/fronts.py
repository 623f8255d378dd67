"""Pods in front of vLLM: routers, gateways and proxies that pass requests on to it.

Such a pod names a vLLM Service, by any form of its DNS name, in its environment, command, arguments or a ConfigMap that it
takes; or comes from that Service by Pulumi's dependencies; or is a router of LLMs that finds pods by itself. What names such a
pod's Service is a front of vLLM too.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from guardrails.analysis.workloads import POD_TYPES, Pod, containers, is_vllm, pods, repository
from guardrails.engine.rule import Stack, Subject
from guardrails.engine.values import UNKNOWN, Properties, Value, as_list, get_path

CONFIG_MAP: Final = "kubernetes:core/v1:ConfigMap"
SERVICE: Final = "kubernetes:core/v1:Service"
_ROUTER: Final = re.compile(
    r"(^|[/_-])(lmstack-router|litellm|vllm-router|semantic-router|sgl?-router|aibrix[\w-]*|open-?webui|one-api|new-api|"
    r"envoy-ai-gateway|ai-gateway[\w-]*|llm-gateway|inference-gateway|routing-proxy|epp|bifrost|portkey[\w-]*|"
    r"production-stack-router|dynamo-frontend|llm-d-[\w-]*)($|[:/_-])",
    re.IGNORECASE,
)
"""Repositories of images that are made as fronts of model servers."""
_ROUTES: Final = re.compile(r"--?(service-discovery|routing-logic|static-backends|k8s-label-selector)(=|$)")
"""Options of vLLM's production stack router (https://github.com/vllm-project/production-stack)."""
_SAID_OF_A_HOST: Final = re.compile(
    r"(HOST|URL|URI|BACKEND|UPSTREAM|SERVER|SERVICE|ENDPOINT|ADDR\w*|BASE|TARGET)S?$", re.IGNORECASE
)
_SETS_A_HOST: Final = r"(host|address|server|upstream|backend|url|proxy_pass)[\"']?[ \t]*[:= ][ \t]*[\"']?"


@dataclass(frozen=True, kw_only=True)
class Front:
    """A pod in front of vLLM."""

    pod: Pod
    name: str
    """Of the resource that makes it."""
    what: str
    """What shows that it passes requests on to vLLM."""


def fronts(stack: Stack, serving: list[Subject]) -> Iterator[Front]:
    """Find the pods in front of vLLM, nearest first.

    Args:
        stack: The stack.
        serving: The Services of vLLM; none where its pods have none.
    """
    waiting = [
        (subject, pod)
        for subject in stack.of(*POD_TYPES)
        for pod in pods(subject)
        if not any(isinstance(one, dict) and is_vllm(one) for _, one in containers(pod, "containers"))
    ]
    maps = list(stack.of(CONFIG_MAP))
    services = list(serving)
    while waiting:
        found = [(one, what) for one in waiting if (what := _shown(*one, services, maps))]
        if not found:
            return
        for (subject, pod), what in found:
            waiting.remove((subject, pod))
            yield Front(pod=pod, name=subject.name, what=what)
            # By what it is found under, others name it.
            services += [
                service
                for service in stack.of(SERVICE)
                if service not in services and selects(get_path(service.props, "spec", "selector"), pod.labels)
            ]


def selects(selector: Value, labels: Value) -> bool:
    """Whether a selector may take a pod's labels; an unknown value may."""
    if not isinstance(selector, dict) or not isinstance(labels, dict):
        return selector is UNKNOWN or labels is UNKNOWN
    return bool(selector) and all(
        key in labels and (value is UNKNOWN or labels[key] is UNKNOWN or labels[key] == value)
        for key, value in selector.items()
    )


def _shown(subject: Subject, pod: Pod, services: list[Subject], maps: list[Subject]) -> str | None:
    """Return what shows that a pod is in front of vLLM, None if nothing does."""
    depends = {urn for key in ("spec", "template") for urn in subject.property_dependencies.get(key, ())}
    taken = _config_maps(pod)
    mine = [one for one in maps if one.urn in depends or get_path(one.props, "metadata", "name") in taken]
    depends |= {urn for one in mine for urns in one.property_dependencies.values() for urn in urns}
    texts = list(_texts(pod))
    for data in [one.props.get("data") for one in mine]:
        texts += [(key, text) for key, text in data.items() if isinstance(text, str)] if isinstance(data, dict) else []
    for service in services:
        if service.urn in depends:
            return f"takes the Service {service.name}"
        if any(_mentions(key, text, service, pod) for key, text in texts):
            return f"names the Service {get_path(service.props, 'metadata', 'name')}"
    return "is a router of LLMs" if _routes(pod) else None


def _texts(pod: Pod) -> Iterator[tuple[str, str]]:
    """Texts of a pod's containers, each with the name of the variable that it is the value of."""
    for _, container in containers(pod):
        if not isinstance(container, dict):
            continue
        for key in ("command", "args"):
            yield from (("", word) for word in as_list(container.get(key)) if isinstance(word, str))
        for item in as_list(container.get("env")):
            if isinstance(value := get_path(item, "value"), str):
                yield str(get_path(item, "name")), value


def _mentions(key: str, text: str, service: Subject, pod: Pod) -> bool:
    """Whether a text has a Service's DNS name where a host is expected; without its namespace, in the same one."""
    name, namespace = (get_path(service.props, "metadata", part) for part in ("name", "namespace"))
    if not isinstance(name, str) or name not in text:
        return False
    of = rf"\.{re.escape(namespace)}" if isinstance(namespace, str) else r"\.[a-z0-9-]+"
    host, ends = rf"(?<![\w.-]){re.escape(name)}", r"(?![\w.@-])"
    if re.search(rf"{host}{of}(\.svc(\.[\w.-]+)?)?{ends}", text):
        return True
    if UNKNOWN not in {namespace, pod.namespace} and (namespace or "default") != (pod.namespace or "default"):
        return False
    places = (rf"(://|@){re.escape(name)}{ends}", rf"{host}:\d", rf"{_SETS_A_HOST}{re.escape(name)}{ends}")
    alone = text.strip() == name and bool(_SAID_OF_A_HOST.search(key))
    return alone or any(re.search(place, text) for place in places)


def _config_maps(pod: Pod) -> set[str]:
    """Names of the ConfigMaps that a pod takes, as files or as variables."""
    found: list[Value] = []
    for volume in as_list(get_path(pod.spec, "volumes")):
        found.append(get_path(volume, "configMap", "name"))
        found += [get_path(one, "configMap", "name") for one in as_list(get_path(volume, "projected", "sources"))]
    for _, container in containers(pod):
        found += [get_path(one, "configMapRef", "name") for one in as_list(get_path(container, "envFrom"))]
        found += [get_path(one, "valueFrom", "configMapKeyRef", "name") for one in as_list(get_path(container, "env"))]
    return {name for name in found if isinstance(name, str)}


def _routes(pod: Pod) -> bool:
    return any(isinstance(one, dict) and _is_router(one) for _, one in containers(pod, "containers"))


def _is_router(container: Properties) -> bool:
    image = container.get("image")
    if isinstance(image, str) and _ROUTER.search(repository(image)):
        return True
    words = [word for key in ("command", "args") for word in as_list(container.get(key)) if isinstance(word, str)]
    return any(_ROUTES.search(part) for word in words for part in word.split())

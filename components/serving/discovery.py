"""How gateway and monitoring find a service, and what they may read of it: labels, annotations, a Role for the keys of engines."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace

import pulumi
import pulumi_kubernetes as k8s

from components.kubernetes.scope import Scope
from settings.derived.gateway.facts import GatewayFacts
from settings.derived.gateway.names import (
    INPUT_PRICE_ANNOTATION,
    KEY_SECRET_ANNOTATION,
    KIND_LABEL,
    MODEL_LABEL,
    NAME,
    OUTPUT_PRICE_ANNOTATION,
    RESPONSE_LOGS_ANNOTATION,
    STACK_LABEL,
    TEAM_LABEL,
)
from settings.derived.naming import Naming, label_value
from settings.models.services.base import ServiceSettings


@dataclass(frozen=True, kw_only=True)
class SecretKey:
    """Where an engine's API key is."""

    secret: str
    """Name of the Secret."""
    key: str
    """Key in it."""


def discovery_labels(name: str, kind: str, naming: Naming) -> dict[str, str]:
    """Labels of the Service of the model ``name``."""
    return {
        MODEL_LABEL: name,
        STACK_LABEL: label_value(naming.stack),
        TEAM_LABEL: label_value(naming.owner),
        KIND_LABEL: kind,
    }


def gateway_annotations(service: ServiceSettings, key: SecretKey | None) -> dict[str, str]:
    """Annotations of its Service: where its key is, what a million tokens cost tenants, and its consent to response logs."""
    annotations = {KEY_SECRET_ANNOTATION: f"{key.secret}/{key.key}"} if key else {}
    if service.price:
        annotations[INPUT_PRICE_ANNOTATION] = f"{service.price.input_usd:g}"
        annotations[OUTPUT_PRICE_ANNOTATION] = f"{service.price.output_usd:g}"
    if service.response_logs:
        annotations[RESPONSE_LOGS_ANNOTATION] = json.dumps(
            service.response_logs.model_dump(mode="json"), sort_keys=True
        )
    return annotations


def key_access(namespace: Scope, gateway: GatewayFacts, secrets: Sequence[str]) -> list[pulumi.Resource]:
    """The Role by which the gateway gets the keys of the namespace's engines, each Secret by its name; none without any."""
    if not secrets:
        return []
    scope = replace(namespace, name=NAME)
    role = k8s.rbac.v1.Role(
        namespace.named(NAME),
        metadata=scope.metadata(),
        rules=[
            k8s.rbac.v1.PolicyRuleArgs(
                api_groups=[""], resources=["secrets"], resource_names=list(secrets), verbs=["get"]
            )
        ],
        opts=namespace.options(),
    )
    binding = k8s.rbac.v1.RoleBinding(
        namespace.named(NAME),
        metadata=scope.metadata(),
        role_ref=k8s.rbac.v1.RoleRefArgs(api_group="rbac.authorization.k8s.io", kind="Role", name=role.metadata.name),
        subjects=[
            k8s.rbac.v1.SubjectArgs(kind="ServiceAccount", name=gateway.service_account, namespace=gateway.namespace)
        ],
        opts=namespace.options(),
    )
    return [role, binding]

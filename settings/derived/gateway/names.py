"""Names by which the gateway finds services, and by which others find the gateway.

The gateway itself imports nothing of the program: ``gateway/policy/discovery/kubernetes/labels.py`` has the labels
again, and a test beside it compares them.
"""

from collections.abc import Mapping

NAMESPACE = "llm-gateway"
"""Kubernetes namespace of the gateway."""
NAME = "gateway"
"""Name of its Deployment, Service, Ingress, ServiceAccount and of the Role in each namespace it serves."""

GATEWAY_LABEL = "llm-platform/gateway"
"""Label of the namespaces whose services the gateway serves; its value is :data:`ENABLED`."""
ENABLED = "enabled"
STACK_LABEL = "llm-platform/stack"
"""Label of namespaces and Services: the stack, which is the first part of a public name."""
MODEL_LABEL = "llm-platform/model"
"""Label of a Service of a model: the service's name, which is the second part of the public name."""
TEAM_LABEL = "llm-platform/team"
"""Label of a Service: the owner of its stack."""
KIND_LABEL = "llm-platform/kind"
"""Label of a Service: the kind of its engine, such as vllm."""
KEY_SECRET_ANNOTATION = "llm-platform/key-secret"  # noqa: S105  the annotation's name
"""Annotation of a Service: ``SECRET/KEY``, where the engine's API key is; absent for an engine without one."""
INPUT_PRICE_ANNOTATION = "llm-platform/price-input-usd"
"""Annotation of a Service: US dollars for a million tokens of prompts."""
OUTPUT_PRICE_ANNOTATION = "llm-platform/price-output-usd"
"""Annotation of a Service: US dollars for a million tokens of answers."""
RESPONSE_LOGS_ANNOTATION = "llm-platform/response-logs"
"""Annotation of a Service: its consent to response logs as JSON; absent where there is none."""

LISTEN_PORT = 8080
"""Port of Envoy for clients."""
ADMIN_PORT = 9901
"""Port of Envoy's administration; on the pod's loopback only."""
METRICS_PORT = 9902
"""Port of the policy's metrics, and of Envoy's through it."""
DRAIN_PORT = 9903
"""Port on which the kubelet starts a drain."""

URL_OUTPUT, TABLE_OUTPUT, TLS_OUTPUT = "gateway_url", "gateway_table", "gateway_tls"
"""Outputs of a platform stack with a gateway: base URL with ``/v1``, name of the DynamoDB table, whether it speaks HTTPS."""
AUDITOR_OUTPUT = "response_auditor_role"
"""Output of a platform stack with response logs: ARN of the role that reads them."""


def gateway_url(outputs: Mapping[str, object]) -> str | None:
    """Base URL, with ``/v1``, of the gateway among a stack's outputs; None for a stack without one.

    A service may be called ``gateway`` where the stack has none, and then has an output of the same name.
    """
    return str(outputs[URL_OUTPUT]) if URL_OUTPUT in outputs and TABLE_OUTPUT in outputs else None


def public_name(stack: str, service: str) -> str:
    """What clients send to the gateway as ``model``.

    Args:
        stack: the stack as its label has it.
        service: the service's name.
    """
    return f"{stack}/{service}"


def table_name(stack: str) -> str:
    """Name of the DynamoDB table of the stack's gateway."""
    return f"llm-{stack}-gateway"


LONGEST_STACK = 50
"""Characters of a stack with response logs: a stream's name has 64 at most."""


def response_stream(stack: str) -> str:
    """Name of the Firehose stream of the stack's response logs."""
    return f"llm-{stack}-responses"


def auditor_role(stack: str) -> str:
    """Name of the role that reads the stack's response logs."""
    return f"llm-{stack}-auditor"


def delivery_role(stack: str) -> str:
    """Name of the role by which Firehose writes them."""
    return f"llm-{stack}-firehose"

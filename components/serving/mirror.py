"""A Job that copies a model's weights into the bucket before its service starts."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import pulumi
import pulumi_kubernetes as k8s

from components.iam import PolicyDocument
from components.kubernetes.content import source
from components.kubernetes.environment import aws_region, environment
from components.kubernetes.network_policy import network_policy
from components.kubernetes.scope import Scope
from components.serving.context import ServingContext
from components.serving.identity import service_account
from components.serving.namespace import HF_SECRET_KEY
from components.serving.script_pod import script_pod
from settings.derived.system_pool.workloads import MIRROR_JOB
from settings.derived.timeouts import Timing

RETRIES = 3


@dataclass(frozen=True, kw_only=True)
class Mirror:
    """What is copied, and how."""

    script: Path
    """Python file that copies; it needs boto3 and otherwise only the standard library (``components/payloads``)."""
    variables: Mapping[str, pulumi.Input[str]]
    """Environment variables that name the source and the target of the copy; the AWS region is added."""
    prefix: str
    """Prefix of the bucket that it can read and write."""
    needs_hub_token: bool = False
    """Whether it gets the Hugging Face token as ``HF_TOKEN``."""


def mirror_job(service: Scope, context: ServingContext, mirror: Mirror, timing: Timing) -> k8s.batch.v1.Job:
    """The Job ``SERVICE-mirror`` on the system pool; it runs again, under the same name, when what it copies changes."""
    scope = replace(
        service,
        name=service.named("mirror"),
        selector={"app.kubernetes.io/name": "weights-mirror", "app.kubernetes.io/instance": service.name},
        pod_labels={},
    )
    identity = service_account(
        scope,
        context.platform.trust,
        boundary=context.permissions_boundary,
        description=f"Copies the weights of {service.name} into the bucket",
        document=PolicyDocument(context.bucket_access.write(mirror.prefix)),
    )
    script = k8s.core.v1.ConfigMap(
        scope.name, metadata=scope.metadata(), data={mirror.script.name: source(mirror.script)}, opts=scope.options()
    )
    timeout = timing.mirror_pulumi_timeout
    return k8s.batch.v1.Job(
        scope.name,
        # A Job that failed stays failed: without this the next `pulumi up` finds nothing to change and waits for it again.
        # One that succeeded, or was removed since, is left alone.
        metadata=scope.metadata(annotations={"pulumi.com/replaceUnready": "true"}),
        spec=k8s.batch.v1.JobSpecArgs(
            backoff_limit=RETRIES,
            active_deadline_seconds=timing.mirror_deadline,
            template=k8s.core.v1.PodTemplateSpecArgs(metadata=scope.pod_metadata(), spec=_pod(scope, context, mirror)),
        ),
        opts=pulumi.ResourceOptions(
            parent=scope.parent,
            depends_on=[*context.platform.ready, *identity, script, network_policy(scope)],
            # A Job's template cannot change, and two of one name cannot exist side by side.
            replace_on_changes=["spec.template"],
            delete_before_replace=True,
            custom_timeouts=pulumi.CustomTimeouts(create=timeout, update=timeout),
        ),
    )


def _pod(scope: Scope, context: ServingContext, mirror: Mirror) -> k8s.core.v1.PodSpecArgs:
    return script_pod(
        scope,
        context,
        MIRROR_JOB,
        name="mirror",
        volume="script",
        config_map=scope.name,
        file=mirror.script.name,
        variables=_environment(context, mirror),
    )


def _environment(context: ServingContext, mirror: Mirror) -> list[k8s.core.v1.EnvVarArgs]:
    plain = {**mirror.variables, **aws_region(context.facts.region), "PYTHONUNBUFFERED": "1"}
    token = context.namespace.hf_secret if mirror.needs_hub_token else None
    return environment(plain, {"HF_TOKEN": (token, HF_SECRET_KEY)} if token else {})

"""The Job that copies a model from the Hub into the bucket before its service starts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pulumi
import pulumi_kubernetes as k8s

from components.iam import PolicyDocument
from components.kubernetes.manifests import metadata, restricted, source
from components.roles import OidcTrust, service_account_role
from components.serving.namespace import HF_SECRET_KEY
from components.serving.vllm.network import job_policy
from components.serving.vllm.pod import secret_variable
from components.storage.bucket_access import BucketAccess
from settings.derived.timeouts import Timing
from settings.models.services import BucketWeights, ServiceSettings

IMAGE = "public.ecr.aws/lambda/python:3.13.2025.12.15.13"
"""Python with boto3, from a registry without pull limits; only its interpreter is used."""
SCRIPT = Path(__file__).parents[2] / "payloads" / "mirror_weights.py"
SCRIPT_PATH = "/etc/llm-platform"
DEFAULT_REVISION = "main"
RETRIES = 3
USER = 65532


@dataclass(frozen=True, kw_only=True)
class MirrorParts:
    """What the mirror of one service is made of."""

    service: str
    """Name of the service; the Job and its objects are called ``<service>-mirror``."""
    settings: ServiceSettings
    """The model."""
    weights: BucketWeights
    """Where it goes."""
    region: str
    """AWS region of the bucket."""
    namespace: pulumi.Input[str]
    """Namespace of the Job."""
    labels: Mapping[str, str]
    """Labels of its objects."""
    bucket: pulumi.Input[str]
    """Bucket of weights."""
    access: BucketAccess
    """The bucket as IAM knows it."""
    trust: OidcTrust
    """How IAM knows the Job's service account."""
    boundary: str | None
    """Permissions boundary of its role."""
    hf_secret: str | None
    """Name of the Secret with the Hub's token."""
    system_labels: Mapping[str, str]
    """Labels of the system pool's nodes."""
    timing: Timing
    """How long the copy may take."""
    after: Sequence[pulumi.Resource]
    """What must run in the cluster first."""
    parent: pulumi.Resource
    """The component."""


def mirror_job(parts: MirrorParts) -> k8s.batch.v1.Job:
    """Fill the prefix; the Job runs again when model, revision or prefix change, under the same name."""
    name = f"{parts.service}-mirror"
    selector = {"app.kubernetes.io/name": "weights-mirror", "app.kubernetes.io/instance": parts.service}
    labels = {**parts.labels, **selector}
    child = pulumi.ResourceOptions(parent=parts.parent)
    bound = service_account_role(
        name,
        parts.trust,
        namespace=parts.namespace,
        service_account=name,
        description=f"Copies the weights of {parts.service} into the bucket",
        boundary=parts.boundary,
        parent=parts.parent,
        document=PolicyDocument(parts.access.write(parts.weights.prefix)),
    )
    account = k8s.core.v1.ServiceAccount(
        name,
        metadata=metadata(name, parts.namespace, labels, {"eks.amazonaws.com/role-arn": bound.role.arn}),
        automount_service_account_token=False,
        opts=child,
    )
    script = k8s.core.v1.ConfigMap(
        name, metadata=metadata(name, parts.namespace, labels), data={SCRIPT.name: source(SCRIPT)}, opts=child
    )
    policy = job_policy(name, parts.namespace, labels, selector, parts.parent)
    timeout = parts.timing.mirror_pulumi_timeout
    return k8s.batch.v1.Job(
        name,
        # A Job that failed stays failed: without this the next `pulumi up` finds nothing to change and waits for it again.
        # One that succeeded, or was removed since, is left alone.
        metadata=metadata(name, parts.namespace, labels, {"pulumi.com/replaceUnready": "true"}),
        spec=k8s.batch.v1.JobSpecArgs(
            backoff_limit=RETRIES,
            active_deadline_seconds=parts.timing.mirror_deadline,
            template=k8s.core.v1.PodTemplateSpecArgs(
                # Pods carry what never changes: a new owner is no reason to copy again.
                metadata=k8s.meta.v1.ObjectMetaArgs(labels=selector),
                spec=_pod(name, parts),
            ),
        ),
        opts=pulumi.ResourceOptions(
            parent=parts.parent,
            depends_on=[*parts.after, account, script, policy, *bound.permissions],
            # A Job's template cannot change, and two of one name cannot stand beside each other.
            replace_on_changes=["spec.template"],
            delete_before_replace=True,
            custom_timeouts=pulumi.CustomTimeouts(create=timeout, update=timeout),
        ),
    )


def _pod(name: str, parts: MirrorParts) -> k8s.core.v1.PodSpecArgs:
    return k8s.core.v1.PodSpecArgs(
        service_account_name=name,
        automount_service_account_token=False,
        enable_service_links=False,
        restart_policy="Never",
        node_selector=dict(parts.system_labels),
        security_context=k8s.core.v1.PodSecurityContextArgs(
            run_as_user=USER,
            run_as_group=USER,
            run_as_non_root=True,
            seccomp_profile=k8s.core.v1.SeccompProfileArgs(type="RuntimeDefault"),
        ),
        containers=[
            k8s.core.v1.ContainerArgs(
                name="mirror",
                image=IMAGE,
                command=["python3", f"{SCRIPT_PATH}/{SCRIPT.name}"],
                env=_environment(parts),
                resources=k8s.core.v1.ResourceRequirementsArgs(
                    requests={"cpu": "500m", "memory": "1Gi"}, limits={"memory": "1Gi"}
                ),
                security_context=restricted(),
                volume_mounts=[k8s.core.v1.VolumeMountArgs(name="script", mount_path=SCRIPT_PATH, read_only=True)],
            )
        ],
        volumes=[k8s.core.v1.VolumeArgs(name="script", config_map=k8s.core.v1.ConfigMapVolumeSourceArgs(name=name))],
    )


def _environment(parts: MirrorParts) -> list[k8s.core.v1.EnvVarArgs]:
    plain: dict[str, pulumi.Input[str]] = {
        "MODEL": parts.settings.model,
        "REVISION": parts.weights.revision or DEFAULT_REVISION,
        "BUCKET": parts.bucket,
        "PREFIX": parts.weights.prefix.strip("/"),
        "AWS_REGION": parts.region,
        "AWS_DEFAULT_REGION": parts.region,
        "PYTHONUNBUFFERED": "1",
    }
    variables = [k8s.core.v1.EnvVarArgs(name=name, value=value) for name, value in plain.items()]
    if parts.settings.needs_hub_token and parts.hf_secret:
        variables.append(secret_variable("HF_TOKEN", parts.hf_secret, HF_SECRET_KEY))
    return variables

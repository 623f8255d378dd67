"""One model, served by vLLM behind an OpenAI-compatible endpoint."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pulumi
import pulumi_kubernetes as k8s

from components.iam import PolicyDocument
from components.kubernetes.manifests import checksum, metadata
from components.roles import BoundRole, OidcTrust, service_account_role
from components.serving.vllm.endpoint import chat_command, endpoint_service, service_url
from components.serving.vllm.keys import ServiceKeys, service_keys
from components.serving.vllm.mirror import MirrorParts, mirror_job
from components.serving.vllm.network import service_policy
from components.serving.vllm.pod import PodParts, middleware_files, pod
from components.serving.vllm.sizing import sizing
from components.storage.bucket_access import BucketAccess
from settings.derived.capacity import surges
from settings.derived.naming import selector_labels
from settings.derived.timeouts import service_timing
from settings.models.pools import PoolFacts
from settings.models.services import BucketWeights, ServiceSettings

HISTORY = 3


@dataclass(frozen=True, kw_only=True)
class VllmServiceArgs:
    """What :class:`VllmService` is made of."""

    service: ServiceSettings
    """Model, weights, replicas, options, endpoint."""
    pool: PoolFacts
    """The GPU pool it runs on."""
    region: str
    """AWS region, such as ``us-east-1``."""
    namespace: pulumi.Input[str]
    """Kubernetes namespace it lives in."""
    oidc_provider_arn: pulumi.Input[str]
    """ARN of the IAM OIDC provider of the cluster."""
    oidc_issuer: pulumi.Input[str]
    """The cluster's OIDC issuer."""
    bucket_name: pulumi.Input[str]
    """Bucket of weights."""
    bucket_arn: pulumi.Input[str]
    """ARN of that bucket."""
    key_arn: pulumi.Input[str]
    """ARN of the KMS key it is encrypted with."""
    load_balancer_cidrs: Sequence[str]
    """Addresses that load balancers of its scheme send from."""
    network_cidr: str | None = None
    """Address range of the VPC, which an internal endpoint admits unless it names others; none where it is not known."""
    system_labels: Mapping[str, str]
    """Labels of the system pool's nodes, on which weights are mirrored."""
    labels: Mapping[str, str] = field(default_factory=dict)
    """Labels of every object."""
    tags: Mapping[str, str] = field(default_factory=dict)
    """AWS tags of the load balancer, which Kubernetes makes."""
    hf_secret: str | None = None
    """Name of the Secret with the Hub's token, if there is one."""
    permissions_boundary: str | None = None
    """ARN of the IAM policy that bounds every role made here."""
    ready: Sequence[pulumi.Resource] = ()
    """What must run in the cluster first."""


class VllmService(pulumi.ComponentResource):
    """vLLM's Deployment with all it needs, closed but for its load balancer, and with a key of its own."""

    url: pulumi.Output[str]
    """Where the model is served."""
    api_key: pulumi.Output[str]
    """What clients send as bearer token; secret."""
    command: pulumi.Output[str]
    """A shell command that asks the model something."""

    def __init__(self, name: str, args: VllmServiceArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Serve the model as ``name``."""
        super().__init__("llm:serving:VllmService", name, None, opts)
        self._prefix, self._args, self._child = name, args, pulumi.ResourceOptions(parent=self)
        # The name the pods are selected by is the service's alone: a Deployment's selector can never change.
        self._selector = selector_labels(name)
        own = {**self._selector, "app.kubernetes.io/component": "inference", "app.kubernetes.io/managed-by": "pulumi"}
        self._labels = {**args.labels, **own}
        # Pods carry what never changes: a new owner or cost centre is no reason to roll them.
        self._pod_labels = own
        self._timing = service_timing(args.service, args.pool)
        self._access = BucketAccess(bucket_arn=args.bucket_arn, key_arn=args.key_arn)
        self._trust = OidcTrust(provider_arn=args.oidc_provider_arn, issuer=args.oidc_issuer)

        keys = service_keys(name, args.namespace, self._labels, self)
        deployment = self._deployment(keys, self._before_pods())
        self._disruption_budget()
        service = endpoint_service(
            name,
            args.namespace,
            self._labels,
            self._selector,
            args.service.endpoint,
            network_cidr=args.network_cidr,
            tags=args.tags,
            timeout=self._timing.pulumi_timeout,
            # Pulumi waits for a Service's pods: without them its wait would only repeat the Deployment's failure.
            after=[deployment],
            parent=self,
        )
        self.url = service_url(service, args.service.endpoint)
        self.api_key = keys.api_key
        self.command = chat_command(
            name, args.namespace, args.service.served_name(name), self.url, args.service.endpoint
        )
        self.register_outputs({"url": self.url, "api_key": self.api_key, "command": self.command})

    def _before_pods(self) -> list[pulumi.Resource]:
        """What pods find in place when they start: identity, policy, middleware, weights."""
        args = self._args
        bound = self._role()
        account = k8s.core.v1.ServiceAccount(
            self._prefix,
            metadata=metadata(
                self._prefix, args.namespace, self._labels, {"eks.amazonaws.com/role-arn": bound.role.arn}
            ),
            automount_service_account_token=False,
            opts=self._child,
        )
        policy = service_policy(
            self._prefix,
            args.namespace,
            self._labels,
            self._selector,
            load_balancer_cidrs=args.load_balancer_cidrs,
            monitoring_namespace=args.service.monitoring_namespace,
            parent=self,
        )
        found: list[pulumi.Resource] = [*args.ready, *bound.permissions, account, policy]
        if args.service.path_allow_list:
            found.append(self._middleware())
        weights = args.service.weights
        if isinstance(weights, BucketWeights) and weights.mirror:
            found.append(self._mirror(weights))
        return found

    def _role(self) -> BoundRole:
        weights = self._args.service.weights
        reading = PolicyDocument(self._access.read(weights.prefix)) if isinstance(weights, BucketWeights) else None
        return service_account_role(
            self._prefix,
            self._trust,
            namespace=self._args.namespace,
            service_account=self._prefix,
            description=f"vLLM service {self._prefix}",
            boundary=self._args.permissions_boundary,
            parent=self,
            # Weights from the Hub need nothing in AWS; the role is there, so that the pod is somebody.
            document=reading,
        )

    def _middleware(self) -> k8s.core.v1.ConfigMap:
        return k8s.core.v1.ConfigMap(
            f"{self._prefix}-middleware",
            metadata=metadata(f"{self._prefix}-middleware", self._args.namespace, self._labels),
            data=middleware_files(),
            opts=self._child,
        )

    def _mirror(self, weights: BucketWeights) -> k8s.batch.v1.Job:
        args = self._args
        return mirror_job(
            MirrorParts(
                service=self._prefix,
                settings=args.service,
                weights=weights,
                region=args.region,
                namespace=args.namespace,
                labels=args.labels,
                bucket=args.bucket_name,
                access=self._access,
                trust=self._trust,
                boundary=args.permissions_boundary,
                hf_secret=args.hf_secret,
                system_labels=args.system_labels,
                timing=self._timing,
                after=args.ready,
                parent=self,
            )
        )

    def _deployment(self, keys: ServiceKeys, after: Sequence[pulumi.Resource]) -> k8s.apps.v1.Deployment:
        args = self._args
        parts = PodParts(
            name=self._prefix,
            service=args.service,
            pool=args.pool,
            region=args.region,
            bucket=args.bucket_name,
            keys=keys,
            hf_secret=args.hf_secret,
            sizing=sizing(args.service, args.pool),
            timing=self._timing,
            selector=self._selector,
        )
        surge = surges(args.service, args.pool)
        annotations: dict[str, pulumi.Input[str]] = {"llm-platform/keys": keys.checksum}
        if args.service.path_allow_list:
            annotations["llm-platform/middleware"] = checksum(*middleware_files().values())
        timeouts = pulumi.CustomTimeouts(
            create=self._timing.pulumi_timeout, update=self._timing.pulumi_rollout_timeout(args.service.replicas)
        )
        return k8s.apps.v1.Deployment(
            self._prefix,
            metadata=metadata(self._prefix, args.namespace, self._labels),
            spec=k8s.apps.v1.DeploymentSpecArgs(
                replicas=args.service.replicas,
                revision_history_limit=HISTORY,
                progress_deadline_seconds=self._timing.progress_deadline,
                selector=k8s.meta.v1.LabelSelectorArgs(match_labels=self._selector),
                # Without a spare GPU a new pod could only wait for one that the old pod holds.
                strategy=k8s.apps.v1.DeploymentStrategyArgs(
                    type="RollingUpdate",
                    rolling_update=k8s.apps.v1.RollingUpdateDeploymentArgs(
                        max_surge=1 if surge else 0, max_unavailable=0 if surge else 1
                    ),
                ),
                template=k8s.core.v1.PodTemplateSpecArgs(
                    metadata=k8s.meta.v1.ObjectMetaArgs(labels=self._pod_labels, annotations=annotations),
                    spec=pod(parts),
                ),
            ),
            opts=pulumi.ResourceOptions(
                parent=self,
                depends_on=[*after, keys.secret],
                custom_timeouts=timeouts,
            ),
        )

    def _disruption_budget(self) -> None:
        k8s.policy.v1.PodDisruptionBudget(
            self._prefix,
            metadata=metadata(self._prefix, self._args.namespace, self._labels),
            spec=k8s.policy.v1.PodDisruptionBudgetSpecArgs(
                max_unavailable=1,
                selector=k8s.meta.v1.LabelSelectorArgs(match_labels=self._selector),
                # A pod that never becomes ready must not keep a node from being drained.
                unhealthy_pod_eviction_policy="AlwaysAllow",
            ),
            opts=self._child,
        )

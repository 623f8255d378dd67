"""The gateway's Deployment, and what its pods read."""

from collections.abc import Sequence

import pulumi
import pulumi_kubernetes as k8s

from components.gateway.archive import Archive
from components.gateway.configuration import CA_FILE, FILE, text
from components.gateway.context import GatewayArgs
from components.gateway.pod import pod
from components.gateway.volumes import SCRIPT, SCRIPT_SUFFIX
from components.kubernetes.content import checksum, source
from components.kubernetes.scope import Scope
from settings.derived.shutdown import GATEWAY_GRACE_SECONDS

PROGRESS_SECONDS = 600
"""For one pod: the image's pull, the archive, and the load balancer's first healthy check, which its readiness gate awaits."""
HISTORY = 3


def config_maps(scope: Scope, args: GatewayArgs) -> list[pulumi.Resource]:
    """``gateway.json`` with the CAs of the issuer if they are private, and the script that fetches the archive."""
    return [
        k8s.core.v1.ConfigMap(scope.named(suffix), metadata=scope.metadata(suffix), data=files, opts=scope.options())
        for suffix, files in _files(args).items()
    ]


def _files(args: GatewayArgs) -> dict[str, dict[str, pulumi.Input[str]]]:
    """The text of each file by name, by suffix of its ConfigMap."""
    oidc = args.gateway.oidc
    cas: dict[str, pulumi.Input[str]] = {CA_FILE: oidc.ca_bundle} if oidc and oidc.ca_bundle else {}
    return {"": {FILE: text(args), **cas}, SCRIPT_SUFFIX: {SCRIPT.name: source(SCRIPT)}}


def deployment(
    scope: Scope, args: GatewayArgs, archive: Archive, after: Sequence[pulumi.Resource]
) -> k8s.apps.v1.Deployment:
    """The Deployment: its pods roll one after the other when the configuration or the archive changes."""
    seconds = (args.gateway.replicas + 1) * (PROGRESS_SECONDS + GATEWAY_GRACE_SECONDS)
    timeouts = pulumi.CustomTimeouts(create=f"{seconds}s", update=f"{seconds}s")
    annotations: dict[str, pulumi.Input[str]] = {
        "llm-platform/config": pulumi.Output.all(
            *(content for files in _files(args).values() for content in files.values())
        ).apply(lambda contents: checksum(*contents)),
        # The role is the policy's and the init container's; Envoy, which reads what clients send, gets no credentials.
        "eks.amazonaws.com/skip-containers": "envoy",
    }
    return k8s.apps.v1.Deployment(
        scope.name,
        metadata=scope.metadata(),
        spec=k8s.apps.v1.DeploymentSpecArgs(
            replicas=args.gateway.replicas,
            revision_history_limit=HISTORY,
            progress_deadline_seconds=PROGRESS_SECONDS + GATEWAY_GRACE_SECONDS,
            selector=scope.match_labels,
            strategy=k8s.apps.v1.DeploymentStrategyArgs(
                type="RollingUpdate",
                rolling_update=k8s.apps.v1.RollingUpdateDeploymentArgs(max_surge=1, max_unavailable=0),
            ),
            template=k8s.core.v1.PodTemplateSpecArgs(
                metadata=scope.pod_metadata(annotations), spec=pod(scope, args, archive)
            ),
        ),
        opts=pulumi.ResourceOptions.merge(scope.options(after), pulumi.ResourceOptions(custom_timeouts=timeouts)),
    )

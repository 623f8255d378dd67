"""The gateway of a platform: one OpenAI-compatible address in front of the services of all its stacks."""

import pulumi
import pulumi_kubernetes as k8s

from components.gateway.archive import archive
from components.gateway.certificate import certificate, domain_record
from components.gateway.configuration import read
from components.gateway.context import GatewayArgs
from components.gateway.deployment import config_maps, deployment
from components.gateway.identity import identity
from components.gateway.ingress import address, ingress, service
from components.gateway.network import gateway_network_policy
from components.gateway.response_logs import response_logs
from components.gateway.table import table
from components.kubernetes.disruption_budget import disruption_budget
from components.kubernetes.pod_security import RESTRICTED
from components.serving.namespace import READINESS_GATE
from settings.derived.gateway.names import AUDITOR_OUTPUT, TABLE_OUTPUT, TLS_OUTPUT, URL_OUTPUT


class Gateway(pulumi.ComponentResource):
    """Envoy with its policy, the table of keys, limits and usage, and the load balancer in front."""

    url: pulumi.Output[str]
    """Base URL for OpenAI's clients, with ``/v1``."""
    table: pulumi.Output[str]
    """Name of the DynamoDB table."""
    tls: pulumi.Output[bool]
    """Whether the URL is HTTPS."""
    address: pulumi.Output[str]
    """DNS name of the load balancer."""
    auditor_role: pulumi.Output[str] | None
    """ARN of the role that reads response logs; None where none are kept."""
    response_stream: pulumi.Output[str] | None
    """Name of the Firehose stream of response logs; None where none are kept."""
    certificate: pulumi.Input[str] | None
    """ARN of the domain's certificate; None without a domain."""

    def __init__(self, name: str, args: GatewayArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Make the gateway ``name``.

        Raises:
            ConfigError: its own reader would refuse the configuration.
        """
        super().__init__("llm:gateway:Gateway", name, None, opts)
        config = read(args)
        kept = table(name, args, self)
        code = archive(name, args, self)
        scope = args.scope(_namespace(name, args, self), self)
        logs = response_logs(name, args, args.gateway.response_logs, self) if args.gateway.response_logs else None
        stream_arn = logs.stream.arn if logs else None
        before = [
            *args.platform.ready,
            *identity(scope, args, table_arn=kept.arn, archive_key=code.key, stream_arn=stream_arn),
            *config_maps(scope, args),
            gateway_network_policy(scope, args, config.oidc),
            code.bucket_object,
        ]
        self.certificate = certificate(name, args, self)
        # Pods get the readiness gate of a load balancer that exists: Service and Ingress come first.
        balanced = ingress(
            scope,
            args,
            certificate=self.certificate,
            idle_seconds=config.load_balancer_idle_seconds,
            after=[*args.platform.ready, service(scope)],
        )
        deployment(scope, args, code, [*before, balanced])
        disruption_budget(scope)
        self.address = address(balanced)
        domain_record(name, args, self.address, self)
        self.url = (
            pulumi.Output.from_input(f"https://{args.gateway.domain}/v1")
            if args.gateway.domain
            else pulumi.Output.concat("http://", self.address, "/v1")
        )
        self.table = kept.name
        self.tls = pulumi.Output.from_input(args.gateway.tls)
        self.auditor_role = logs.auditor.arn if logs else None
        self.response_stream = logs.stream.name if logs else None
        self.register_outputs({"url": self.url, "address": self.address, "table": self.table, "tls": self.tls})

    def export(self) -> None:
        """Export what clients, portal and commands need."""
        pulumi.export(URL_OUTPUT, self.url)
        pulumi.export(TABLE_OUTPUT, self.table)
        pulumi.export(TLS_OUTPUT, self.tls)
        if self.auditor_role is not None:
            pulumi.export(AUDITOR_OUTPUT, self.auditor_role)


def _namespace(name: str, args: GatewayArgs, parent: pulumi.Resource) -> pulumi.Output[str]:
    space = k8s.core.v1.Namespace(
        name,
        metadata=k8s.meta.v1.ObjectMetaArgs(
            name=args.names.namespace, labels={**args.naming.labels, **RESTRICTED, **READINESS_GATE}
        ),
        opts=pulumi.ResourceOptions(parent=parent, depends_on=list(args.platform.ready)),
    )
    return space.metadata.apply(lambda known: known.name or args.names.namespace)

"""Issues and warnings of the gateway beside the rest of a stack: names, certificates, load balancers of services."""

import re
from collections.abc import Iterator, Mapping

from settings.derived.gateway.names import LONGEST_STACK, NAME, NAMESPACE
from settings.derived.naming import label_value
from settings.issues import Issue, join
from settings.models.gateway import GatewaySettings
from settings.models.services.base import ServiceSettings
from settings.models.services.vllm import FORCE_USAGE, VllmSettings
from settings.models.stack import PlatformSettings
from settings.validation.arns import check_arn
from settings.validation.partial import PartialSettings

_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")
"""First part of a model's name, as the gateway's table takes it."""


def check_gateway(partial: PartialSettings) -> None:
    """Add every issue of the gateway, and of services that reach clients through it alone."""
    if partial.gateway:
        _check_arns(partial, partial.gateway)
    _check_response_logs(partial)
    if not partial.has_gateway:
        _check_unreachable(partial)
        return
    _check_names(partial)
    _check_usage(partial)


def _check_arns(partial: PartialSettings, gateway: GatewaySettings) -> None:
    """Refuse a certificate that the load balancer could not have: ACM's are of one region, and of the account."""
    balancer = "the load balancer"
    check_arn(partial, gateway.certificate_arn, "gateway", "certificate_arn", user=balancer)
    # A private CA may be another account's, shared by AWS RAM.
    check_arn(partial, gateway.private_ca_arn, "gateway", "private_ca_arn", user=balancer, other_account=True)


def _check_response_logs(partial: PartialSettings) -> None:
    """Refuse a consent that no gateway acts on, and a stack whose name would make that of the stream too long."""
    theirs = partial.platform.gateway if partial.platform else None
    if partial.team and partial.platform is None:
        return  # what the platform has is unknown
    if theirs.response_logs if theirs else bool(partial.gateway and partial.gateway.response_logs):
        if not partial.team and len(partial.stack) > LONGEST_STACK:
            partial.add_issue(
                f"needs names with the stack's in them, {partial.stack}, which has more than {LONGEST_STACK} characters: rename it "
                "(`pulumi stack rename`)",
                *("gateway", "response_logs"),
            )
        return
    if not partial.team and "gateway" in partial.raw and partial.gateway is None:
        return  # its gateway has issues of its own
    where = "the platform's gateway keeps" if partial.team else "the stack's gateway keeps"
    for name, service in partial.services.items():
        if service.response_logs:
            partial.add_issue(
                f"is a consent, and {where} no response logs: set gateway.response_logs of the platform, or omit it",
                *("services", name, "response_logs"),
            )


def _check_unreachable(partial: PartialSettings) -> None:
    for name, service in partial.services.items():
        if service.endpoint.own is False and not (partial.team and partial.platform is None):
            where = "its platform" if partial.team else "the stack"
            partial.add_issue(
                f"is false, and {where} has no gateway, so no client could reach the service: omit it",
                *("services", name, "endpoint", "own"),
            )


def _check_names(partial: PartialSettings) -> None:
    """Refuse names that the gateway has, and public names that clients could not send or that another stack has too."""
    if not _NAME.fullmatch(partial.stack):
        partial.add_issue(
            f"the stack's name {partial.stack} cannot be the first part of model names, {partial.stack}/SERVICE: name it with "
            "at most 63 lower-case letters, digits and '-' (`pulumi stack rename`)",
            "platform" if partial.team else "gateway",
        )
    if partial.values.get("namespace") == NAMESPACE:
        partial.add_issue(f"{NAMESPACE!r} is the gateway's own namespace: choose another", "namespace")
    if not partial.team and NAME in partial.names("services"):
        partial.add_issue(
            f"has the outputs {NAME}_url and more, which the gateway has too: choose another name", "services", NAME
        )
    theirs = partial.platform.gateway if partial.platform else None
    if theirs and label_value(partial.stack) == theirs.stack:
        partial.add_issue(
            f"the stack is called like its platform, {theirs.stack}, so the gateway would have two models of one name "
            f"{theirs.stack}/SERVICE: rename it (`pulumi stack rename`)",
            "platform",
        )


def _check_usage(partial: PartialSettings) -> None:
    for name, service in partial.services.items():
        if isinstance(service, VllmSettings) and service.args.get(FORCE_USAGE) is False:
            partial.add_issue(
                "is false, and the gateway counts the tokens of streams by it: omit it",
                *("services", name, "args", FORCE_USAGE),
            )


def gateway_warnings(settings: PlatformSettings) -> Iterator[Issue]:
    """Warnings of a platform stack's gateway."""
    gateway = settings.gateway
    if gateway is None:
        return
    if not gateway.tls:
        yield Issue(
            "gateway.domain",
            "is not set: clients speak plain HTTP with the gateway, keys and prompts included, inside the network; set domain "
            "with zone_id, certificate_arn or private_ca_arn (docs/gateway.md)",
        )
    if "0.0.0.0/0" in gateway.source_ranges:
        yield Issue("gateway.source_ranges", "0.0.0.0/0 is every address: a client with a key can call from anywhere")


def price_warnings(services: Mapping[str, ServiceSettings], *, gateway: bool) -> Iterator[Issue]:
    """A warning for each service without a price beside services with one, and for prices that no gateway reads."""
    priced = [name for name, service in services.items() if service.price]
    for name, service in services.items():
        if service.price and not gateway:
            yield Issue(join("services", name, "price"), "is read by no gateway: the platform has none; omit it")
        elif priced and not service.price:
            yield Issue(
                join("services", name, "price"),
                f"is not set, and {priced[0]} has one: what tenants request of {name} counts nothing against their budgets in "
                "dollars",
            )

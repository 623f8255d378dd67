"""Where moto forgets what AWS keeps, or keeps what AWS forgets: mended in moto itself, so that boto3 sees it too."""

from collections.abc import Callable
from typing import Any

from moto.core.responses import ActionResult
from moto.ec2.models.launch_templates import LaunchTemplate
from moto.ec2.models.nat_gateways import NatGatewayBackend
from moto.eks.models import EKSBackend
from moto.eks.responses import EKSResponse
from moto.eks.urls import response, url_paths
from moto.iam.models import SERVICE_NAME_CONVERSION
from moto.logs.models import LogsBackend

from rehearsal.aws import quotas


def mend() -> None:
    """Mend them all; the tests of the provider's tags and deletions fail without."""
    _tag_node_groups()
    _tell_templates_tags()
    _free_addresses()
    _forget_log_tags()
    _name_role_of_spot()
    _upgrade_clusters()
    quotas.mend()


def _tag_node_groups() -> None:
    """Moto finds the resources of EKS's tags among clusters only."""
    tag, untag, tell = EKSBackend.tag_resource, EKSBackend.untag_resource, EKSBackend.list_tags_for_resource

    def tags_of(backend: EKSBackend, arn: str) -> dict[str, str] | None:
        groups = (group for cluster in backend.clusters.values() for group in cluster.nodegroups.values())
        return next((group.tags for group in groups if group.arn == arn), None)

    def tag_resource(self: EKSBackend, resource_arn: str, tags: dict[str, str]) -> None:
        held = tags_of(self, resource_arn)
        if held is None:
            tag(self, resource_arn, tags)
        else:
            held.update(tags)

    def untag_resource(self: EKSBackend, resource_arn: str, tag_keys: Any) -> None:
        held = tags_of(self, resource_arn)
        if held is None:
            untag(self, resource_arn, tag_keys)
            return
        for key in tag_keys if isinstance(tag_keys, list) else [tag_keys]:
            held.pop(key, None)

    def list_tags_for_resource(self: EKSBackend, resource_arn: str) -> dict[str, str]:
        held = tags_of(self, resource_arn)
        return tell(self, resource_arn) if held is None else held

    _set(EKSBackend, tag_resource, untag_resource, list_tags_for_resource)


def _tell_templates_tags() -> None:
    """Moto goes on telling the tags that a launch template was made with."""
    LaunchTemplate.tags = property(lambda self: self.get_tags(), lambda _self, _tags: None)  # type: ignore[assignment]


def _free_addresses() -> None:
    """Moto leaves a NAT gateway's address associated when the gateway is gone."""
    delete = NatGatewayBackend.delete_nat_gateway

    def delete_nat_gateway(self: Any, nat_gateway_id: str) -> Any:
        gateway = delete(self, nat_gateway_id)
        bound = {address.get("associationId") for address in gateway.address_set} - {None}
        for held in [address for address in self.addresses if address.association_id in bound]:
            self.disassociate_address(association_id=held.association_id)
        return gateway

    _set(NatGatewayBackend, delete_nat_gateway)


def _forget_log_tags() -> None:
    """Moto gives the tags of a deleted log group to the next one of that name."""
    delete = LogsBackend.delete_log_group

    def delete_log_group(self: LogsBackend, log_group_name: str) -> None:
        group = self.groups.get(log_group_name)
        delete(self, log_group_name)
        if group is not None:
            self.tagger.delete_all_tags_for_resource(group.arn)

    _set(LogsBackend, delete_log_group)


def _name_role_of_spot() -> None:
    """Moto calls it by the service's name."""
    SERVICE_NAME_CONVERSION["spot"] = "EC2Spot"


def _upgrade_clusters() -> None:
    """Moto has no UpdateClusterVersion."""

    def update_cluster_version(self: EKSResponse) -> ActionResult:
        cluster = self.eks_backend.describe_cluster(self._get_param("name"))
        cluster.version = str(self._get_param("version"))
        return ActionResult({"update": {"id": cluster.name, "status": "Successful", "type": "VersionUpdate"}})

    url_paths["{0}/clusters/(?P<name>[^/]+)/updates$"] = response.dispatch
    _set(EKSResponse, update_cluster_version)


def _set(backend: type, *methods: Callable[..., Any]) -> None:
    for method in methods:
        setattr(backend, method.__name__, method)

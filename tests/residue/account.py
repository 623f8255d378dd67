"""An AWS account of answers, and a stack in it."""

from dataclasses import replace
from typing import Any

from planner.cost.prices import list_prices
from preflight.cloud import Cloud, CloudError, DeniedError, GoneError
from residue.context import Context
from residue.owner import Owner

OWNER = Owner(project="llm-platform", stack="dev", region="us-east-1", cluster="llm-dev", image_prefix="llm-dev")
OWN = [{"Key": "project", "Value": "llm-platform"}, {"Key": "stack", "Value": "dev"}]
OTHER = [{"Key": "project", "Value": "llm-platform"}, {"Key": "stack", "Value": "prod"}]
EMPTY: dict[str, dict[str, Any]] = {
    "describe_load_balancers": {"LoadBalancers": []},
    "describe_target_groups": {"TargetGroups": []},
    "describe_instances": {"Reservations": []},
    "describe_spot_instance_requests": {"SpotInstanceRequests": []},
    "describe_volumes": {"Volumes": []},
    "describe_snapshots": {"Snapshots": []},
    "describe_launch_templates": {"LaunchTemplates": []},
    "describe_nat_gateways": {"NatGateways": []},
    "describe_addresses": {"Addresses": []},
    "describe_vpc_endpoints": {"VpcEndpoints": []},
    "describe_network_interfaces": {"NetworkInterfaces": []},
    "describe_security_groups": {"SecurityGroups": []},
    "describe_subnets": {"Subnets": []},
    "describe_internet_gateways": {"InternetGateways": []},
    "describe_route_tables": {"RouteTables": []},
    "describe_flow_logs": {"FlowLogs": []},
    "describe_vpcs": {"Vpcs": []},
    "describe_repositories": {"repositories": []},
    "describe_log_groups": {"logGroups": []},
    "list_nodegroups": {"nodegroups": []},
    "list_instance_profiles": {"InstanceProfiles": []},
    "list_roles": {"Roles": []},
    "list_open_id_connect_providers": {"OpenIDConnectProviderList": []},
    "get_resources": {"ResourceTagMappingList": []},
}
"""An account with nothing of ours in it; the cluster is gone."""


class Account(Cloud):
    """Answers by operation; what is not named does not exist."""

    def __init__(self, **answers: Any) -> None:
        super().__init__("us-east-1")
        self._answers_by_operation = {**EMPTY, **answers}

    def ask(self, service: str, operation: str, **parameters: object) -> dict[str, Any]:
        answer = self._answers_by_operation.get(operation, GoneError(f"{operation} of {parameters}"))
        if isinstance(answer, CloudError):
            raise answer
        return answer(**parameters) if callable(answer) else answer


def context(*, keeps_bucket: bool = False, **answers: Any) -> Context:
    owner = replace(OWNER, keeps_bucket=keeps_bucket)
    return Context(owner=owner, cloud=Account(**answers), prices=list_prices())


__all__ = ["OTHER", "OWN", "OWNER", "Account", "DeniedError", "context"]

"""EC2's vCPU quotas, which moto lacks, and the failure of node groups that exceed them.

On AWS a node group whose instances cannot be launched waits some twenty minutes and is then CREATE_FAILED for good:
EKS refuses to change it, and only a delete helps. One that grows past a quota is DEGRADED and keeps the nodes it has.
Here the same happens at once. Words as EKS and EC2 have them in hashicorp/terraform-provider-aws#39904 and
aws/containers-roadmap#2204.
"""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from moto.eks.exceptions import ResourceInUseException
from moto.eks.models import EKSBackend, Nodegroup
from moto.servicequotas.exceptions import NoSuchResource
from moto.servicequotas.models import ServiceQuotasBackend, servicequotas_backends
from moto.servicequotas.responses import ServiceQuotasResponse

from planner.catalog.instances import UnknownInstanceTypeError, instance_type, quota_group
from rehearsal.aws.patching import replace_methods

STANDARD = "Running On-Demand Standard (A, C, D, H, I, M, R, T, Z) instances"
STANDARD_SPOT = "All Standard (A, C, D, H, I, M, R, T, Z) Spot Instance Requests"
QUOTAS: Mapping[str, tuple[str, float]] = {
    "L-1216C47A": (STANDARD, 1152.0),
    "L-DB2E81BA": ("Running On-Demand G and VT instances", 768.0),
    "L-417A185B": ("Running On-Demand P instances", 768.0),
    "L-34B43A08": (STANDARD_SPOT, 1152.0),
    "L-3819A6DF": ("All G and VT Spot Instance Requests", 768.0),
    "L-7212CCBC": ("All P4, P3 and P2 Spot Instance Requests", 768.0),
    "L-C4BD4855": ("All P5 Spot Instance Requests", 768.0),
}
"""Code to name and vCPUs: those of an account in use. A new one often has 0 for G and P, and 5 for the rest."""
_CODES = {
    ("standard", False): "L-1216C47A",
    ("g", False): "L-DB2E81BA",
    ("p", False): "L-417A185B",
    ("p5", False): "L-417A185B",
    ("standard", True): "L-34B43A08",
    ("g", True): "L-3819A6DF",
    ("p", True): "L-7212CCBC",
    ("p5", True): "L-C4BD4855",
}
CREATE_FAILED, DEGRADED = "CREATE_FAILED", "DEGRADED"
LAUNCH_FAILURES = "AsgInstanceLaunchFailures"
_VCPU_LIMIT_EXCEEDED = (
    "Could not launch On-Demand Instances. VcpuLimitExceeded - You have requested more vCPU capacity than your current "
    "vCPU limit of {limit:g} allows for the instance bucket that the specified instance type belongs to. Please visit "
    "http://aws.amazon.com/contact-us/ec2-request to request an adjustment to this limit. Launching EC2 instance failed."
)
_SPOT_LIMIT_EXCEEDED = (
    "Could not launch Spot Instances. MaxSpotInstanceCountExceeded - Max spot instance count exceeded. "
    "Launching EC2 instance failed."
)
_OTHERS = {
    ("ec2", "L-0263D0A3"): ("EC2-VPC Elastic IPs", 20.0),
    ("lambda", "L-B99A9384"): ("Concurrent executions", 1000.0),
}
"""Service and code of further quotas that a preflight reads, to name and value: more than those of a new account, and never met here."""
_SET = "rehearsal_ec2_quotas"
"""Attribute of a backend with the quotas that were set."""
_KEPT = "rehearsal_running"
"""Attribute of a group with the number of its nodes, if it could not grow."""


def quota_code(instance: str, *, spot: bool) -> str:
    """Return the code of the quota that counts an instance type."""
    return _CODES[quota_group(instance), spot]


def limit_of(backend: Any, code: str) -> float:
    """Return a quota in vCPUs."""
    return float(getattr(backend, _SET, {}).get(code, QUOTAS[code][1]))


def _described(backend: Any, code: str) -> dict[str, Any]:
    if code not in QUOTAS:
        raise NoSuchResource
    name = QUOTAS[code][0]
    return {
        "ServiceCode": "ec2",
        "ServiceName": "Amazon Elastic Compute Cloud (Amazon EC2)",
        "QuotaCode": code,
        "QuotaName": name,
        "Value": limit_of(backend, code),
        "Unit": "None",
        "Adjustable": True,
        "GlobalQuota": False,
    }


def serve_quotas() -> None:
    """Make moto's Service Quotas return EC2's quotas, and accept requests to raise them."""
    before = ServiceQuotasBackend.get_service_quota

    def get_service_quota(self: ServiceQuotasBackend, service_code: str, quota_code: str) -> dict[str, Any]:
        if other := _OTHERS.get((service_code, quota_code)):
            return {"ServiceCode": service_code, "QuotaCode": quota_code, "QuotaName": other[0], "Value": other[1]}
        return _described(self, quota_code) if service_code == "ec2" else before(self, service_code, quota_code)

    def request_service_quota_increase(self: ServiceQuotasResponse) -> str:
        given = json.loads(self.body)
        code, wanted = str(given.get("QuotaCode")), float(given.get("DesiredValue") or 0)
        described = _described(self.backend, code)
        setattr(self.backend, _SET, {**getattr(self.backend, _SET, {}), code: wanted})
        requested = {key: described[key] for key in ("ServiceCode", "ServiceName", "QuotaCode", "QuotaName")}
        return json.dumps({"RequestedQuota": {**requested, "DesiredValue": wanted, "Status": "APPROVED"}})

    ServiceQuotasBackend.get_service_quota = get_service_quota  # type: ignore[method-assign]
    replace_methods(ServiceQuotasResponse, request_service_quota_increase)


def limit_node_groups() -> None:
    """Make moto fail node groups whose instances exceed their quota."""
    create, update = EKSBackend.create_nodegroup, EKSBackend.update_nodegroup_config

    def create_nodegroup(self: EKSBackend, *arguments: Any, **named: Any) -> Nodegroup:
        group = create(self, *arguments, **named)
        if reason := _launch_failure(self, group, _desired(group)):
            _fail(group, CREATE_FAILED, reason)
        return group

    def update_nodegroup_config(
        self: EKSBackend, cluster_name: str, nodegroup_name: str, *arguments: Any, **named: Any
    ) -> dict[str, Any]:
        group = self.describe_nodegroup(cluster_name, nodegroup_name)
        if group.status == CREATE_FAILED:
            raise ResourceInUseException(
                clusterName=cluster_name,
                nodegroupName=nodegroup_name,
                addonName=None,
                message="Nodegroup cannot be updated as it is currently not in Active State",
            )
        had = _running(group)
        answer = update(self, cluster_name, nodegroup_name, *arguments, **named)
        group.status, group.health = "ACTIVE", {"issues": []}
        setattr(group, _KEPT, None)
        if _desired(group) > had and (reason := _launch_failure(self, group, _desired(group))):
            _fail(group, DEGRADED, reason)
            setattr(group, _KEPT, had)
        return answer

    EKSBackend.create_nodegroup = create_nodegroup  # type: ignore[method-assign]
    EKSBackend.update_nodegroup_config = update_nodegroup_config  # type: ignore[method-assign]


def _launch_failure(backend: EKSBackend, group: Nodegroup, nodes: int) -> str | None:
    """Return EC2's message if so many nodes of a group exceed their quota; None if they do not."""
    spot = group.capacity_type == "SPOT"
    code = quota_code(group.instance_types[0], spot=spot)
    limit = limit_of(servicequotas_backends[backend.account_id][backend.region_name], code)
    others = (one for cluster in backend.clusters.values() for one in cluster.nodegroups.values() if one is not group)
    used = sum(_vcpus(one, _running(one)) for one in _of_quota(others, code))
    if nodes == 0 or used + _vcpus(group, nodes) <= limit:
        return None
    return _SPOT_LIMIT_EXCEEDED if spot else _VCPU_LIMIT_EXCEEDED.format(limit=limit)


def _of_quota(groups: Iterable[Nodegroup], code: str) -> Iterable[Nodegroup]:
    return (one for one in groups if quota_code(one.instance_types[0], spot=one.capacity_type == "SPOT") == code)


def _vcpus(group: Nodegroup, nodes: int) -> int:
    try:
        return nodes * instance_type(group.instance_types[0]).vcpus
    except UnknownInstanceTypeError:
        return 0  # of no table of the project's: it has no quota here


def _desired(group: Nodegroup) -> int:
    return int(group.scaling_config.get("desiredSize", 0))


def _running(group: Nodegroup) -> int:
    """Return the number of nodes of a group: none if its creation failed, those of before if it could not grow."""
    if group.status == CREATE_FAILED:
        return 0
    kept = getattr(group, _KEPT, None)
    return _desired(group) if kept is None else int(kept)


def _fail(group: Nodegroup, status: str, reason: str) -> None:
    group.status = status
    resources: Any = group.resources
    name = resources["autoScalingGroups"][0]["name"]
    group.health = {"issues": [{"code": LAUNCH_FAILURES, "message": reason, "resourceIds": [name]}]}

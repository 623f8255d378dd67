"""``CreateFleet`` of type instant: the cheapest offering that has capacity, launched as its template says.

moto takes the first override, gives instances the default security group and no instance profile (Karpenter then finds
them drifted and replaces them without end), and never lacks capacity.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from moto.core.responses import ActionResult
from moto.ec2.responses import EC2Response
from moto.ec2.utils import convert_tag_spec, random_fleet_id

from rehearsal.aws.karpenter.launch import LaunchError, launch
from rehearsal.aws.karpenter.shortages import SHORTAGES, Offering
from rehearsal.aws.patching import replace_methods

POOL_TAG = "karpenter.sh/nodepool"


@dataclass(frozen=True, kw_only=True)
class _Candidate:
    """One override of a fleet request."""

    template: Any
    specification: dict[str, Any]
    override: dict[str, Any]
    zone: str = ""

    @property
    def instance_type(self) -> str:
        return str(self.override.get("InstanceType") or self.template.data["InstanceType"])

    @property
    def subnet_id(self) -> str:
        found = self.override.get("SubnetId") or (self.template.data.get("NetworkInterfaces") or [{}])[0].get(
            "SubnetId"
        )
        return str(found)

    @property
    def described(self) -> dict[str, Any]:
        return {"LaunchTemplateSpecification": self.specification, "Overrides": self.override}


def launch_fleets() -> None:
    """Launch instant fleets; those of another type are left to moto."""
    of_moto = EC2Response.create_fleet

    def create_fleet(self: EC2Response) -> ActionResult:
        if self._get_param("Type") != "instant":
            return of_moto(self)
        self.error_on_dryrun()
        wanted = self._get_param("TargetCapacitySpecification", {})
        capacity_type = str(wanted.get("DefaultTargetCapacityType") or "on-demand")
        specifications = self._get_param("TagSpecifications", [])
        candidates = list(_candidates(self.ec2_backend, self._get_param("LaunchTemplateConfigs", [])))
        # Karpenter writes the price of each offering into its priority.
        candidates.sort(key=lambda one: float(one.override.get("Priority") or 0))
        fleet_id = random_fleet_id()
        made, errors = [], []
        for _ in range(int(wanted.get("TotalTargetCapacity") or 1)):
            instance, failed = _launch_first(
                self.ec2_backend, candidates, spot=capacity_type == "spot", fleet=(fleet_id, specifications)
            )
            made += instance
            errors += failed
        return ActionResult({"FleetId": fleet_id, "Instances": made, "Errors": errors})

    replace_methods(EC2Response, create_fleet)


def _candidates(backend: Any, configs: list[dict[str, Any]]) -> Iterator[_Candidate]:
    for config in configs:
        named = config["LaunchTemplateSpecification"]
        template = (
            backend.get_launch_template(named["LaunchTemplateId"])
            if named.get("LaunchTemplateId")
            else backend.get_launch_template_by_name(named["LaunchTemplateName"])
        )
        version = template.get_version(named.get("Version") or "$Default")
        specification = {"LaunchTemplateId": template.id, "Version": str(version.number)}
        for override in config.get("Overrides") or [{}]:
            one = _Candidate(template=version, specification=specification, override=override)
            zone = override.get("AvailabilityZone") or backend.get_subnet(one.subnet_id).availability_zone
            yield replace(one, zone=str(zone))


def _launch_first(
    backend: Any, candidates: list[_Candidate], *, spot: bool, fleet: tuple[str, Any]
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """The instance of the first candidate that can be launched, and the errors of those before it."""
    lifecycle = "spot" if spot else "on-demand"
    pool = convert_tag_spec(fleet[1]).get("instance", {}).get(POOL_TAG, "")
    errors = []
    for one in candidates:
        try:
            offering = Offering(pool=pool, type=one.instance_type, zone=one.zone, capacity_type=lifecycle)
            if SHORTAGES.cover(offering):
                raise LaunchError("InsufficientInstanceCapacity", _no_capacity(one, spot=spot))
            instance = launch(
                backend,
                one.template,
                instance_type=one.instance_type,
                subnet_id=one.subnet_id,
                image_id=str(one.override.get("ImageId") or ""),
                spot=spot,
                fleet=fleet,
            )
        except LaunchError as error:
            errors.append(
                {
                    "LaunchTemplateAndOverrides": one.described,
                    "Lifecycle": lifecycle,
                    "ErrorCode": error.code,
                    "ErrorMessage": str(error),
                }
            )
            continue
        launched = {
            "LaunchTemplateAndOverrides": one.described,
            "Lifecycle": lifecycle,
            "InstanceIds": [instance.id],
            "InstanceType": one.instance_type,
        }
        return [launched], errors
    return [], errors


def _no_capacity(one: _Candidate, *, spot: bool) -> str:
    if spot:
        return "There is no Spot capacity available that matches your request."
    return (
        f"We currently do not have sufficient {one.instance_type} capacity in the Availability Zone you requested "
        f"({one.zone}). Our system will be working on provisioning additional capacity."
    )

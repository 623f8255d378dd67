"""EC2 reads that moto lacks: the rehearsal's account has no capacity reservations, no placement groups and no key of its own for volumes."""

from moto.core.responses import ActionResult
from moto.ec2.responses import EC2Response

from rehearsal.aws.patching import replace_methods


def answer_reads() -> None:
    """Answer ``DescribeCapacityReservations`` and ``DescribePlacementGroups`` with empty lists, ``GetEbsDefaultKmsKeyId`` with AWS's key."""

    def describe_capacity_reservations(_: EC2Response) -> ActionResult:
        return ActionResult({"CapacityReservations": []})

    def describe_placement_groups(_: EC2Response) -> ActionResult:
        return ActionResult({"PlacementGroups": []})

    def get_ebs_default_kms_key_id(_: EC2Response) -> ActionResult:
        return ActionResult({"KmsKeyId": "alias/aws/ebs"})

    replace_methods(EC2Response, describe_capacity_reservations, describe_placement_groups, get_ebs_default_kms_key_id)

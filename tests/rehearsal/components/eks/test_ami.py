import pulumi
import pytest

from rehearsal.components.eks.ami import ami_type, root_device, system_of


@pytest.mark.parametrize(
    ("system", "types", "gpu", "expected"),
    [
        ("AL2023", ["m5.xlarge"], False, "AL2023_x86_64_STANDARD"),
        ("AL2023", ["g5.2xlarge", "g6e.12xlarge"], True, "AL2023_x86_64_NVIDIA"),
        ("AL2023", ["p4d.24xlarge", "p5.48xlarge", "p3.2xlarge", "g4dn.xlarge"], True, "AL2023_x86_64_NVIDIA"),
        ("AL2023", ["m7g.large", "c6gn.xlarge"], False, "AL2023_ARM_64_STANDARD"),
        ("AL2023", [], False, "AL2023_x86_64_STANDARD"),
        ("AL2", ["g5.xlarge"], True, "AL2_x86_64_GPU"),
        ("Bottlerocket", ["g5g.xlarge"], True, "BOTTLEROCKET_ARM_64_NVIDIA"),
    ],
)
def test_image_follows_system_gpu_and_processor(system, types, gpu, expected):
    assert ami_type(system, types, gpu=gpu) == expected


@pytest.mark.parametrize(
    ("types", "message"),
    [(["m5.xlarge", "m7g.large"], "do not share a processor"), (["m5"], "is not an EC2 instance type")],
)
def test_instance_types_that_cannot_be_are_refused(types, message):
    with pytest.raises(pulumi.InputPropertyError) as caught:
        ami_type("AL2023", types, gpu=False)
    assert message in caught.value.reason


def test_no_image_is_told_with_its_cure():
    with pytest.raises(pulumi.InputPropertyError) as caught:
        ami_type("AL2023", ["g5g.xlarge"], gpu=True)
    assert "no EKS image for AL2023 with GPU on arm64; set `amiType`" in caught.value.reason


def test_system_comes_from_the_image_or_the_caller():
    assert system_of("BOTTLEROCKET_x86_64", None) == "Bottlerocket"
    assert system_of(None, "AL2") == "AL2"
    assert system_of(None, None) == "AL2023"
    assert (root_device("Bottlerocket"), root_device("AL2023")) == ("/dev/xvdb", "/dev/xvda")


@pytest.mark.parametrize(("ami", "system"), [("WINDOWS", None), ("AL2_x86_64", "AL2023")])
def test_image_and_system_must_agree(ami, system):
    with pytest.raises(pulumi.InputPropertyError):
        system_of(ami, system)

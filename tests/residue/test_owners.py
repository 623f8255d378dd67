from pathlib import Path

import pytest

from residue.owners import of_stack, role_of
from settings.loading.stack_file import StackFileError


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "Pulumi.yaml").write_text("name: llm-platform\nruntime: python\n")
    (tmp_path / "Pulumi.dev.yaml").write_text(
        "config:\n  llm-platform:region: eu-west-1\n  llm-platform:bucket: {retain: true}\n"
        "  llm-platform:assume_role: {role_arn: 'arn:aws:iam::111122223333:role/deployer'}\n"
    )
    (tmp_path / "Pulumi.research.yaml").write_text("config:\n  llm-platform:platform: dev\n")
    return tmp_path


def test_a_platform_stack(project: Path) -> None:
    owner, settings = of_stack("dev", project)
    assert (owner.project, owner.region, owner.cluster) == ("llm-platform", "eu-west-1", "llm-dev")
    assert owner.keeps_bucket
    assert owner.image_prefix == "llm-dev"
    role = role_of(settings)
    assert role is not None
    assert role.role_arn.endswith("role/deployer")


def test_a_team_stack_has_region_and_role_of_its_platform_and_no_cluster(project: Path) -> None:
    owner, settings = of_stack("research", project)
    assert (owner.region, owner.cluster, owner.keeps_bucket) == ("eu-west-1", None, False)
    assert owner.image_prefix is None
    assert role_of(settings) is not None


def test_a_prefix_of_cached_images_is_the_setting(project: Path) -> None:
    images = "  llm-platform:images: {pull_through: {prefix: ml, quay: true}}\n"
    (project / "Pulumi.dev.yaml").write_text((project / "Pulumi.dev.yaml").read_text() + images)
    assert of_stack("dev", project)[0].image_prefix == "ml"


def test_a_stack_whose_file_is_gone_needs_a_region(project: Path) -> None:
    with pytest.raises(StackFileError, match=r"there is no stack file Pulumi\.old\.yaml"):
        of_stack("old", project)
    owner, _ = of_stack("old", project, "us-west-2")
    assert (owner.stack, owner.region, owner.cluster) == ("old", "us-west-2", "llm-old")


def test_a_file_without_a_region_says_so(project: Path) -> None:
    (project / "Pulumi.bare.yaml").write_text("config:\n  llm-platform:owner: ml\n")
    with pytest.raises(StackFileError, match="names no region"):
        of_stack("bare", project)


def test_a_role_that_is_none(project: Path) -> None:
    with pytest.raises(StackFileError, match="assume_role"):
        role_of({"assume_role": {"role_arn": "deployer"}})

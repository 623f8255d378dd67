import pytest

from residue.finders.images import find
from tests.residue.account import context


def test_repositories_of_the_caches_are_found_by_name() -> None:
    names = ("llm-dev/docker-hub/vllm/vllm-openai", "llm-dev-2/docker-hub/a/b", "llm-dev/ours", "ours")
    listed = {"repositories": [{"repositoryName": name} for name in names]}

    def images(repositoryName: str) -> dict[str, object]:  # noqa: N803  AWS's spelling
        assert repositoryName == names[0]
        return {"imageDetails": [{"imageSizeInBytes": 8 * 1024**3}, {"imageSizeInBytes": 2 * 1024**3}]}

    (found,) = find(context(describe_repositories=listed, describe_images=images))
    assert (found.id, found.detail) == (names[0], "10.0 GiB, 2 images")
    assert found.usd_per_month == pytest.approx(1.0)
    assert found.command == (f"aws ecr delete-repository --region us-east-1 --force --repository-name {names[0]}")

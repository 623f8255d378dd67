import pytest

from settings.artifacts.reference import ImageReference

DIGEST = "@sha256:" + "0" * 64


@pytest.mark.parametrize(
    ("text", "repository", "version"),
    [
        ("nginx", "docker.io/library/nginx", ""),
        ("nginx:1.27", "docker.io/library/nginx", ":1.27"),
        ("docker.io/nginx:1.27", "docker.io/library/nginx", ":1.27"),
        ("vllm/vllm-openai:v0.32.0", "docker.io/vllm/vllm-openai", ":v0.32.0"),
        ("index.docker.io/vllm/vllm-openai", "docker.io/vllm/vllm-openai", ""),
        (f"public.ecr.aws/a/b:1{DIGEST}", "public.ecr.aws/a/b", f":1{DIGEST}"),
        (f"registry:5000/a{DIGEST}", "registry:5000/a", DIGEST),
        ("localhost/a:1", "localhost/a", ":1"),
    ],
)
def test_parts(text: str, repository: str, version: str) -> None:
    found = ImageReference.of(text)
    assert (found.repository, found.version) == (repository, version)

import shlex

from settings.artifacts.commands import commands
from settings.artifacts.transfers import Transfer

ECR = "123456789012.dkr.ecr.us-east-1.amazonaws.com"
DIGEST = "sha256:" + "0" * 64


def image(destination: str | None, *, digest: str | None = None) -> Transfer:
    return Transfer(
        kind="image",
        name="docker.io/vllm/vllm-openai",
        version="v0.32.0",
        source="docker.io/vllm/vllm-openai:v0.32.0",
        destination=destination,
        digest=digest,
        used_by="services",
    )


def chart(source: str, destination: str | None, *, digest: str | None = None) -> Transfer:
    return Transfer(
        kind="chart",
        name="karpenter",
        version="1.14.1",
        source=source,
        destination=destination,
        digest=digest,
        used_by="release karpenter",
    )


def test_images_are_copied_by_crane_and_skopeo() -> None:
    there = image("registry.example.com/m/vllm/vllm-openai:v0.32.0")
    assert list(commands([there], "crane")) == [
        "crane copy docker.io/vllm/vllm-openai:v0.32.0 registry.example.com/m/vllm/vllm-openai:v0.32.0"
    ]
    (line,) = commands([there], "skopeo")
    assert shlex.split(line)[:4] == ["skopeo", "copy", "--all", "--preserve-digests"]
    assert shlex.split(line)[4:] == [f"docker://{there.source}", f"docker://{there.destination}"]


def test_a_known_digest_is_what_is_copied() -> None:
    (line,) = commands([image("registry.example.com/m/x:v0.32.0", digest=DIGEST)], "skopeo")
    # skopeo takes a tag or a digest, not both.
    assert f"docker://docker.io/vllm/vllm-openai@{DIGEST} " in line


def test_charts_are_pulled_and_pushed() -> None:
    source = "oci://public.ecr.aws/karpenter/karpenter"
    assert list(commands([chart(source, "oci://registry.example.com/charts/karpenter")], "crane")) == [
        f"helm pull {source} --version 1.14.1",
        "helm push karpenter-1.14.1.tgz oci://registry.example.com/charts",
    ]


def test_an_archive_with_a_known_sum_is_checked_before_it_is_pushed() -> None:
    there = chart("https://example.com/charts", "oci://registry.example.com/charts/karpenter", digest="0" * 64)
    pull, check, push = commands([there], "crane")
    assert pull == "helm pull karpenter --repo https://example.com/charts --version 1.14.1"
    assert check == f"echo '{'0' * 64}  karpenter-1.14.1.tgz' | sha256sum --check"
    assert push.startswith("helm push ")


def test_a_plain_web_server_is_filled_by_hand() -> None:
    *_, last = commands([chart("https://example.com", "https://charts.example.com/stable")], "crane")
    assert last.startswith("# copy karpenter-1.14.1.tgz to where https://charts.example.com/stable is served from")


def test_amazon_ecr_needs_logins_and_repositories_first() -> None:
    found = [
        chart("oci://public.ecr.aws/karpenter/karpenter", f"oci://{ECR}/charts/karpenter"),
        image(f"{ECR}/mirror/vllm/vllm-openai:v0.32.0"),
    ]
    lines = list(commands(found, "crane"))
    password = "aws ecr get-login-password --region us-east-1"
    assert lines[:2] == [
        f"{password} | crane auth login --username AWS --password-stdin {ECR}",
        f"{password} | helm registry login --username AWS --password-stdin {ECR}",
    ]
    made = [line for line in lines if "create-repository" in line]
    assert [line.rpartition(" ")[2] for line in made] == ["charts/karpenter", "mirror/vllm/vllm-openai"]
    assert lines.index(made[-1]) < min(lines.index(line) for line in lines if line.startswith(("helm", "crane")))


def test_without_a_destination_nothing_is_copied() -> None:
    assert list(commands([image(None), chart("https://example.com", None)], "crane")) == []

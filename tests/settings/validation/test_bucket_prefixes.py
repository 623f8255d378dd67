"""Whose prefix of the bucket it is: a team fills its own and reads what the platform shares."""

import pytest
from pydantic import TypeAdapter, ValidationError

from components.platform_exports import read_platform_facts
from settings.issues import SettingsError
from settings.loading.parse import parse
from settings.models.base import Prefix
from settings.validation.bucket_prefixes import inside, overlap
from tests.harness import deploy
from tests.settings.bad_settings import PLATFORM, TEAM
from tests.settings.reading import GOOD_FACTS, changed

SHARED = ["weights/llama", "weights/shared"]


def problems(prefix: str, *, mirror: bool, shared: list[str] | None = None, stack: str = "search") -> list[str]:
    weights = {"source": "bucket", "prefix": prefix, "mirror": mirror, "size_gib": 7.5}
    settings = changed(TEAM, "services.small.weights", weights)
    facts = GOOD_FACTS | {"shared_prefixes": SHARED if shared is None else shared}
    found: list[str] = []

    def program() -> None:
        try:
            parse(settings, stack=stack, platform=read_platform_facts)
        except SettingsError as error:
            found.extend(map(str, error.issues))

    deploy(program, stack=stack, stacks={"organization/llm-platform/dev": {"platform": facts}})
    return found


@pytest.mark.parametrize(
    ("prefix", "mirror"),
    [
        ("weights/search/qwen", True),
        ("weights/search/qwen/", True),
        ("weights/search/a/b", True),
        ("weights/search/qwen", False),
        ("weights/llama", False),
        ("weights/llama/8b/", False),
        ("weights/shared/x", False),
    ],
)
def test_a_team_fills_its_own_and_reads_what_is_shared(prefix: str, mirror: bool) -> None:  # noqa: FBT001  a parameter of the cases
    assert problems(prefix, mirror=mirror) == []


@pytest.mark.parametrize(
    "prefix",
    [
        "weights/support/qwen",
        "weights/search-2/qwen",
        "weights/searc/qwen",
        "weights/Search/qwen",
        "weights/search",
        "weights/search/",
        "weights/qwen",
        "weights/llama",
        "weights/llama/x",
        "weights/shared/x",
    ],
)
def test_a_team_fills_nothing_else(prefix: str) -> None:
    (problem,) = problems(prefix, mirror=True)
    assert problem.startswith("llm-platform:services.small.weights.prefix: ")
    assert f"write weights/search/{prefix.rstrip('/').rpartition('/')[2]}, or mirror: false" in problem


@pytest.mark.parametrize(
    "prefix",
    [
        "weights/support/qwen",
        "weights/search",
        "weights/search-2",
        "weights/Search",
        "weights/llama-2",
        "weights/shared2/x",
    ],
)
def test_a_team_reads_nothing_else(prefix: str) -> None:
    (problem,) = problems(prefix, mirror=False)
    assert "use one below weights/search/ or below weights/llama, weights/shared" in problem
    assert f"`bucket.shared_prefixes: [{prefix}]`" in problem


@pytest.mark.parametrize(("stack", "shared"), [("llama", SHARED), ("shared", [])])
def test_a_team_that_is_called_like_a_shared_prefix_does_not_fill_it(stack: str, shared: list[str]) -> None:
    (problem,) = problems(f"weights/{stack}/x", mirror=True, shared=shared, stack=stack)
    assert f"overlaps weights/{stack}, which the platform fills" in problem


def test_a_platform_of_an_earlier_version_shares_only_what_every_platform_does() -> None:
    assert problems("weights/shared/x", mirror=False, shared=[]) == []
    assert len(problems("weights/llama", mirror=False, shared=[])) == 1


def test_the_platform_shares_what_it_names_and_what_its_services_read() -> None:
    weights = {"source": "bucket", "prefix": "weights/own/", "mirror": True, "size_gib": 7.5}
    settings = changed(
        changed(PLATFORM, "services.small.weights", weights), "bucket", {"shared_prefixes": ["weights/b/"]}
    )
    parsed = parse(settings, stack="dev")
    assert parsed.plan.facts.shared_prefixes == ("weights/b", "weights/own", "weights/shared")


@pytest.mark.parametrize(
    "prefix",
    [
        "weights/../logs",
        "weights/a/../b",
        "weights/..",
        "weights/.",
        "weights/./a",
        "weights//a",
        "weights/a//b",
        "weights/a//",
        "weights/",
        "weights",
        "Weights/a",
        "/weights/a",
        "weights/a b",
        "weights/a*",
        "weights/a?",
        "weights/%2e%2e/a",
        "weights/a\n",
        "weights/\u00e9",
        "logs/a",
    ],
)
def test_a_path_trick_is_no_prefix(prefix: str) -> None:
    with pytest.raises(ValidationError, match="write it like weights/llama-3-8b"):
        TypeAdapter(Prefix).validate_python(prefix)


@pytest.mark.parametrize(
    "prefix", ["weights/a", "weights/a/", "weights/a.b", "weights/.a", "weights/..a/...", "weights/a_b-c/D"]
)
def test_dots_in_names_are_good(prefix: str) -> None:
    assert TypeAdapter(Prefix).validate_python(prefix) == prefix


def test_a_prefix_lies_in_another_by_whole_names() -> None:
    assert inside("weights/a/b", "weights/a/")
    assert not inside("weights/a-b", "weights/a")
    assert overlap("weights/a", "weights/a/b")
    assert not overlap("weights/a/b", "weights/a/c")

import contextlib
import json
import sqlite3
from pathlib import Path

import pytest

from rehearsal.images.image_list import ImagePullError
from rehearsal.nodes.image_cache import RULE, rules, upstream_name

REGISTRY = "123456789012.dkr.ecr.us-east-1.amazonaws.com"


@pytest.fixture
def records(tmp_path: Path) -> Path:
    path = tmp_path / "recorded.sqlite"
    with contextlib.closing(sqlite3.connect(path)) as database, database:
        database.execute("CREATE TABLE recorded (type TEXT, inputs TEXT)")
        for prefix, url in (("llm-dev/docker-hub", "registry-1.docker.io"), ("llm-dev/ghcr", "ghcr.io")):
            row = json.dumps({"ecrRepositoryPrefix": prefix, "upstreamRegistryUrl": url})
            database.execute("INSERT INTO recorded VALUES (?, ?)", (RULE, row))
    return path


@pytest.mark.parametrize(
    ("reference", "name"),
    [
        (f"{REGISTRY}/llm-dev/docker-hub/vllm/vllm-openai:v0.32.0", "docker.io/vllm/vllm-openai:v0.32.0"),
        (f"{REGISTRY}/llm-dev/ghcr/kedacore/keda:2.21.0", "ghcr.io/kedacore/keda:2.21.0"),
        ("vllm/vllm-openai:v0.32.0", "vllm/vllm-openai:v0.32.0"),
    ],
)
def test_images_of_a_rule_are_those_of_its_registry(records: Path, reference: str, name: str) -> None:
    assert upstream_name(reference, records) == name


def test_an_image_without_a_rule_is_not_found(records: Path) -> None:
    with pytest.raises(
        ImagePullError, match=r"'llm-dev/quay/a/b' does not exist in the registry with id '123456789012'"
    ):
        upstream_name(f"{REGISTRY}/llm-dev/quay/a/b:1", records)


def test_without_rules(tmp_path: Path) -> None:
    assert rules(tmp_path / "absent") == {}

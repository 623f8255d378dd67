"""A copy of weights that failed: repaired outside the program, and made anew by the next up. In this order."""

import pytest

from components.payloads.mirror_weights import MANIFEST
from rehearsal.bench.consistency import Clients
from rehearsal.bench.driver import Rehearsal
from rehearsal.commands.chat_check import ask
from rehearsal.stacks.events import errors
from tests.integration.conftest import Stack

SERVICE = "llama-3-8b"
PREFIX = "weights/llama-3-8b"
FOREIGN = f"{PREFIX}/model-00009-of-00009.safetensors"
JOB = "kubernetes:batch/v1:Job"

pytestmark = pytest.mark.soak_only("minutes")


@pytest.fixture(scope="module")
def dev(stack) -> Stack:
    made = stack("dev")
    made.rehearsal.guardrails = False
    service = made.config["services"][SERVICE]
    made.config["services"] = {}
    made.run("up").check()
    made.config["services"] = {SERVICE: service | {"weights": {"source": "bucket", "prefix": PREFIX, "mirror": True}}}
    return made


@pytest.fixture
def s3(rehearsal: Rehearsal):
    clients = Clients(rehearsal.sandbox)
    yield clients["s3"]
    clients.close()


@pytest.fixture
def bucket(dev: Stack) -> str:
    return str(dev.outputs()["bucket_name"])


def jobs(urns: list[str]) -> list[str]:
    return [urn.rsplit("::", 1)[1] for urn in urns if urn.split("::")[2].endswith(JOB)]


def test_a_copy_that_fails_is_told_with_its_last_words(dev, s3, bucket):
    s3.put_object(Bucket=bucket, Key=FOREIGN, Body=b"of another model")
    result = dev.run("up")
    assert result.code == 1
    assert "holds model-00009-of-00009.safetensors" in "\n".join(errors(result.events))


def test_the_next_up_copies_again_once_the_cause_is_gone(dev, s3, bucket):
    s3.delete_object(Bucket=bucket, Key=FOREIGN)
    result = dev.run("up").check()
    assert f"{SERVICE}-mirror" in [name for urns in result.changes.values() for name in jobs(urns)]
    assert s3.head_object(Bucket=bucket, Key=f"{PREFIX}/{MANIFEST}")
    assert ask(dev.services()[SERVICE])


def test_a_copy_that_succeeded_is_left_alone(dev):
    assert dev.run("preview").check().changes == {}


def test_a_job_that_was_removed_is_left_alone(dev, kube):
    kube.delete("batch/v1", "Job", f"{SERVICE}-mirror", "llm")
    assert dev.run("up").check().changes == {}

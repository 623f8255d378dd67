"""Settings through the program, or its loading step alone, and the lines of their issues."""

import copy
from typing import Any

import pulumi

from components.config import load_settings
from tests.harness import ORGANIZATION, PROJECT, Deployment, deploy, run_program
from tests.settings.bad_settings import DELETE

GOOD_FACTS = {
    "region": "us-east-1",
    "zones": ["a", "b"],
    "namespace": "llm",
    "load_balancer_cidrs": {"internal": ["10.0.0.0/26"], "internet-facing": ["10.0.1.0/24"]},
    "pools": {
        name: {
            "kind": "gpu",
            "instance_types": [type_],
            "gpus_per_node": 1,
            "desired": 1,
            "max": 2,
            "labels": {},
            "taints": [],
            "team_gpus": 1,
        }
        for name, type_ in (("g4", "g4dn.xlarge"), ("g5", "g5.2xlarge"))
    },
}
STACKS: dict[str, dict[str, Any]] = {
    f"{ORGANIZATION}/{PROJECT}/dev": {
        "platform": GOOD_FACTS,
        **dict.fromkeys(("cluster_name", "kubeconfig", "oidc_issuer", "bucket_name"), "text"),
        **dict.fromkeys(("oidc_provider_arn", "bucket_arn", "key_arn"), "arn:aws:iam::123456789012:text"),
    },
    f"{ORGANIZATION}/{PROJECT}/bare": {},
    f"{ORGANIZATION}/{PROJECT}/old": {"platform": {"region": "us-east-1"}},
}


def changed(settings: dict[str, Any], key: str, value: object) -> dict[str, Any]:
    """Settings with another value at a dotted key."""
    result = copy.deepcopy(settings)
    *parents, last = key.split(".")
    place = result
    for parent in parents:
        place = place[parent]
    if value is DELETE:
        del place[last]
    else:
        place[last] = value
    return result


def run(settings: dict[str, Any], *, team: bool = False) -> Deployment:
    """The program with these settings."""
    config = {f"{PROJECT}:{key}": value for key, value in settings.items()}
    return deploy(run_program, stack="team-one" if team else "dev", config=config, stacks=STACKS)


def read(settings: dict[str, Any], *, stack: str = "dev", team: bool = False) -> Deployment:
    """The settings alone: quick, for those that are to be taken."""
    config = {f"{PROJECT}:{key}": value for key, value in settings.items()}
    return deploy(load_settings, stack="team-one" if team else stack, config=config, stacks=STACKS)


def lines(deployment: Deployment) -> list[str]:
    """Its mistakes, one a line, without the title."""
    assert isinstance(deployment.error, pulumi.RunError), deployment.error
    return str(deployment.error).splitlines()[1:]

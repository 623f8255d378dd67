"""The stacks whose files are committed, deployed under mocks once a process."""

import typing
from collections.abc import Mapping
from functools import cache

from tests.harness import ORGANIZATION, PROJECT, Deployment, deploy_stack, stack_config

TOKEN = {f"{PROJECT}:hf_api_token": "hf_dummy"}
STACKS = ("dev", "prod", "team-example", "cpu-example")
GPU_POOL = "g5-gpu-karpenter"
"""The pool of the stack dev that has GPUs."""


@cache
def deployed(stack: str) -> Deployment:
    """The committed stack, with an address and a token where its operator adds them."""
    if stack == "dev":
        return deploy_stack("dev", secrets=TOKEN, cluster=reachable_cluster("dev"))
    if stack == "cpu-example":
        return deploy_stack(stack, cluster=reachable_cluster(stack))
    stacks: Mapping[str, Mapping[str, object]] = {}
    if stack == "team-example":
        stacks = {f"{ORGANIZATION}/{PROJECT}/dev": dev_with_a_gpu_for_teams().exports}
    return deploy_stack(stack, stacks=stacks)


@cache
def dev_with_a_gpu_for_teams() -> Deployment:
    """The dev stack, changed as the example of a team stack says in its first line."""
    pools = typing.cast("dict[str, dict[str, object]]", stack_config("dev")[f"{PROJECT}:pools"])
    return deploy_stack(
        "dev",
        secrets=TOKEN,
        cluster=reachable_cluster("dev"),
        pools={**pools, GPU_POOL: pools[GPU_POOL] | {"team_gpus": 1}},
    )


def reachable_cluster(stack: str) -> dict[str, object]:
    """A stack's cluster, with the address that its operator adds."""
    cluster = typing.cast("dict[str, object]", stack_config(stack)[f"{PROJECT}:cluster"])
    return cluster | {"api_access": {"public_cidrs": ["127.0.0.1/32"]}}

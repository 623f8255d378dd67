"""What EKS refuses and moto takes; see `checks`."""

from collections.abc import Mapping

from rehearsal.providers.aws.checks import Problems, items_of, network_problem, scaling_sizes, text_of
from rehearsal.providers.aws.context import Context
from rehearsal.providers.aws.versions import CLUSTER_VERSIONS
from rehearsal.providers.wire import Properties


def node_group_scaling(context: Context, inputs: Properties) -> Problems:
    """Sizes of a node group; EKS wants a maximum of at least one."""
    scaling = inputs.get("scalingConfig")
    if not isinstance(scaling, Mapping):
        return []
    problems = scaling_sizes("minSize", "desiredSize", "maxSize")(context, dict(scaling))
    maximum = scaling.get("maxSize")
    if isinstance(maximum, int) and maximum < 1:
        problems.append(("maxSize", "must be at least 1"))
    return [(f"scalingConfig.{path}", reason) for path, reason in problems]


def node_group_taints(_: Context, inputs: Properties) -> Problems:
    """Effects of taints, as EKS spells them."""
    effects = ("NO_SCHEDULE", "NO_EXECUTE", "PREFER_NO_SCHEDULE")
    return [
        (f"taints[{index}].effect", f"{taint['effect']} is not one of {', '.join(effects)}")
        for index, taint in enumerate(items_of(inputs.get("taints")))
        if isinstance(taint, Mapping) and isinstance(taint.get("effect"), str) and taint["effect"] not in effects
    ]


def cluster_version(_: Context, inputs: Properties) -> Problems:
    """A Kubernetes version that EKS has."""
    version = text_of(inputs.get("version"))
    if version is not None and version not in CLUSTER_VERSIONS:
        return [("version", f"{version} is not one of {', '.join(CLUSTER_VERSIONS)}")]
    return []


def cluster_subnets(_: Context, inputs: Properties) -> Problems:
    """A cluster needs subnets, and some way to its API."""
    config = inputs.get("vpcConfig")
    if not isinstance(config, Mapping):
        return []
    problems = []
    subnets = config.get("subnetIds")
    if isinstance(subnets, list) and len(subnets) < 2:
        problems.append(("vpcConfig.subnetIds", "subnets in at least two zones are needed"))
    if config.get("endpointPublicAccess") is False and config.get("endpointPrivateAccess") is not True:
        problems.append(("vpcConfig", "public or private access to the endpoint must be on"))
    for index, block in enumerate(items_of(config.get("publicAccessCidrs"))):
        reason = network_problem(block, 0, 32)
        if reason:
            problems.append((f"vpcConfig.publicAccessCidrs[{index}]", reason))
    return problems

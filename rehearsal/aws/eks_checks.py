"""What EKS refuses and moto takes; see `checks`."""

import re
from collections.abc import Mapping

from rehearsal.aws.checks import Problems, items_of, network_problem, scaling_sizes, text_of
from rehearsal.aws.context import Context
from rehearsal.aws.versions import CLUSTER_VERSIONS
from rehearsal.plugins.wire import Properties

UPDATE_STRATEGIES = ("DEFAULT", "MINIMAL")
_RELEASE = re.compile(r"\d+\.\d+\.\d+-\d{8}")


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


def node_group_update(_: Context, inputs: Properties) -> Problems:
    """How nodes are replaced: exactly one limit, and a strategy that EKS has."""
    config = inputs.get("updateConfig")
    if not isinstance(config, Mapping):
        return []
    problems = []
    limits = [key for key in ("maxUnavailable", "maxUnavailablePercentage") if config.get(key) is not None]
    if len(limits) != 1:
        given = " and ".join(limits) or "neither"
        problems.append(("updateConfig", f"exactly one of maxUnavailable and maxUnavailablePercentage, not {given}"))
    strategy = text_of(config.get("updateStrategy"))
    if strategy is not None and strategy not in UPDATE_STRATEGIES:
        problems.append(("updateConfig.updateStrategy", f"{strategy} is not one of {', '.join(UPDATE_STRATEGIES)}"))
    return problems


def node_group_release(_: Context, inputs: Properties) -> Problems:
    """An AMI release is named by the patch version of its kubelet and a date."""
    release = text_of(inputs.get("releaseVersion"))
    if release is not None and not _RELEASE.fullmatch(release):
        return [("releaseVersion", f"{release} is no AMI release: such as 1.35.6-20260714")]
    return []


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

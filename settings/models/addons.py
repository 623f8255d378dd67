"""Versions of EKS add-ons that a stack pins."""

import re
from typing import Annotated, Literal

from pydantic import AfterValidator

from planner.shown import as_yaml
from settings.models.base import Text

Addon = Literal[
    "vpc-cni",
    "kube-proxy",
    "coredns",
    "metrics-server",
    "aws-ebs-csi-driver",
    "eks-node-monitoring-agent",
    "amazon-cloudwatch-observability",
]
_VERSION = re.compile(r"v\d+\.\d+\.\d+-eksbuild\.\d+")


def _addon_version(text: str) -> str:
    if not _VERSION.fullmatch(text):
        raise ValueError(
            f"{as_yaml(text)} is not a version of an add-on, such as v1.20.4-eksbuild.1: "
            "`aws eks describe-addon-versions --addon-name NAME --kubernetes-version VERSION` lists them"
        )
    return text


AddonVersion = Annotated[Text, AfterValidator(_addon_version)]

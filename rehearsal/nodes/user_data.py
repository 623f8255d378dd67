"""User data of an instance: what its NodeConfig says of labels and taints.

Amazon Linux 2023 configures kubelet from NodeConfig documents (https://awslabs.github.io/amazon-eks-ami/nodeadm/): user data is
one such document, or a MIME archive with parts of the type ``application/node.eks.aws``; a later part goes over an
earlier one.
"""

import base64
import binascii
import email
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import yaml

_NODE_CONFIG = "application/node.eks.aws"
_LABELS = "--node-labels="


class UserDataError(ValueError):
    """The user data is not what the node's software reads."""


@dataclass(frozen=True, kw_only=True)
class NodeConfig:
    """What kubelet registers with."""

    cluster: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)
    taints: tuple[dict[str, str], ...] = ()


def node_config(user_data: str) -> NodeConfig:
    """Read user data.

    Args:
        user_data: As EC2 has it, in base64.

    Raises:
        UserDataError: it is not base64, MIME or YAML as the node expects.
    """
    try:
        text = base64.b64decode(user_data, validate=True).decode()
        documents = [yaml.safe_load(part) for part in _parts(text)]
    except (binascii.Error, UnicodeDecodeError, yaml.YAMLError) as error:
        raise UserDataError(f"user data cannot be read: {error}") from error
    cluster, labels = "", dict[str, str]()
    taints: tuple[dict[str, str], ...] = ()
    for document in documents:
        spec = (document or {}).get("spec") or {}
        kubelet = spec.get("kubelet") or {}
        cluster = (spec.get("cluster") or {}).get("name") or cluster
        labels |= _labels(kubelet.get("flags") or [])
        given = (kubelet.get("config") or {}).get("registerWithTaints")
        taints = tuple(_taint(taint) for taint in given) if given is not None else taints
    return NodeConfig(cluster=cluster, labels=labels, taints=taints)


def _parts(text: str) -> Iterator[str]:
    if not text.lstrip().startswith(("MIME-Version:", "Content-Type:")):
        yield text
        return
    for part in email.message_from_string(text).walk():
        if part.get_content_type() == _NODE_CONFIG:
            yield part.get_payload()  # type: ignore[misc]


def _labels(flags: list[str]) -> dict[str, str]:
    labels: dict[str, str] = {}
    for flag in flags:
        if flag.startswith(_LABELS):
            (value,) = shlex.split(flag.removeprefix(_LABELS))
            labels |= dict(pair.split("=", 1) for pair in value.split(",") if pair)
    return labels


def _taint(taint: Mapping[str, Any]) -> dict[str, str]:
    return {key: str(taint[key]) for key in ("key", "value", "effect") if taint.get(key)}

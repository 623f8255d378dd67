"""KEDA's CustomResourceDefinitions: those of one release, each an object of its own.

Pulumi replaces a definition in place, so an upgrade keeps the objects of it.
"""

import json
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import pulumi
import pulumi_kubernetes as k8s

FILE = Path(__file__).with_name("definitions.json")
"""Written by ``tools/keda_definitions.py``; it says what it was made from."""


@cache
def manifests() -> tuple[dict[str, Any], ...]:
    """The definitions of the release."""
    return tuple(json.loads(FILE.read_text(encoding="utf-8"))["definitions"])


def definitions(parent: pulumi.Resource, after: Sequence[pulumi.Resource]) -> list[pulumi.Resource]:
    """Make them; the operator does not start while one that it watches is missing."""
    return [
        # Not the typed class: it would take a schema's names of properties, such as maxReplicaCount, for its own.
        k8s.apiextensions.CustomResource(
            manifest["metadata"]["name"],
            api_version=manifest["apiVersion"],
            kind=manifest["kind"],
            metadata=k8s.meta.v1.ObjectMetaArgs(
                name=manifest["metadata"]["name"], annotations=dict(manifest["metadata"]["annotations"])
            ),
            spec=manifest["spec"],
            opts=pulumi.ResourceOptions(parent=parent, depends_on=list(after)),
        )
        for manifest in manifests()
    ]

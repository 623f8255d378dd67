"""Steps of Prometheus' ``relabel_configs`` and ``metric_relabel_configs``."""

import re
from typing import Any

Step = dict[str, Any]
"""One step, as Prometheus reads it."""

_META = "__meta_kubernetes_"
_NOT_IN_NAME = re.compile(r"[^A-Za-z0-9_]")


def meta(name: str, label: str = "") -> str:
    """Name of a label of Kubernetes discovery; ``label`` is the Kubernetes label that it ends with."""
    return f"{_META}{name}{_NOT_IN_NAME.sub('_', label)}"


def keep(source: str, regex: str) -> Step:
    """Keep what has such a value in the label ``source``."""
    return {"action": "keep", "source_labels": [source], "regex": regex}


def drop(source: str, regex: str) -> Step:
    """Drop what has such a value in the label ``source``."""
    return {"action": "drop", "source_labels": [source], "regex": regex}


def copy(target: str, *sources: str, separator: str = "/") -> Step:
    """Set the label ``target`` to the values of the labels ``sources``; where all are empty there is no label."""
    joined = {"separator": separator} if len(sources) > 1 else {}
    return {"source_labels": list(sources), **joined, "target_label": target}


def drop_labels(regex: str) -> Step:
    """Remove the labels with such names."""
    return {"action": "labeldrop", "regex": regex}

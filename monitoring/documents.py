"""Configuration as YAML text."""

from collections.abc import Mapping, Sequence
from typing import Any

import yaml


class _Dumper(yaml.SafeDumper):
    """Writes what occurs twice in full: an operator reads the file in a ConfigMap, where anchors only confuse."""

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002 - the signature is PyYAML's
        """Whether no anchor is made for the value: always."""
        return True


def written(document: Mapping[str, Any] | Sequence[Any]) -> str:
    """The document as YAML, with its keys in the order of the mapping."""
    return yaml.dump(document, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=120)

"""Names people type, AWS tags and Kubernetes labels, all from one place."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

MOST_OBJECT_TAGS = 10
"""S3 refuses an object with more (Amazon S3 User Guide, "Categorizing your objects using tags")."""
_LABEL_LIMIT = 63
_NOT_IN_LABEL = re.compile(r"[^A-Za-z0-9._-]+")


@dataclass(frozen=True, kw_only=True)
class Naming:
    """What a stack's things are called and marked with."""

    project: str
    """Pulumi project, such as ``llm-platform``."""
    stack: str
    """Pulumi stack, such as ``dev``."""
    owner: str
    """Team that answers for the stack."""
    cost_center: str | None = None
    """Where its cost is booked."""
    extra_tags: Mapping[str, str] = field(default_factory=dict)
    """Further AWS tags; they may not replace those of this class."""

    @property
    def cluster(self) -> str:
        """Name of the EKS cluster: people type it into ``aws eks update-kubeconfig``."""
        return f"llm-{self.stack}"

    @property
    def _own_tags(self) -> dict[str, str]:
        own = {"project": self.project, "stack": self.stack, "owner": self.owner, "managed-by": "pulumi"}
        if self.cost_center:
            own["cost-center"] = self.cost_center
        return own

    @property
    def tags(self) -> dict[str, str]:
        """Default tags of every AWS resource."""
        return {**self.extra_tags, **self._own_tags}

    @property
    def object_tags(self) -> dict[str, str]:
        """Tags of an object of S3: as many as it takes, the stack's own first, the others by name."""
        own = self._own_tags
        others = sorted(key for key in self.extra_tags if key not in own)
        return {**{key: self.extra_tags[key] for key in others[: MOST_OBJECT_TAGS - len(own)]}, **own}

    @property
    def labels(self) -> dict[str, str]:
        """Labels of every Kubernetes object of the stack."""
        own = {
            "app.kubernetes.io/part-of": self.project,
            "app.kubernetes.io/managed-by": "pulumi",
            "llm-platform/stack": self.stack,
            "llm-platform/owner": self.owner,
        }
        if self.cost_center:
            own["llm-platform/cost-center"] = self.cost_center
        return {key: label_value(value) for key, value in own.items()}


def paired_tags(tags: Mapping[str, str]) -> dict[str, str]:
    """Tags that controllers in the cluster can take as a list of ``KEY=VALUE``, by key: those without ``=`` in the key.

    Load balancer controller (pkg/annotations/parser.go, ParseStringMapAnnotation) and EBS driver (--extra-tags) split at the first
    ``=``: another key would be tagged, and with one that begins with it the controller makes no load balancer at all.
    """
    return {key: value for key, value in sorted(tags.items()) if "=" not in key}


def selector_labels(service: str, app: str) -> dict[str, str]:
    """Labels that select the pods of a service, whose server is ``app``; they never change, a Deployment's selector cannot."""
    return {"app.kubernetes.io/name": app, "app.kubernetes.io/instance": service}


def label_value(text: str) -> str:
    """The text as a Kubernetes label value takes it: at most 63 of letters, digits, ``-_.``."""
    return _NOT_IN_LABEL.sub("-", text)[:_LABEL_LIMIT].strip("-_.")

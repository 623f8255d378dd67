"""Name, namespace, labels and parent that the Kubernetes objects of one workload have in common."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pulumi
import pulumi_kubernetes as k8s


@dataclass(frozen=True, kw_only=True)
class Scope:
    """The objects of one workload: what they are called, where they are, and which component they are children of."""

    name: str
    """Name of the objects, which people type; also the logical name of the resources."""
    namespace: pulumi.Input[str]
    """Kubernetes namespace of the objects."""
    parent: pulumi.Resource
    """The component that the objects are children of."""
    labels: Mapping[str, str] = field(default_factory=dict)
    """Labels of every object but the pods: a new owner or cost centre rolls no pod."""
    selector: Mapping[str, str] = field(default_factory=dict)
    """Labels by which the pods are selected; they never change, as a Deployment's selector cannot."""
    pod_labels: Mapping[str, str] = field(default_factory=dict)
    """Further labels of the pods and of every other object; they never change."""

    @property
    def match_labels(self) -> k8s.meta.v1.LabelSelectorArgs:
        """The selector of the pods, as Deployments, Services and policies take it."""
        return k8s.meta.v1.LabelSelectorArgs(match_labels=dict(self.selector))

    def metadata(
        self, suffix: str = "", annotations: Mapping[str, pulumi.Input[str]] | None = None
    ) -> k8s.meta.v1.ObjectMetaArgs:
        """Metadata of the object ``NAME``, or ``NAME-SUFFIX``."""
        return k8s.meta.v1.ObjectMetaArgs(
            name=self.named(suffix),
            namespace=self.namespace,
            labels={**self.labels, **self.selector, **self.pod_labels},
            annotations=dict(annotations) if annotations else None,
        )

    def pod_metadata(self, annotations: Mapping[str, pulumi.Input[str]] | None = None) -> k8s.meta.v1.ObjectMetaArgs:
        """Metadata of the pods in a template; a change of it rolls them."""
        return k8s.meta.v1.ObjectMetaArgs(
            labels={**self.selector, **self.pod_labels}, annotations=dict(annotations) if annotations else None
        )

    def named(self, suffix: str = "") -> str:
        """``NAME``, or ``NAME-SUFFIX``."""
        return f"{self.name}-{suffix}" if suffix else self.name

    def options(self, after: Sequence[pulumi.Resource] = ()) -> pulumi.ResourceOptions:
        """Options of a child of the component that is created after the resources ``after``."""
        return pulumi.ResourceOptions(parent=self.parent, depends_on=list(after))

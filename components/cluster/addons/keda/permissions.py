"""What KEDA's operator and adapter may do: less than the release's own roles.

The release's ClusterRole lets the operator read every object of every kind, every Secret among them, and write the scale of all,
so that any resource can be a target and any Secret a trigger's credentials. Here targets are Deployments and StatefulSets, triggers
need no credentials, and no ScaledJob is made. What its informers list at the start it must still be able to list.
"""

from collections.abc import Sequence

import pulumi
import pulumi_kubernetes as k8s

from components.kubernetes.cluster_role import READ, cluster_role
from components.kubernetes.scope import Scope
from settings.derived.autoscaling.names import METRICS_GROUP, METRICS_VERSION

WRITE = ("create", "delete", "patch", "update")
CHANGE = ("patch", "update")
CERTIFICATES = "kedaorg-certs"
"""Secret of the certificates that the operator makes for itself and the adapter, and renews."""
API_SERVICE = f"{METRICS_VERSION}.{METRICS_GROUP}"
HPA_CONTROLLER = "horizontal-pod-autoscaler"
"""Service account of kube-system that the HPA controller reads external metrics as."""

_Rule = k8s.rbac.v1.PolicyRuleArgs


def operator_permissions(scope: Scope) -> list[pulumi.Resource]:
    """The operator's service account, its ClusterRole, and its Role for its own Secret and Lease."""
    return [_account(scope, scope.name), *_cluster_role(scope), *_own_namespace(scope)]


def _cluster_role(scope: Scope) -> list[pulumi.Resource]:
    return cluster_role(
        scope,
        scope.name,
        [
            # Targets and their pods: replicas now, and pods that are ready for a fallback.
            _Rule(api_groups=["apps"], resources=["deployments", "statefulsets"], verbs=READ),
            _Rule(
                api_groups=["apps"],
                resources=["deployments/scale", "statefulsets/scale"],
                verbs=["get", "update"],
            ),
            _Rule(api_groups=[""], resources=["pods"], verbs=READ),
            _Rule(api_groups=["autoscaling"], resources=["horizontalpodautoscalers"], verbs=[*READ, *WRITE]),
            _Rule(
                api_groups=["keda.sh"],
                resources=["scaledobjects", "scaledobjects/finalizers", "scaledobjects/status"],
                verbs=[*READ, *CHANGE],
            ),
            # Its controllers of these kinds start with it, and end it if they cannot list.
            _Rule(
                api_groups=["keda.sh"],
                resources=["scaledjobs", "triggerauthentications", "clustertriggerauthentications"],
                verbs=READ,
            ),
            _Rule(
                api_groups=["eventing.keda.sh"], resources=["cloudeventsources", "clustercloudeventsources"], verbs=READ
            ),
            _Rule(api_groups=["batch"], resources=["jobs"], verbs=READ),
            _Rule(api_groups=["", "events.k8s.io"], resources=["events"], verbs=["create", "patch"]),
            # It writes its certificate authority into the APIService of its metrics alone.
            _Rule(api_groups=["apiregistration.k8s.io"], resources=["apiservices"], verbs=["list", "watch"]),
            _Rule(
                api_groups=["apiregistration.k8s.io"],
                resources=["apiservices"],
                resource_names=[API_SERVICE],
                verbs=["get", *CHANGE],
            ),
        ],
    )


def _own_namespace(scope: Scope) -> list[pulumi.Resource]:
    rules = [
        _Rule(api_groups=[""], resources=["secrets"], verbs=[*READ, "create"]),
        _Rule(api_groups=[""], resources=["secrets"], resource_names=[CERTIFICATES], verbs=["delete", *CHANGE]),
        _Rule(api_groups=["coordination.k8s.io"], resources=["leases"], verbs=[*READ, *WRITE]),
    ]
    role = k8s.rbac.v1.Role(scope.name, metadata=scope.metadata(), rules=rules, opts=scope.options())
    binding = k8s.rbac.v1.RoleBinding(
        scope.name,
        metadata=scope.metadata(),
        role_ref=k8s.rbac.v1.RoleRefArgs(api_group="rbac.authorization.k8s.io", kind="Role", name=role.metadata.name),
        subjects=[k8s.rbac.v1.SubjectArgs(kind="ServiceAccount", name=scope.name, namespace=scope.namespace)],
        opts=scope.options(),
    )
    return [role, binding]


def adapter_permissions(scope: Scope) -> list[pulumi.Resource]:
    """The adapter's service account, which reads ScaledObjects and has callers checked, and who may read its metrics.

    The release gives it the operator's account; it neither scales nor reads a Secret by the API.
    """
    account = _account(scope, scope.name)
    read = cluster_role(scope, scope.name, [_Rule(api_groups=["keda.sh"], resources=["scaledobjects"], verbs=READ)])
    delegated = _bound_cluster_role(scope, "auth-delegator", "system:auth-delegator", _subjects(scope))
    callers = k8s.rbac.v1.RoleBinding(
        scope.named("auth-reader"),
        metadata=k8s.meta.v1.ObjectMetaArgs(
            name=scope.named("auth-reader"), namespace="kube-system", labels={**scope.labels}
        ),
        role_ref=k8s.rbac.v1.RoleRefArgs(
            api_group="rbac.authorization.k8s.io", kind="Role", name="extension-apiserver-authentication-reader"
        ),
        subjects=_subjects(scope),
        opts=scope.options(),
    )
    return [account, *read, delegated, callers, *_metrics_reader(scope)]


def _metrics_reader(scope: Scope) -> list[pulumi.Resource]:
    name = "keda-external-metrics-reader"
    role = k8s.rbac.v1.ClusterRole(
        name,
        metadata=k8s.meta.v1.ObjectMetaArgs(name=name, labels={**scope.labels}),
        # Names of metrics are KEDA's own, one for each trigger.
        rules=[_Rule(api_groups=[METRICS_GROUP], resources=["*"], verbs=["get", "list"])],
        opts=scope.options(),
    )
    reader = k8s.rbac.v1.SubjectArgs(kind="ServiceAccount", name=HPA_CONTROLLER, namespace="kube-system")
    return [role, _bound_cluster_role(scope, "external-metrics", name, [reader])]


def _bound_cluster_role(
    scope: Scope, suffix: str, role: str, subjects: Sequence[k8s.rbac.v1.SubjectArgs]
) -> k8s.rbac.v1.ClusterRoleBinding:
    return k8s.rbac.v1.ClusterRoleBinding(
        scope.named(suffix),
        metadata=k8s.meta.v1.ObjectMetaArgs(name=scope.named(suffix), labels={**scope.labels}),
        role_ref=k8s.rbac.v1.RoleRefArgs(api_group="rbac.authorization.k8s.io", kind="ClusterRole", name=role),
        subjects=list(subjects),
        opts=scope.options(),
    )


def _account(scope: Scope, name: str) -> k8s.core.v1.ServiceAccount:
    return k8s.core.v1.ServiceAccount(
        name, metadata=scope.metadata(), automount_service_account_token=False, opts=scope.options()
    )


def _subjects(scope: Scope) -> list[k8s.rbac.v1.SubjectArgs]:
    return [k8s.rbac.v1.SubjectArgs(kind="ServiceAccount", name=scope.name, namespace=scope.namespace)]

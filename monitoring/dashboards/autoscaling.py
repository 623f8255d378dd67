"""Dashboard of autoscaling: what KEDA reads, what it waits for, and the replicas that follow."""

from monitoring.dashboards.panel import RATE, Dashboard, Panel, Query, Row, Variable, one

_OBJECT = 'namespace=~"$namespace", scaledObject=~"$scaledobject"'
_NAMESPACE = Variable(name="namespace", label="Namespace", metric="keda_scaler_active", source="namespace")
_SCALED_OBJECT = Variable(name="scaledobject", label="ScaledObject", metric="keda_scaler_active", source="scaledObject")
_TRIGGER = "{{namespace}}/{{scaledObject}} {{scaler}}"

_DECISIONS = (
    Panel(
        title="Values of triggers",
        description=(
            "What KEDA read last of each trigger: waiting requests, saturated replicas, seconds to the first token, replicas of a "
            "schedule. Replicas are the value over the trigger's threshold, rounded up; the trigger with the most counts."
        ),
        unit="short",
        queries=one(f"max by (namespace, scaledObject, scaler) (keda_scaler_metrics_value{{{_OBJECT}}})", _TRIGGER),
        runbooks=("AutoscalerAtMax",),
        width=12,
    ),
    Panel(
        title="Active triggers",
        description="1 while a trigger has work. A service whose triggers are all 0 goes to its fewest replicas.",
        unit="short",
        queries=one(f"max by (namespace, scaledObject, scaler) (keda_scaler_active{{{_OBJECT}}})", _TRIGGER),
        width=12,
        most=1,
    ),
    Panel(
        title="Replicas and waiting requests",
        description="Ready replicas of each service, and its requests that wait for a place in an engine.",
        unit="short",
        queries=(
            Query(expr="sum by (service) (llm:service_ready_replicas)", legend="{{service}} ready"),
            Query(expr="sum by (service) (vllm:num_requests_waiting)", legend="{{service}} waiting"),
        ),
        runbooks=("LlmQueueLong", "LlmNoReplica"),
        width=12,
    ),
    Panel(
        title="Held requests",
        description="Requests that the gateway holds until a replica is ready: what starts a service that has none.",
        unit="short",
        queries=one("sum by (model) (llm_gateway_held_requests)", "{{model}}"),
        width=12,
    ),
)

_KEDA = (
    Panel(
        title="Errors of triggers",
        description="Reads of a trigger's metric that failed, a second. After three in a row replicas stay as they are.",
        unit="cps",
        queries=one(
            f"sum by (namespace, scaledObject, scaler) (rate(keda_scaler_detail_errors_total{{{_OBJECT}}}{RATE}))",
            _TRIGGER,
        ),
        runbooks=("AutoscalerFails",),
        width=12,
    ),
    Panel(
        title="Errors of ScaledObjects",
        description="Decisions of KEDA that failed, a second, and ScaledObjects that are paused (1).",
        unit="short",
        queries=(
            Query(
                expr=f"sum by (namespace, scaledObject) (rate(keda_scaled_object_errors_total{{{_OBJECT}}}{RATE}))",
                legend="{{namespace}}/{{scaledObject}} errors",
            ),
            Query(
                expr=f"max by (namespace, scaledObject) (keda_scaled_object_paused{{{_OBJECT}}})",
                legend="{{namespace}}/{{scaledObject}} paused",
            ),
        ),
        runbooks=("AutoscalerFails",),
        width=12,
    ),
)

DASHBOARD = Dashboard(
    name="autoscaling",
    title="LLM autoscaling",
    description="For operators of services with `autoscale`: what KEDA reads, what it decides, and why it does not.",
    rows=(Row(title="Decisions", panels=_DECISIONS), Row(title="KEDA", panels=_KEDA)),
    variables=(_NAMESPACE, _SCALED_OBJECT),
)

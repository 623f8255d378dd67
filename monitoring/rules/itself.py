"""Alerts on monitoring itself: what it does not see, and what it cannot deliver."""

from monitoring.rules.arguments import RuleArgs
from monitoring.rules.rule import Alert, Group
from monitoring.rules.unread import unread

JOBS = ("envoy", "karpenter", "keda", "load-balancer-controller", "kubelet", "dcgm", "prometheus", "alertmanager")
"""The platform's jobs without those that have alerts of their own, which know the service, and how many there should be."""


def group(args: RuleArgs) -> Group:
    """The rules."""
    rules = [_target_down(args), _limit_hit(), _rules_fail(), _rules_late(), _not_delivered()]
    if args.memory_bytes:
        rules.append(_near_its_limit(args.memory_bytes))
    if args.remote_write:
        rules += [_remote_write_fails(), _remote_write_behind()]
    return Group(name="llm-monitoring", rules=tuple(rules))


def _target_down(args: RuleArgs) -> Alert:
    """Jobs of others, where the rules run in another Prometheus, are none of the platform's.

    A controller without a pod that runs is no target, so there is nothing that could not be read: it had one within a day.
    """
    down = unread(f'job=~"{"|".join(JOBS)}"', "job")
    always = "|".join(name for name, there in (("karpenter", args.karpenter), ("keda", args.keda)) if there)
    gone = f'group by (job) (last_over_time(up{{job=~"{always}"}}[1d])) unless on (job) up'
    return Alert(
        name="PrometheusTargetDown",
        expr=f"{down} or on (job) ({gone})" if always else down,
        lasting="15m",
        severity="warning",
        summary="Prometheus cannot read {{ $value | humanizePercentage }} of the targets of the job {{ $labels.job }}",
        description="Alerts and panels on what they show see less, or nothing.",
    )


def _limit_hit() -> Alert:
    limits = (
        "prometheus_target_scrapes_exceeded_sample_limit_total",
        "prometheus_target_scrapes_exceeded_body_size_limit_total",
        "prometheus_target_scrape_pool_exceeded_target_limit_total",
        "prometheus_target_scrape_pool_exceeded_label_limits_total",
    )
    return Alert(
        name="PrometheusLimitHit",
        expr=" + ".join(f"sum(increase({name}[15m]))" for name in limits) + " > 0",
        lasting="5m",
        severity="warning",
        summary="Prometheus rejects scrapes, since a target or job is above its limit of samples, bytes, labels or targets",
        description="A target that is rejected shows nothing at all. The page of targets names it.",
    )


def _rules_fail() -> Alert:
    """One that fails once, as a query at a start may, is evaluated again."""
    return Alert(
        name="PrometheusRulesFail",
        expr="sum by (rule_group) (increase(prometheus_rule_evaluation_failures_total[5m])) > 0",
        lasting="10m",
        severity="critical",
        summary="Rules of {{ $labels.rule_group }} cannot be evaluated",
        description="Their alerts cannot fire. The log of Prometheus has the query and the reason.",
    )


def _rules_late() -> Alert:
    return Alert(
        name="PrometheusRulesLate",
        # A start misses one or two.
        expr="sum by (rule_group) (increase(prometheus_rule_group_iterations_missed_total[30m])) > 2.5",
        lasting="5m",
        severity="warning",
        summary="Rules of {{ $labels.rule_group }} take longer than the time between two evaluations",
        description="Evaluations are missed, so alerts are late. Choose a larger size of monitoring.",
    )


def _not_delivered() -> Alert:
    """What fails once, as while the pod of Alertmanager moves, is sent again within a minute."""
    failed = "sum(increase(alertmanager_notifications_failed_total[5m]))"
    dropped = "sum(increase(prometheus_notifications_dropped_total[5m]))"
    return Alert(
        name="AlertsNotDelivered",
        expr=f"({failed} > 0) or ({dropped} > 0)",
        lasting="10m",
        severity="critical",
        summary="{{ $value | humanize }} notifications of alerts could not be delivered in 5 minutes",
        description="What fires reaches no person. Look at the log of Alertmanager: rights on the SNS topic, or the network.",
    )


def _near_its_limit(memory_bytes: int) -> Alert:
    return Alert(
        name="PrometheusNearItsLimit",
        expr=f'max(process_resident_memory_bytes{{job="prometheus"}}) / {memory_bytes} > 0.85',
        lasting="15m",
        severity="warning",
        summary="Prometheus uses {{ $value | humanizePercentage }} of its memory",
        description="Above it the kernel ends it, and it reads its log for minutes. Choose a larger size of monitoring.",
    )


def _remote_write_fails() -> Alert:
    """Each series of dropped samples begins with the first, so the two are not added."""
    failed, dropped = (
        f"sum(increase(prometheus_remote_storage_samples_{what}_total[15m])) > 0" for what in ("failed", "dropped")
    )
    return Alert(
        name="PrometheusRemoteWriteFails",
        expr=f"({failed}) or ({dropped})",
        lasting="15m",
        severity="warning",
        summary="{{ $value | humanize }} samples did not reach Amazon Managed Prometheus in 15 minutes",
        description="Dashboards and history there have gaps. Look at rights of the role, and at the workspace's quotas.",
    )


def _remote_write_behind() -> Alert:
    """A workspace out of reach, or one that answers 5xx, is tried without an end: nothing fails, and nothing is dropped.

    The time of the newest sample that was sent is 0 until the first is: then it is the time since the start that counts.
    """
    sent = "prometheus_remote_storage_queue_highest_sent_timestamp_seconds > 0"
    return Alert(
        name="PrometheusRemoteWriteBehind",
        expr=f'time() - max({sent} or on () process_start_time_seconds{{job="prometheus"}}) > 5m',
        lasting="10m",
        severity="warning",
        summary="Prometheus has sent nothing to Amazon Managed Prometheus for {{ $value | humanizeDuration }}",
        description=(
            "Samples wait in its log, from where they are lost after about two hours. Look at the log of its pod, then at the way "
            "out: NAT or the VPC endpoint, and the token of its role."
        ),
    )

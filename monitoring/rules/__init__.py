"""Recording and alert rules of Prometheus: `render` writes the rule file of a platform."""

import yaml

from monitoring.rules import (
    autoscaling,
    errors,
    gpus,
    itself,
    latency,
    nodes,
    queues,
    replicas,
    services,
    slow_burns,
    starts,
    tenants,
)
from monitoring.rules.arguments import RuleArgs, ServiceSettings, Thresholds
from monitoring.rules.rule import Alert, Group

__all__ = ["RuleArgs", "ServiceSettings", "Thresholds", "alert_names", "groups", "render"]


def groups(args: RuleArgs) -> tuple[Group, ...]:
    """The groups of rules, in the order of evaluation."""
    found = [
        services.group(args),
        latency.group(),
        errors.group(args),
        slow_burns.group(args),
        queues.group(),
        replicas.group(args),
        starts.group(),
    ]
    if args.gateway:
        found.append(tenants.group(args))
    if args.dcgm:
        found.append(gpus.group(args))
    if args.karpenter:
        found.append(nodes.group())
    if args.keda:
        found.append(autoscaling.group(args))
    return (*found, itself.group(args))


def render(args: RuleArgs) -> str:
    """The rule file, as YAML, for `rule_files` of Prometheus or a RuleGroupsNamespace of Amazon Managed Prometheus.

    Its queries use durations as numbers, which Prometheus has from 2.54 on.
    """
    content = {"groups": [each.rendered(args.time_scale, args.runbooks) for each in groups(args)]}
    return yaml.safe_dump(content, sort_keys=False, allow_unicode=True, width=10_000)


def alert_names(args: RuleArgs) -> tuple[str, ...]:
    """Names of the alerts, each once, in order."""
    rules = (rule for each in groups(args) for rule in each.rules)
    return tuple(dict.fromkeys(rule.name for rule in rules if isinstance(rule, Alert)))

"""The guardrails: `RULES` is every rule, `policies()` the same as the SDK's policies."""

from pulumi_policy import Policy

from guardrails import (
    budget,
    cost,
    eks,
    exemption_report,
    exposure,
    iam,
    identities,
    images,
    ingress,
    network,
    nodes,
    pods,
    serving,
    storage,
    trust,
    vllm_options,
)
from guardrails.rule import Rule

RULES: tuple[Rule, ...] = (
    *network.RULES,
    *nodes.RULES,
    *ingress.RULES,
    *iam.RULES,
    *trust.RULES,
    *identities.RULES,
    *storage.RULES,
    *eks.RULES,
    *pods.RULES,
    *serving.RULES,
    *vllm_options.RULES,
    *images.RULES,
    *exposure.RULES,
    *cost.RULES,
    *budget.RULES,
    *exemption_report.RULES,
)


def policies() -> list[Policy]:
    """Every rule as a policy."""
    return [rule.policy() for rule in RULES]

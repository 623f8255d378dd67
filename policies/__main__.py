"""The policy pack; the rules stand in ``guardrails``, because building the pack starts a server and never returns."""

from pulumi_policy import EnforcementLevel, PolicyPack

from guardrails import policies

PolicyPack("llm-platform", policies=policies(), enforcement_level=EnforcementLevel.MANDATORY)

"""The policy pack; the rules stand in ``guardrails``, because building the pack starts a server and never returns."""

import sys

from pulumi_policy import EnforcementLevel, PolicyPack

from guardrails import lint, policies

# Pulumi takes a misspelt rule in a file of levels in silence: the pack refuses to start beside one.
if problems := lint.problems():
    sys.exit("\n".join(problems))

PolicyPack("llm-platform", policies=policies(), enforcement_level=EnforcementLevel.MANDATORY)

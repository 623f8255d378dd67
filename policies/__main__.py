"""The policy pack; the rules are in ``guardrails``, because building the pack starts a server and never returns."""

import sys

from pulumi_policy import EnforcementLevel, PolicyPack

from guardrails import lint, policies
from guardrails.engine.levels import FOLDER

# Pulumi takes a misspelt rule in a file of levels in silence: the pack refuses to start beside one.
if problems := lint.problems():
    sys.exit("\n".join(problems))
sys.stderr.writelines(f"{line}\n" for line in lint.deprecations(sorted(FOLDER.glob("*.json"))))

PolicyPack("llm-platform", policies=policies(), enforcement_level=EnforcementLevel.MANDATORY)

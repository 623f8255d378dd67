"""The platform that `make portal` rehearses."""

import json
from typing import Any

from tests.harness import ROOT


def policies(file: str) -> dict[str, Any]:
    return json.loads((ROOT / file).read_text())


def test_its_guardrails_are_dev_s_but_for_the_budgets():
    own, dev = policies("portal/rehearsal.policies.json"), policies("policies/config/dev.json")
    own["gpu-budget"]["gpus"] = dev["gpu-budget"]["gpus"]
    own["cost-budget"]["usd_per_month"] = dev["cost-budget"]["usd_per_month"]
    assert own == dev

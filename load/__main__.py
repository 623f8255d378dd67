"""``python -m load``: run the plan on standard input, print its report as JSON; a process with little around it."""

import gc
import json
import sys

from load.plan import Plan, PlanError, Target
from load.running import run


def main() -> None:
    """Run it; exit 2 for a plan that cannot be used."""
    try:
        said = json.load(sys.stdin)
        plan = Plan(**said | {"targets": [Target(**one) for one in said["targets"]]})
    except (ValueError, KeyError, TypeError, PlanError) as error:
        sys.stderr.write(f"load: the plan on standard input cannot be used: {error}\n")
        sys.exit(2)
    # What is imported lives until the end: a full collection in the middle of a run would only add to latencies.
    gc.freeze()
    report = run(plan)
    sys.stdout.write(json.dumps(report.to_json()) + "\n")


if __name__ == "__main__":
    main()

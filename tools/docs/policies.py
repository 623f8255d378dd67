"""docs/policies.md, rendered from the rules; ``make docs`` writes it."""

import json
from itertools import groupby
from pathlib import Path
from typing import Final

from guardrails import RULES
from guardrails.engine.levels import FOLDER

FILE: Final = Path(__file__).parents[2] / "docs" / "policies.md"
_HEAD: Final = """# Policies

What `pulumi preview --policy-pack policies --policy-pack-config policies/config/STACK.json` refuses (mandatory) or
remarks on (advisory). Generated from the rules by `make docs`; edit the rules, not this page.

A rule judges what is known; what a preview cannot decide is reported as an advisory and judged in the update. Rules over
the whole stack see every resource at the end: in an update that is after all was made, so they protect through the
preview. So preview first, with the pack: `make up STACK=NAME` does, `rehearse up` and the portal stop at a preview that
is refused; `--skip-preview` and a bare `up()` of the Automation API go around it.

## Levels, settings, exemptions

Levels and settings of a stack are in `policies/config/STACK.json`. A team stack without a file of its own takes that
of its platform (`platform: dev` takes `dev.json`); a stack without either has the rules' own levels. One function
chooses (`settings/loading/policy_config.py`) for `make preview` and `make up`, the rehearsal and the portal alike;
`rehearse up|preview --policy-pack-config FILE` takes another file.

Pulumi takes a misspelt rule or setting in these files in silence. So the pack checks its own when it starts and
ends with one line for each unknown name; `python -m guardrails.lint [FILE...]`, in `policies/`, does the same, as part
of `make check`; `rehearse` refuses a file given with `--policy-pack-config` in the same way.

Exemptions are in `policies/exemptions.json`: a list, each entry with `rule`, `resource` (`TYPE::NAME`), `stacks` (a list
of the stacks it holds for), `reason` and `expires` (the last day it holds). In a stack that it does not name it does not
apply. Each is listed on every run, one that has ended or is for other stacks too.

The stacks of this project pass without an exemption. Their settings differ from the defaults in this: dev's bucket
may go with its stack; prod's secrets, logs, bucket and administrators are mandatory; the list of administrators is
the stack's own `admins`, so change both together; a pool may grow to 8 GPUs in dev and 16 in prod, and the budget
in dollars leaves room for that; the AWS Load Balancer Controller's chart is the one reviewed release; and
nodes whose subnets only might be public are refused, since this program never gives them a subnet of awsx.

## What is a node

The rules of the family `public-node` judge nodes of clusters, not every machine: a bastion or a proxy in a public subnet
of another VPC is not judged by them. Node groups, Fargate profiles, Batch environments and node classes are always
nodes. An instance, a spot request or fleet, a scaling group or a launch template is one when any of this holds
(`guardrails/analysis/membership.py`, `guardrails/analysis/node_roles.py`):

- its role has AmazonEKSWorkerNodePolicy, AmazonEKSWorkerNodeMinimalPolicy or AmazonEKS_CNI_Policy, or is the role of a
  node group, of Auto Mode, of a node class, of an access entry for EC2, or of `system:nodes` in `aws-auth`;
- it has a tag such as `kubernetes.io/cluster/NAME`, or a security group of a cluster;
- its user data starts a kubelet (bootstrap.sh, nodeadm, Bottlerocket, kubeadm), or its image is one for nodes;
- it is in the VPC of a cluster of the same stack;
- its launch template is one for nodes, or, for a template, what uses it is a node or nothing in the stack uses it.

Where one of these is unknown, such as a role that is made elsewhere, the finding is an advisory. A machine in the VPC of
a cluster that is not a node takes a subnet that is not public, or an exemption.

## Checking a pull request

`make policy-check STACK=dev` previews the stack in a rehearsal, without AWS, as a first `up` into an empty account. It
prints the findings as a table and writes them to `.policy-check/`: `STACK.md`, the same table, and `STACK.sarif`
([SARIF 2.1.0](https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html)) for code scanning. A team stack is
checked in a sandbox in which its platform is up. `make policy-check STACK=dev REAL=1` previews the real stack instead,
with the Pulumi CLI on PATH, its login and the credentials of your shell; it changes nothing there, and reads what a
preview reads. The exit code of `rehearse policy-check` is 3 when a mandatory rule is broken, 1 when the preview failed
for another reason, and the report then says that not every resource was judged; `make` turns both into its own 2.

## The pack's environment

`policies/PulumiPolicy.yaml` names the virtual environment that `make deploy-setup` or `make setup` makes. Without it the rehearsal and
`policy-check` refuse to start, with one line. The official Pulumi CLI does not: it was seen to wait at "Loading policy
packs" for ten minutes, ignoring SIGTERM. `make preview` and `make up` make it first; `kill -9` ends such an engine, before it has made
anything.

## Speed

`make bench` measures it: CPU seconds of one core for the whole pack, each resource alone and then all as a stack.
Of 2026-11-26, 2 cores (AMD EPYC), 24 GiB, Python 3.11.7, the median of five:

| resources | CPU seconds | aim |
|---|---|---|
| 100 | 0.11 s | |
| 1,000 | 1.31 s | under 2 s |
"""


def render() -> str:
    """The whole text."""
    parts = [_HEAD]
    for family, rules in groupby(RULES, key=lambda rule: rule.family):
        parts.append(f"\n## {family}\n")
        for rule in rules:
            levels = "".join(
                f", {path.stem}: {level}" for path in sorted(FOLDER.glob("*.json")) if (level := _level(path, rule.id))
            )
            both = " Judged for each resource, and over the whole stack."
            scope = (both if rule.judge else " Judged over the whole stack.") if rule.judge_stack else ""
            parts.append(
                f"\n### {rule.id}\n\n{rule.headline or f'Blocks {rule.blocks}.'}{scope}\n\n"
                f"- Level: {rule.level.value}{levels}\n- Why: {rule.why}\n- Fix: {rule.fix}.\n"
                f"- Published as: {rule.benchmarks or 'in no published benchmark'}\n"
            )
            parts += [
                f"- Setting `{name}`: {schema['description']} Default: `{json.dumps(schema['default'])}`\n"
                for name, schema in rule.settings.items()
            ]
    return "".join(parts)


def _level(path: Path, rule: str) -> str | None:
    value = json.loads(path.read_text()).get(rule)
    level = value.get("enforcementLevel") if isinstance(value, dict) else value
    return level if isinstance(level, str) else None

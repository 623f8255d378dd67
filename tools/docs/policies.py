"""docs/policies.md, rendered from the rules; ``make docs`` writes it."""

import json
from collections.abc import Mapping
from itertools import groupby
from pathlib import Path
from typing import Any, Final

from guardrails import RULES
from guardrails.analysis.oidc_subjects import ISSUERS, Issuer
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
in dollars leaves room for that; the charts of the AWS Load Balancer Controller and of Karpenter are the reviewed releases; and
nodes whose subnets only might be public are refused, since this program never gives them a subnet of awsx.

## What is a node

The rules of the family `public-node` and `node-web-ingress` judge nodes of clusters, not every machine: a bastion or a proxy in
a public subnet of another VPC is not judged by them. Node groups, Fargate profiles, Batch environments and node classes are always
nodes. An instance, a spot request or fleet, a scaling group or a launch template is one when any of this holds
(`guardrails/analysis/membership.py`, `guardrails/analysis/node_roles.py`):

- its role has AmazonEKSWorkerNodePolicy, AmazonEKSWorkerNodeMinimalPolicy or AmazonEKS_CNI_Policy, or is the role of a
  node group, of Auto Mode, of a node class, of an access entry for EC2, or of `system:nodes` in `aws-auth`;
- it has a tag such as `kubernetes.io/cluster/NAME`, or a security group of a cluster;
- its user data starts a kubelet (bootstrap.sh, nodeadm, Bottlerocket, kubeadm), or its image is one for nodes;
- it is in the VPC of a cluster of the same stack;
- its launch template is one for nodes, or, for a template, what uses it is a node or nothing in the stack uses it.

Where one of these is unknown, such as a role that is made elsewhere, the finding is an advisory. A machine in the VPC of
a cluster that is not a node takes a subnet that is not public, or an exemption. Network interfaces that are made apart count for
the machine that gets them; the built-in node pools of EKS Auto Mode are in the subnets that the cluster was made with. A node that
names no subnet, by itself, an interface or its launch template, is in a default subnet of AWS, which is public. Subnets that a component of
pulumi-eks picks among a cluster's private and public ones (`eks.Cluster`, `eks.NodeGroupV2`) are known in the update.

`node-imds-hops` goes by the same: launch templates and instances that are nodes, where they name a hop limit, and node classes.

## Which policies are IAM's

The rules of the family `iam-wildcard`, and `iam-star-resource-tagged`, read identity policies: `aws.iam.Policy`, `RolePolicy`, `UserPolicy`,
`GroupPolicy`, `inline_policies` of a role, and the inline policy of a permission set of IAM Identity Center. `iam-admin-managed` reads what
attaches AWS's own policies to any of them; a policy of the stack's own is judged by its document, also while its ARN is unknown. Policies of
resources (buckets, keys, queues, registries and others) are judged for whom they admit (`s3-policy-public`), trust policies by the family
`iam-trust`; `s3:*` for a named role in a bucket's policy is not judged. What only takes rights away (Deny, permissions boundaries, service
control policies, policies of VPC endpoints) is not judged either.

## What no rule reads

`opaque-resource` remarks on what may make something past every rule: releases of Helm's `helm.sh/v3`, stacks of CloudFormation, modules of
Terraform in Pulumi and what they make, commands, dynamic resources, resources of the provider `aws-native` for the services that rules
judge, objects of AWS Controllers for Kubernetes, Crossplane, Cluster API, kro and Terraform's operators, and kinds of other controllers that have pods
in them (Argo, Flux, KServe, Knative, Ray, Kubeflow, NVIDIA's NIM, Dynamo and GPU operators, KubeAI, the vLLM production stack, Tekton,
Volcano). A chart of `helm.sh/v4`, `yaml.ConfigFile` and `kustomize` are judged by their children.

## Changes on every resource

`iam-star-resource` takes what an action does from AWS's access levels: Write, Permissions management and Tagging, for each
action that can be limited to resources ([decision 21](decisions/0021-iam-access-levels.md)); on top are lists of what hands on
rights or code and of reads of data and secrets. An action that is in no list of AWS's is an advisory. Quiet are changes under a
condition on a tag of the resource or the request, on tag keys, on what is created (`ec2:CreateAction`) or on a resource that
the service's own key names; telemetry that is only added (`logs:PutLogEvents`, `cloudwatch:PutMetricData`); `ec2:AssignIpv6Addresses`, which the VPC CNI needs in an IPv6 cluster; and the policy that
the AWS Load Balancer Controller publishes, as a whole. Rights stay findings under a tag's bare presence, `*`. Tags of objects
(`s3:ExistingObjectTag`) and databases (`rds:db-tag`) are tags of the resource, and an alias of a key (`kms:ResourceAliases`) is as good as one.

## What is an exact subject

A trust in web identity names one workload when everything through the last segment that names it is there in full; what
follows may have a wildcard. Claims beside `sub` count where AWS has condition keys for them. Any other issuer is met with a
value without wildcards. `ForAnyValue:` is as good as the plain operator; `ForAllValues:`, `...IfExists` and negations admit
tokens without the claim. Of Cognito, `aud` and an `amr` of signed-in users are needed.

SUBJECTS
## What is a secret

By name: words such as TOKEN, PASSWORD, SECRET or API_KEY in a variable, an option, a key of a ConfigMap or a line of a file,
with a value beside it. By form, under any name: tokens with a published prefix, private keys, JSON Web Tokens, passwords in
addresses. A value that says where the secret is (`$(NAME)`, `/run/...`, `arn:...`, `vault:...`), a number, and a placeholder
that says that there is none (`EMPTY`, `none`, `dummy`, `not-needed`, `<your key>`) are not secrets. `changeme` is one: it is
deployed, and then it is the password. Words of a tokenizer (EOS_TOKEN, MAX_TOKENS) are not. How random a text looks counts for
nothing, since digests and ids look so too.

## What a NodePool may take

The rules of the family `node-pools` read a NodePool as Karpenter does: requirements (`In`, `NotIn`, `Exists`, `DoesNotExist`, `Gt`,
`Lt`, `Gte`, `Lte`), labels of its template, former names of labels and those of EKS Auto Mode (`eks.amazonaws.com/instance-*`), in
`karpenter.sh/v1` and `v1beta1`, with the defaults of each. Types come from `node.kubernetes.io/instance-type`, or from family, size,
category, vCPUs, memory and GPUs by the planner's table. Without a requirement on zones, those of the subnets that the
EC2NodeClass or NodeClass selects count; without one on capacity types, each is a choice, reserved capacity only where the class selects
reservations. A static pool (`spec.replicas`) needs no limits.

Limits count in the budgets: `gpu-budget` takes `nvidia.com/gpu`, or the GPUs that `cpu`, `memory` or `nodes` leave room for;
`cost-budget` the most expensive nodes that the limits allow and one node more, by which Karpenter may exceed them, at on-demand prices.
`gpu-toleration` compares taints, labels and tolerations of one stack; pods of a team stack meet their pools in the platform's.

## What is a container with a GPU

`gpu-resources` judges containers that request a GPU, and vLLM in a pod that is meant for GPU nodes: it tolerates the taint
`nvidia.com/gpu`, or selects a label of such nodes (`nvidia.com/gpu.*`, `karpenter.k8s.aws/instance-gpu-*`,
`eks.amazonaws.com/instance-gpu-*`). A claim of dynamic resource allocation (`resources.claims`) is as good as a limit. vLLM elsewhere may
run on CPUs.

## What is in front of vLLM

`service-exposed` follows a vLLM Service to pods that name it, by any form of its DNS name, in environment, command, arguments or a
ConfigMap that they take, or that come from it by Pulumi's dependencies, and to routers that find pods by themselves. One that
faces the internet is an advisory: what it lets through, only its own settings say. A container is vLLM by its image, its
command or options that vLLM alone has. Options count through `$(NAME)`, a shell's variables and `--config` with a file of a
ConfigMap of the stack; what only the running container knows is an advisory.

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
Of 2026-11-29, 2 cores (AMD EPYC), 24 GiB, Python 3.11.7, the median of five; nearly all of it is the
SDK's reading of each resource for each rule:

| resources | CPU seconds | aim |
|---|---|---|
| 100 | 0.15 s | |
| 1,000 | 1.99 s (most: 2.02 s) | under 2 s |
"""


def render() -> str:
    """The whole text."""
    parts = [_HEAD.replace("SUBJECTS\n", _subjects())]
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
                f"- Setting `{name}`: {schema['description']}{_choices(schema)} Default: `{json.dumps(schema['default'])}`\n"
                for name, schema in rule.settings.items()
            ]
    return "".join(parts)


def _choices(schema: Mapping[str, Any]) -> str:
    """The values that a setting takes, where there are only some."""
    return f" One of {', '.join(f'`{json.dumps(value)}`' for value in schema['enum'])}." if "enum" in schema else ""


def _subjects() -> str:
    """The table of issuers that have a subject of their own form."""
    rows = [f"| {one.name} | `{one.example}` | {_other_claims(one)} |" for one in ISSUERS if one.name]
    return "\n".join(["| issuer | subject | or, in full, the claims |", "|---|---|---|", *rows, "", ""])


def _other_claims(issuer: Issuer) -> str:
    return ", ".join(" and ".join(f"`{name}`" for name in sorted(together)) for together in issuer.claims)


def _level(path: Path, rule: str) -> str | None:
    value = json.loads(path.read_text()).get(rule)
    level = value.get("enforcementLevel") if isinstance(value, dict) else value
    return level if isinstance(level, str) else None

"""The committed policy and its page: ``make docs`` writes them."""

from collections.abc import Iterable, Iterator
from pathlib import Path

from cli.operator_policy.documents import INLINE_LIMIT, MANAGED_LIMIT, size, split, text_of
from cli.operator_policy.gateway_statements import gateway_statements
from cli.operator_policy.image_cache_statements import image_cache_statements
from cli.operator_policy.monitoring_statements import monitoring_statements
from cli.operator_policy.needs import DEPENDENT_NOT_NEEDED, OF_THE_CALLER, needs, recorded
from cli.operator_policy.statement import Allowed, Place
from cli.operator_policy.statements import statements
from cli.operator_policy.storage_statements import state_statements
from cli.operator_policy.volume_key_statements import volume_key_statements

DOCS = Path(__file__).parents[2] / "docs"
POLICY, GATEWAY, MONITORING, IMAGE_CACHE, VOLUME_KEY, STATE, PAGE = (
    DOCS / f"operator-policy{end}"
    for end in (
        ".json",
        "-gateway.json",
        "-monitoring.json",
        "-image-cache.json",
        "-volume-key.json",
        "-state.json",
        ".md",
    )
)
_HEAD = """# The operator's policy

Made by `make docs`; tests hold the policy to the tables below in both directions.

[operator-policy.json](operator-policy.json) allows what `make up`, `make preview`, `pulumi refresh` and `pulumi destroy`
need, for platform and team stacks, and nothing else. ACCOUNT, REGION and SERVICE are placeholders; the roles of a service
begin with its name, so each service has a line of its own. This writes it with your account, region and services:

```
llm-platform operator-policy --stack dev --stack team-example --out policies-of-the-operator
```

It has {whole:,} characters without white space: more than one managed policy takes ({limit:,}), less than the
inline policies of a role ({inline:,}). With `--out` it is split into {parts} files for managed policies and the commands that
attach them are printed; without, the whole is printed, to be put inline with `aws iam put-role-policy`.

A stack with a [gateway](gateway.md) needs [operator-policy-gateway.json](operator-policy-gateway.json) too, {gateway:,}
characters: both together are more than the inline policies of a role may be, so use `--out`.
A platform stack with [monitoring](monitoring.md), which is one that does not set `monitoring.size` to none, needs
[operator-policy-monitoring.json](operator-policy-monitoring.json), {monitoring:,} characters.
One with `images.pull_through` needs [operator-policy-image-cache.json](operator-policy-image-cache.json), {image_cache:,} characters.
One with `cluster.volume_key` needs [operator-policy-volume-key.json](operator-policy-volume-key.json), {volume_key:,} characters, with the
ARN of that key in the place of KEY's.
ZONE is the hosted zone of the gateway's domain. Who makes keys and limits with `llm-platform keys` needs neither.

**Limits of it.** A role that may write the policies of a role can give it any right. Set `permissions_boundary`, and
render the policy with it: roles are then made and granted rights with that boundary only. Names hold IAM, EKS, S3 and
CloudWatch Logs; the tag `project`, which the AWS provider puts on everything, holds EC2, KMS and ACM. KMS and ACM check
the first tags of a key or certificate like later ones, so a holder of the policy can tag, and then change, any certificate of the
account and region, and any key whose key policy leaves the decision to IAM; a service's roles are recognized by the beginning of their names, so no other team's role
should begin with a service's name. Load balancers are made
by the controller in the cluster with its own role, Auto Scaling groups by EKS. Not tried on AWS; each action has a source
below, and those of the gateway's table, certificate and records are compared with the permissions that CloudFormation's schemas name.

**New keys.** "It might take up to five minutes for tag and alias changes to affect KMS key authorization"
([ABAC for AWS KMS](https://docs.aws.amazon.com/kms/latest/developerguide/abac.html)). What is called right after a key
is made therefore does not depend on its tag: reading it and turning its rotation on are allowed for every key of the
account and region, and grants that an AWS service requests. Everything that changes a key, its policy or its deletion
depends on the tag. If the first `up` still ends with `AccessDenied` on `kms:`, run `make up` again after five minutes.

**State and secrets.** For state in S3 under a KMS key, add [operator-policy-state.json](operator-policy-state.json)
(`--state-bucket NAME --state-key KEY-ID`).

**How long a session lasts.** The first `up` of prod takes about an hour, and a role that another role assumed keeps its
session for one hour at most
([IAM: role chaining](https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles.html#iam-term-role-chaining)). Deploy with
a session of two hours: `aws iam update-role --role-name OPERATOR --max-session-duration 7200`, then
`aws sts assume-role --duration-seconds 7200` from a user or from IAM Identity Center, not from a role. `assume_role` does
not chain roles: AWS's provider takes the role again when its session ends, as long as the credentials that it
started from hold.
"""


def page() -> str:
    """The page."""
    everything = statements(Place())
    head = _HEAD.format(
        whole=size(everything),
        limit=MANAGED_LIMIT,
        inline=INLINE_LIMIT,
        parts=len(split(everything)),
        gateway=size(gateway_statements(Place())),
        monitoring=size(monitoring_statements(Place())),
        image_cache=size(image_cache_statements(Place())),
        volume_key=size(volume_key_statements(Place())),
    )
    state = state_statements(Place())
    return "\n".join(
        [
            head,
            *_statement_table("Statements", everything),
            *_statement_table("Gateway", gateway_statements(Place())),
            *_statement_table("Monitoring", monitoring_statements(Place())),
            *_statement_table("Pull-through caches of images", image_cache_statements(Place())),
            *_statement_table("A key of one's own for volumes", volume_key_statements(Place())),
            *_statement_table("State backend, optional", state),
            *_caller_table(),
            *_not_needed_table(),
            *_provider_table(),
            *_recorded(),
        ]
    )


def _statement_table(title: str, allowed: Iterable[Allowed]) -> Iterator[str]:
    yield from (f"## {title}", "", "| statement | actions | on | under | why no narrower |", "|---|---|---|---|---|")
    for one in allowed:
        under = "<br>".join(
            f"`{key}` {operator} `{value if isinstance(value, str) else ', '.join(value)}`"
            for operator, keys in one.conditions.items()
            for key, value in keys.items()
        )
        on = "<br>".join(f"`{resource}`" for resource in one.resources)
        yield f"| {one.sid} | {len(one.actions)} | {on} | {under} | {one.because} |"
    yield ""


def _caller_table() -> Iterator[str]:
    yield from ("## What AWS requires of the caller beyond the calls", "", "| action | for | source |", "|---|---|---|")
    for action, purpose, source in OF_THE_CALLER:
        yield f"| `{action}` | {purpose} | {source} |"
    yield ""


def _not_needed_table() -> Iterator[str]:
    yield from ("## Dependent actions that are not needed", "", "| action | for |", "|---|---|")
    for action, purpose in DEPENDENT_NOT_NEEDED.items():
        yield f"| `{action}` | {purpose} |"
    yield ""


def _provider_table() -> Iterator[str]:
    yield from ("## What the AWS provider calls", "", "| action | types | source |", "|---|---|---|")
    found: dict[str, list[tuple[str, str]]] = {}
    for one in needs():
        if one.purpose.startswith("aws:"):
            found.setdefault(one.action, []).append((one.purpose.rpartition(":")[2], one.source))
    for action, reasons in sorted(found.items()):
        types = ", ".join(kind for kind, _ in reasons)
        files = ", ".join(dict.fromkeys(source.rpartition("internal/service/")[2] for _, source in reasons))
        yield f"| `{action}` | {types} | {files} |"
    yield from (
        "",
        "Files below `internal/service/` of hashicorp/terraform-provider-aws, which pulumi-aws 7 wraps.",
        "",
    )


def _recorded() -> Iterator[str]:
    yield from ("## What a rehearsal records", "")
    yield f"{', '.join(f'`{action}`' for action in sorted(recorded()))}."
    yield from ("", "From `up` to `destroy` of the committed stacks; `rehearse actions` prints those of a sandbox.", "")


def policy() -> str:
    """docs/operator-policy.json."""
    return text_of(statements(Place()))


def gateway_policy() -> str:
    """docs/operator-policy-gateway.json."""
    return text_of(gateway_statements(Place()))


def monitoring_policy() -> str:
    """docs/operator-policy-monitoring.json."""
    return text_of(monitoring_statements(Place()))


def volume_key_policy() -> str:
    """docs/operator-policy-volume-key.json."""
    return text_of(volume_key_statements(Place()))


def image_cache_policy() -> str:
    """docs/operator-policy-image-cache.json."""
    return text_of(image_cache_statements(Place()))


def state_policy() -> str:
    """docs/operator-policy-state.json."""
    return text_of(state_statements(Place()))

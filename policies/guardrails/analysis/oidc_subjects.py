"""Subjects of OIDC issuers: which segments of ``sub`` must be exact for a trust to mean one workload.

Each issuer writes who a token is for into ``sub`` in a grammar of its own, from the organization down to the job. A trust is
narrow when everything up to the last segment that names the workload (a repository, a stack, a service account) stands there
in full; what follows, such as a branch, may have a wildcard. A value in which a wildcard comes earlier means a group, and an
issuer that is not in the table has to be met with a value without wildcards.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

_ONE: Final = r"[^:/]+"
"""One segment."""


@dataclass(frozen=True, kw_only=True)
class Issuer:
    """How an issuer's tokens name their workload."""

    name: str = ""
    """What the issuer is called; empty for one without a form of its own."""
    host: str
    """Expression for the issuer without ``https://``, as it is in the names of condition keys."""
    identity: tuple[str, ...]
    """Expressions for the beginning of a subject, through the last segment that names the workload."""
    ends: str = "[:/]"
    """What follows that segment."""
    example: str = ""
    """A subject as the issuer's documentation has it."""
    by_value: bool = False
    """Whether it may run on any host, so that the subject shows the issuer."""
    claims: tuple[frozenset[str], ...] = ()
    """Other claims that AWS takes as condition keys and that name the workload, each set together.

    Those of "Available keys for AWS OIDC federation" in the IAM User Guide.
    """
    groups: str = ""
    """Expression for a whole subject that means a group though it has no wildcard."""


def _claims(*names: str) -> tuple[frozenset[str], ...]:
    return tuple(frozenset(name.split("+")) for name in names)


_GITHUB_REPOSITORY: Final = rf"{_ONE}/{_ONE}"
ISSUERS: Final = (
    Issuer(
        # https://docs.github.com/actions/reference/security/oidc: customised subjects put other claims in front.
        name="GitHub Actions",
        host=r"token\.actions\.githubusercontent\.com(/.+)?|token\.actions\.[\w-]+\.ghe\.com|.+/_services/token"
        r"|github\.com/enterprises/.+",
        identity=(
            rf"(.*:)?(repo|repository):{_GITHUB_REPOSITORY}",
            r"(.*:)?repository_id:\d+",
            rf"(.*:)?job_workflow_ref:{_GITHUB_REPOSITORY}/[^@]+",
        ),
        ends="[:@]",
        example="repo:OWNER/REPOSITORY:ref:refs/heads/BRANCH",
        claims=_claims("repository", "repository_id", "job_workflow_ref"),
        groups=r"(?!(.*:)?(repo|repository|repository_id|job_workflow_ref|workflow_ref):).+",
    ),
    Issuer(
        # https://docs.gitlab.com/ci/secrets/id_token_authentication/
        name="GitLab",
        host=r"gitlab\.com|.*gitlab.*",
        identity=(r"project_path:[^:/]+(/[^:/]+)+", r"project_id:\d+"),
        ends=":",
        example="project_path:GROUP/PROJECT:ref_type:branch:ref:BRANCH",
        by_value=True,
        claims=_claims("project_id"),
    ),
    Issuer(
        # https://www.pulumi.com/docs/deployments/deployments/oidc/, https://www.pulumi.com/docs/esc/environments/configuring-oidc/
        name="Pulumi Deployments and ESC",
        host=r"api\.pulumi\.com/oidc|.*pulumi.*/oidc",
        identity=(
            rf"pulumi:deploy:org:{_ONE}:project:{_ONE}:stack:{_ONE}",
            rf"pulumi:environments:org:{_ONE}:env:[^:]+",
            rf"pulumi:environments:pulumi\.organization\.login:{_ONE}:(.*:)?(currentEnvironment|rootEnvironment)\.name:[^:]+",
        ),
        example="pulumi:deploy:org:ORGANIZATION:project:PROJECT:stack:STACK:operation:update:scope:write",
        ends=":",
    ),
    Issuer(
        # https://support.atlassian.com/bitbucket-cloud/docs/deploy-on-aws-using-bitbucket-pipelines-openid-connect/
        name="Bitbucket Pipelines",
        host=r"api\.bitbucket\.org/2\.0/workspaces/[^/]+/pipelines-config/identity/oidc",
        identity=(r"\{[0-9a-fA-F-]{36}\}",),
        ends="",
        example="{REPOSITORY UUID}:{STEP UUID}",
    ),
    Issuer(
        # https://circleci.com/docs/openid-connect-tokens/
        name="CircleCI",
        host=r"oidc\.circleci\.com/org/.+",
        identity=(rf"org/{_ONE}/project/{_ONE}",),
        ends="/",
        example="org/ORGANIZATION/project/PROJECT/user/USER",
        claims=_claims("oidc.circleci.com/project-id"),
    ),
    Issuer(
        # https://developer.hashicorp.com/terraform/cloud-docs/workspaces/dynamic-provider-credentials/aws-configuration
        name="HCP Terraform",
        host=r"app(\.eu)?\.terraform\.io",
        identity=(rf"organization:{_ONE}:project:[^:]+:workspace:{_ONE}",),
        ends=":",
        example="organization:ORGANIZATION:project:PROJECT:workspace:WORKSPACE:run_phase:apply",
        by_value=True,
    ),
    Issuer(
        # https://buildkite.com/docs/pipelines/security/oidc/aws
        name="Buildkite",
        host=r"agent\.buildkite\.com|agent\..+\.buildkite\.(dev|site)",
        identity=(rf"organization:{_ONE}:pipeline:{_ONE}",),
        ends=":",
        example="organization:ORGANIZATION:pipeline:PIPELINE:ref:refs/heads/BRANCH:commit:COMMIT:step:STEP",
        claims=_claims("pipeline_id", "organization_slug+pipeline_slug", "organization_id+pipeline_slug"),
    ),
    Issuer(
        # https://docs.spacelift.io/integrations/cloud-providers/oidc/
        name="Spacelift",
        host=r"[\w-]+\.app(\.us)?\.spacelift\.io",
        identity=(rf"space:{_ONE}:(stack|module):{_ONE}",),
        ends=":",
        example="space:SPACE:stack:STACK:run_type:TRACKED:scope:write",
    ),
    Issuer(
        # https://vercel.com/docs/oidc/reference
        name="Vercel",
        host=r"oidc\.vercel\.com(/.+)?",
        identity=(rf"owner:{_ONE}:project:{_ONE}",),
        ends=":",
        example="owner:TEAM:project:PROJECT:environment:production",
    ),
    Issuer(
        # A number of an account or a service account.
        name="Google",
        host=r"accounts\.google\.com|https://accounts\.google\.com",
        identity=(),
        example="113000000000000000000",
    ),
    Issuer(
        # https://learn.microsoft.com/azure/devops/pipelines/release/configure-workload-identity
        name="Azure DevOps",
        host=r"vstoken\.dev\.azure\.com/.+",
        identity=(),
        example="sc://ORGANIZATION/PROJECT/SERVICE CONNECTION",
    ),
    Issuer(
        # https://fly.io/docs/security/openid-connect/
        name="Fly.io",
        host=r"oidc\.fly\.io/.+",
        identity=(rf"{_ONE}:{_ONE}",),
        ends=":",
        example="ORGANIZATION:APP:MACHINE",
    ),
    Issuer(
        # https://kubernetes.io/docs/reference/access-authn-authz/authentication/: EKS and every other cluster.
        name="EKS and other clusters",
        host=r"oidc\.eks\.[\w-]+\.amazonaws\.com(\.cn)?/id/.+",
        identity=(),
        example="system:serviceaccount:NAMESPACE:NAME",
    ),
    Issuer(host=r"www\.amazon\.com", identity=(), claims=_claims("user_id")),
    Issuer(host=r"graph\.facebook\.com", identity=(), claims=_claims("id")),
    Issuer(host=r"idcs-.+\.identity\.oraclecloud\.com", identity=(), claims=_claims("rpst_id")),
)
_UNKNOWN: Final = Issuer(host="", identity=())
COGNITO: Final = "cognito-identity.amazonaws.com"


@dataclass(frozen=True, kw_only=True)
class Exactness:
    """Whether a value of ``sub`` names one workload, and if not why."""

    exact: bool
    why: str = field(default="")


def issuer_of(host: str, value: str = "") -> Issuer:
    """Return the issuer of a host; for a host that is not known, the one whose subjects the value is like."""
    named = (one for one in ISSUERS if re.fullmatch(one.host, host, re.IGNORECASE))
    like = (one for one in ISSUERS if one.by_value and any(re.match(form, value) for form in one.identity))
    return next(named, None) or next(like, _UNKNOWN)


def judge_subject(host: str, value: str) -> Exactness:
    """Judge a value of ``HOST:sub``, with ``*`` and ``?`` for wildcards."""
    issuer = issuer_of(host, value)
    fixed = re.split(r"[*?]", re.sub(r"\$\{[*?$]\}", "x", value), maxsplit=1)
    if not value or (issuer.groups and re.fullmatch(issuer.groups, value)):
        return Exactness(exact=False, why="names a group, not one workload")
    if len(fixed) == 1:
        return Exactness(exact=True)
    if any(re.match(f"({form}){issuer.ends}", fixed[0]) for form in issuer.identity):
        return Exactness(exact=True)
    return Exactness(exact=False, why="has a wildcard" if issuer is _UNKNOWN else _before(issuer))


def _before(issuer: Issuer) -> str:
    if not issuer.identity:
        return f"has a wildcard: name one in full, as in {issuer.example}"
    return f"has a wildcard before the end of what names one workload, as in {issuer.example}"


def sets_of_claims(host: str) -> Iterator[frozenset[str]]:
    """The sets of claims beside ``sub`` that name one workload of an issuer, as they follow the host in a key."""
    return iter(issuer_of(host).claims)

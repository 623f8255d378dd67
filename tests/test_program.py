"""The program as a whole, under mocks: what each committed stack registers, and the rules every resource keeps."""

import inspect
import json
import os
import typing
from collections.abc import Mapping
from pathlib import Path

import pulumi
import pytest
import yaml

import components
from components.gateway import ingress
from components.registry import BUILDERS
from components.serving.endpoint import ANNOTATION
from settings.derived.gateway.facts import gateway_facts
from settings.derived.gateway.names import MODEL_LABEL
from settings.derived.platform_facts import PlatformFacts
from settings.models.gateway import GatewaySettings
from tests.committed_stacks import GPU_POOL, STACKS, TOKEN, deployed, dev_with_a_gpu_for_teams, reachable_cluster
from tests.harness import ACCOUNT, ORGANIZATION, PROJECT, ROOT, STACK_TYPE, Deployment, deploy_stack, stack_config

GOLDENS = Path(__file__).parent / "goldens"
PROVIDER_PREFIX = "pulumi:providers:"


def component_classes() -> dict[str, type[pulumi.ComponentResource]]:
    """Components by class name: the public ones, and those of the kinds of services."""
    found = [*(getattr(components, name) for name in components.__all__), *BUILDERS.values()]
    return {one.__name__: one for one in found if isinstance(one, type) and issubclass(one, pulumi.ComponentResource)}


@pytest.mark.parametrize("stack", STACKS)
def test_every_committed_stack_deploys(stack: str) -> None:
    assert deployed(stack).error is None
    assert deployed(stack).registrations


def test_every_stack_file_is_tested() -> None:
    files = {path.name.removeprefix("Pulumi.").removesuffix(".yaml") for path in ROOT.glob("Pulumi.*.yaml")}
    assert files == set(STACKS)


@pytest.mark.parametrize("stack", STACKS)
def test_urns_are_the_golden_ones(stack: str) -> None:
    """A URN that changes means a resource that is replaced: give it an alias, then renew with WRITE_GOLDENS=1."""
    golden = GOLDENS / f"{stack}.urns"
    urns = deployed(stack).urns
    if os.environ.get("WRITE_GOLDENS"):
        golden.write_text("\n".join(urns) + "\n")
    assert urns == golden.read_text().splitlines()
    assert len(set(urns)) == len(urns)


@pytest.mark.parametrize("stack", STACKS)
def test_only_components_and_providers_stand_directly_below_the_stack(stack: str) -> None:
    roots = [one for one in deployed(stack).registrations if f"::{STACK_TYPE}::" in one.parent]
    tops = {one.type for one in roots}
    orphans = {
        type_
        for type_ in tops
        if not type_.startswith(("llm:", PROVIDER_PREFIX)) and type_ != "pulumi:pulumi:StackReference"
    }
    assert orphans == set()
    assert all(one.parent for one in deployed(stack).registrations)


@pytest.mark.parametrize("stack", STACKS)
def test_every_resource_names_an_explicit_provider(stack: str) -> None:
    for one in deployed(stack).registrations:
        package = one.type.partition(":")[0]
        if one.custom and package in {"aws", "kubernetes"}:
            assert f"{PROVIDER_PREFIX}{package}" in one.provider, one.urn
        elif one.remote:
            assert "aws" in one.providers, one.urn


@pytest.mark.parametrize("stack", STACKS)
def test_components_register_exactly_the_outputs_they_annotate(stack: str) -> None:
    classes = component_classes()
    seen = 0
    for one in deployed(stack).registrations:
        if one.type.startswith("llm:"):
            annotated = _annotated_outputs(classes[one.type.rpartition(":")[2]])
            assert set(deployed(stack).outputs[one.urn]) == annotated, one.urn
            seen += 1
    assert seen >= 2


def _annotated_outputs(component: type[pulumi.ComponentResource]) -> set[str]:
    hints = inspect.get_annotations(component, eval_str=True)
    return {name for name, hint in hints.items() if typing.get_origin(hint) is pulumi.Output}


def test_type_tokens_are_those_of_the_contract() -> None:
    tokens = {one.type for one in deployed("dev").registrations if one.type.startswith("llm:")}
    assert tokens == {
        "llm:network:LlmVpc",
        "llm:cluster:GpuCluster",
        "llm:cluster:Karpenter",
        "llm:storage:ModelBucket",
        "llm:gateway:Gateway",
        "llm:monitoring:CloudAlarms",
        "llm:monitoring:Monitoring",
        "llm:serving:ServingNamespace",
        "llm:serving:VllmService",
    }


def test_a_platform_exports_what_teams_and_people_need() -> None:
    exports = deployed("dev").exports
    assert set(exports) == {
        *("region", "cluster_name", "kubeconfig", "oidc_provider_arn", "oidc_issuer"),
        *("bucket_name", "bucket_arn", "key_arn", "platform", "cost_estimate"),
        *("gateway_url", "gateway_table", "gateway_tls"),
        *("monitoring_namespace", "monitoring_scrape_token", "alerts_topic_arn", "prometheus_volume_gib"),
        *("llama-3-8b_url", "llama-3-8b_api_key", "llama-3-8b_command"),
    }
    assert "\n" not in exports["platform"]
    pool = yaml.safe_load(exports["platform"])["pools"][GPU_POOL]
    assert pool["provisioner"] == "karpenter"
    assert pool["instance_types"] == ["g5.xlarge", "g5.2xlarge", "g5.4xlarge", "g5.8xlarge"]
    assert (pool["gpus_per_node"], pool["limit_gpus"]) == (1, 3)
    assert pool["team_gpus"] == 0
    assert pool["labels"]["accelerator"] == "nvidia"
    assert pool["taints"] == [{"key": "nvidia.com/gpu", "value": "present", "effect": "NoSchedule"}]


@pytest.mark.parametrize("stack", STACKS)
def test_keys_and_kubeconfig_are_exported_as_secrets_only(stack: str) -> None:
    names = {name for name in deployed(stack).exports if name.endswith(("_api_key", "_token")) or name == "kubeconfig"}
    assert names
    assert names <= deployed(stack).secret_exports


def test_the_team_example_needs_the_gpu_that_its_first_line_names() -> None:
    refused = deploy_stack("team-example", stacks={f"{ORGANIZATION}/{PROJECT}/dev": deployed("dev").exports})
    assert f"raise pools.{GPU_POOL}.team_gpus on the platform stack" in str(refused.error)
    assert deployed("team-example").error is None


def test_the_team_stack_makes_services_only_and_reads_one_reference() -> None:
    types = [one.type for one in deployed("team-example").registrations]
    assert types.count("pulumi:pulumi:StackReference") == 1
    assert not {"llm:network:LlmVpc", "llm:cluster:GpuCluster", "llm:storage:ModelBucket"} & set(types)
    assert deployed("team-example").one("Namespace").inputs["metadata"]["name"] == "team-example"


def test_protection_stands_on_bucket_key_and_table_alone() -> None:
    protected = {one.type for one in deployed("prod").registrations if one.protect}
    assert protected == {"aws:s3/bucket:Bucket", "aws:kms/key:Key", "aws:dynamodb/table:Table"}
    assert {one.name for one in deployed("prod").registrations if one.protect} == {"models", "gateway"}
    assert not [one for one in deployed("dev").registrations if one.protect]


def test_every_aws_resource_carries_the_stack_tags() -> None:
    provider = deployed("prod").one("pulumi:providers:aws")
    assert provider.inputs["region"] == "us-east-1"
    assert "ml-platform" in str(provider.inputs["defaultTags"])


def test_the_aws_provider_works_in_the_account_of_the_settings_only() -> None:
    for stack in STACKS:
        provider = deployed(stack).one("pulumi:providers:aws")
        assert provider.inputs["allowedAccountIds"] in ([ACCOUNT], f'["{ACCOUNT}"]'), stack
        assert "assumeRoles" not in provider.inputs


def test_a_role_is_taken_by_the_aws_provider_and_by_the_kubeconfig() -> None:
    role = {"role_arn": f"arn:aws:iam::{ACCOUNT}:role/deploy", "external_id": "ext-1", "session_name": "ci"}
    platform = deploy_stack("prod", assume_role=role)
    team = deploy_stack("team-example", stacks={f"{ORGANIZATION}/{PROJECT}/dev": _as_dev(platform)})
    for deployment in (platform, team):
        assert deployment.error is None
        (taken,) = _plain(deployment.one("pulumi:providers:aws").inputs["assumeRoles"])
        assert taken == {"roleArn": role["role_arn"], "externalId": "ext-1", "sessionName": "ci"}
    assert platform.one("eks:index:Cluster").inputs["providerCredentialOpts"] == {"roleArn": role["role_arn"]}
    assert "providerCredentialOpts" not in deployed("prod").one("eks:index:Cluster").inputs


def _as_dev(platform: Deployment) -> Mapping[str, object]:
    """What dev exports, with the caller of another platform."""
    facts, own = (PlatformFacts.of_export(one.exports["platform"]) for one in (platform, dev_with_a_gpu_for_teams()))
    caller = own.model_copy(update={"assume_role": facts.assume_role})
    return {**deployed("dev").exports, "platform": caller.as_text()}


def _plain(value: object) -> typing.Any:
    """A provider's input: nested ones are JSON text."""
    return json.loads(value) if isinstance(value, str) else value


def test_dev_as_committed_is_refused_until_it_has_an_address() -> None:
    deployment = deploy_stack("dev", secrets=TOKEN)
    assert isinstance(deployment.error, pulumi.RunError)
    assert "llm-platform:cluster.api_access.public_cidrs: is empty" in str(deployment.error)
    assert "pulumi config set --path" in str(deployment.error)
    assert deployment.registrations == []


def test_the_committed_dev_stack_is_warned_of_its_account_plain_http_and_unsent_alerts_alone() -> None:
    account, plain, unsent = deployed("dev").warnings
    assert unsent.startswith("llm-platform:monitoring.notify: names no email and no chat webhook")
    assert plain.startswith("llm-platform:gateway.domain: is not set: clients speak plain HTTP with the gateway")
    assert account.startswith("llm-platform:account: is the example account of AWS's documentation")


def test_the_committed_production_stack_is_warned_of_its_account_plain_http_drains_and_unsent_alerts_alone() -> None:
    account, *drains, plain, unsent = deployed("prod").warnings
    assert unsent.startswith("llm-platform:monitoring.notify: names no email and no chat webhook")
    assert plain.startswith("llm-platform:gateway.domain: is not set")
    assert account.startswith("llm-platform:account: is the example account of AWS's documentation")
    assert [line.partition(": ")[0] for line in drains] == [
        "llm-platform:services.llama-3-70b.replicas",
        "llm-platform:services.qwen-3-8b.replicas",
    ]
    assert all("to come back on a new node" in line for line in drains)


def test_the_permissions_boundary_stands_on_every_role() -> None:
    boundary = f"arn:aws:iam::{ACCOUNT}:policy/boundary"
    deployment = deploy_stack("prod", permissions_boundary=boundary)
    roles = deployment.of_type("aws:iam/role:Role")
    assert len(roles) >= 5
    assert {role.inputs.get("permissionsBoundary") for role in roles} == {boundary}


def test_another_service_changes_nothing_of_the_others() -> None:
    services = typing.cast("dict[str, object]", stack_config("prod")[f"{PROJECT}:services"])
    more = {**services, "another": {**typing.cast("dict[str, object]", services["qwen-3-8b"]), "replicas": 1}}
    deployment = deploy_stack("prod", services=more)
    added = set(deployment.urns) - set(deployed("prod").urns)
    assert set(deployed("prod").urns) <= set(deployment.urns)
    assert all(urn.partition("::llm:serving:VllmService")[2] and "::another" in urn for urn in added)


def _images(value: object) -> typing.Iterator[str]:
    """Every image in the containers of a resource's inputs, and every repository of one in a chart's values."""
    if isinstance(value, Mapping):
        for key, inner in value.items():
            if key == "image":
                yield str(inner["repository"]) if isinstance(inner, Mapping) else str(inner)
            else:
                yield from _images(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _images(inner)


@pytest.mark.parametrize("stack", ["prod", "cpu-example", "dev"])
def test_with_mirrors_every_chart_and_image_comes_from_them(stack: str) -> None:
    charts, images = "oci://registry.example.com/charts", "registry.example.com/mirror"
    deployment = deploy_stack(
        stack,
        secrets=TOKEN,
        cluster=reachable_cluster(stack),
        charts={"mirror": charts},
        images={"mirror": images},
    )
    assert deployment.error is None
    found = {image for one in deployment.registrations for image in _images(one.inputs)}
    assert len(found) >= 3
    assert [image for image in found if not image.startswith(f"{images}/")] == []
    releases = deployment.of_type("Release")
    assert releases
    for release in releases:
        assert release.inputs["chart"].startswith(f"{charts}/")
        assert "repositoryOpts" not in release.inputs


def test_a_team_stack_pulls_from_its_platforms_mirror() -> None:
    facts = PlatformFacts.of_export(dev_with_a_gpu_for_teams().exports["platform"])
    mirrored = facts.model_copy(update={"image_mirror": "registry.example.com/mirror"})
    exports = {**deployed("dev").exports, "platform": mirrored.as_text()}
    team = deploy_stack("team-example", stacks={f"{ORGANIZATION}/{PROJECT}/dev": exports})
    assert team.error is None
    found = {image for one in team.registrations for image in _images(one.inputs)}
    assert found == {"registry.example.com/mirror/vllm/vllm-openai:v0.32.0"}


def test_with_caches_every_image_but_nvidias_is_pulled_through_them() -> None:
    hub = {"secret_arn": "arn:aws:secretsmanager:us-east-1:123456789012:secret:ecr-pullthroughcache/hub-AbCdEf"}
    caches = {"docker_hub": hub, "ghcr": hub, "ecr_public": True}
    cluster = reachable_cluster("dev")
    more = {"account": "123456789012", "images": {"pull_through": caches}}
    deployment = deploy_stack("dev", secrets=TOKEN, cluster=cluster, **more)
    assert deployment.error is None
    found = {image for one in deployment.registrations for image in _images(one.inputs)}
    cached = {one for one in found if one.startswith("123456789012.dkr.ecr.us-east-1.amazonaws.com/llm-dev/")}
    assert {one.partition("/")[0] for one in found - cached} == {"nvcr.io"}
    assert len(cached) >= 6
    policies = [one for one in deployment.of_type("RolePolicy") if "BatchImportUpstreamImage" in one.inputs["policy"]]
    assert sorted(one.name for one in policies) == ["llm-karpenter-nodes-image-cache", "llm-nodes-image-cache"]
    exports = {**dev_with_a_gpu_for_teams().exports}
    facts = PlatformFacts.of_export(exports["platform"])
    caches_of = PlatformFacts.of_export(deployment.exports["platform"]).image_caches
    exports["platform"] = facts.model_copy(update={"image_caches": caches_of}).as_text()
    team = deploy_stack("team-example", stacks={f"{ORGANIZATION}/{PROJECT}/dev": exports})
    images = {image for one in team.registrations for image in _images(one.inputs)}
    assert images == {"123456789012.dkr.ecr.us-east-1.amazonaws.com/llm-dev/docker-hub/vllm/vllm-openai:v0.32.0"}


def test_load_balancers_carry_the_stacks_tags() -> None:
    services = deploy_stack("prod", gateway=False).of_type("kubernetes:core/v1:Service")
    balanced = [one for one in services if one.inputs["spec"]["type"] == "LoadBalancer"]
    tagged = [(one, f"{ANNOTATION}additional-resource-tags") for one in balanced]
    tagged += [(one, f"{ingress.ANNOTATION}tags") for one in deployed("prod").of_type("Ingress")]
    assert len(tagged) == 3
    for found, annotation in tagged:
        tags = found.inputs["metadata"]["annotations"][annotation]
        assert "stack=prod" in tags.split(",")
        assert any(tag.startswith("owner=") for tag in tags.split(","))


@pytest.mark.parametrize("number", [0, 6, 7, 30])
def test_the_archive_of_the_gateway_has_no_more_tags_than_s3_takes(number: int) -> None:
    made = deploy_stack("prod", tags={f"tag-{one}": "x" for one in range(number)})
    assert made.error is None, made.error
    stored = made.one("BucketObjectv2")
    provider = made.by_urn(stored.provider.rpartition("::")[0]).inputs
    tags = json.loads(provider["defaultTags"])["tags"]
    assert len(tags) == min(4 + number, 10)
    assert tags["owner"] == "ml-platform"
    assert len(made.of_type("pulumi:providers:aws")) == (2 if number > 6 else 1)
    first = made.one("pulumi:providers:aws", "aws").inputs
    assert {**first, "defaultTags": None} == {**provider, "defaultTags": None}
    assert stored.inputs["key"].endswith("-ten-tags.zip") == (number > 6)


def test_govcloud_where_aws_budgets_is_not_has_no_budget_of_it() -> None:
    budget = {"usd_per_month": 1_000_000}
    admins = {"admins": ["arn:aws-us-gov:iam::123456789012:role/platform-admin"]}
    cluster = typing.cast("dict[str, object]", stack_config("prod")[f"{PROJECT}:cluster"])
    there = deploy_stack("prod", budget=budget, region="us-gov-west-1", cluster=cluster | admins)
    assert there.error is None, there.error
    assert there.of_type("Budget") == []
    assert len(deploy_stack("prod", budget=budget).of_type("Budget")) == 1


def with_gateway(**stacks: Mapping[str, object]) -> Deployment:
    """Prod with a gateway, on what its last update exported."""
    known = {f"{ORGANIZATION}/{PROJECT}/{name}": exports for name, exports in stacks.items()}
    made = deploy_stack("prod", gateway={"replicas": 2}, stacks=known)
    assert made.error is None, made.error
    return made


def _services(deployment: Deployment) -> dict[str, str]:
    """Type of the Kubernetes Service of each model."""
    found = deployment.of_type("kubernetes:core/v1:Service")
    models = [one for one in found if MODEL_LABEL in one.inputs["metadata"]["labels"]]
    return {one.name: one.inputs["spec"]["type"] for one in models}


def test_a_gateway_adds_itself_and_its_rights_and_replaces_nothing() -> None:
    without = deploy_stack("prod", gateway=False)
    added = set(with_gateway().urns) - set(without.urns)
    gone = set(without.urns) - set(with_gateway().urns)
    # Services of a new platform have no load balancer behind a gateway.
    assert {urn.rpartition("::")[2] for urn in gone} == {
        f"llm-alarms-nlb-targets-{service}" for service in ("llama-3-70b", "qwen-3-8b")
    }
    of_namespace = [urn for urn in added if not any(of in urn for of in ("::llm:gateway:", "::llm:monitoring:"))]
    assert sorted(urn.rpartition("::")[2] for urn in of_namespace) == ["llm-dynamodb", "llm-gateway", "llm-gateway"]


def test_what_runs_keeps_its_load_balancer_and_what_is_new_gets_none() -> None:
    before = deploy_stack("prod", gateway=False)
    after = with_gateway(prod=before.exports)
    assert set(_services(after).values()) == {"LoadBalancer"}
    assert set(before.urns) <= set(after.urns)  # their alarms too
    new = with_gateway()
    assert set(_services(new).values()) == {"ClusterIP"}
    assert set(_services(with_gateway(prod=new.exports)).values()) == {"ClusterIP"}


def test_an_empty_map_is_a_gateway_with_defaults() -> None:
    made = deploy_stack("prod", gateway={})
    assert made.error is None, made.error
    assert made.urns == with_gateway().urns


def test_without_a_gateway_no_pod_is_rolled_for_one() -> None:
    without = deploy_stack("prod", gateway=False)
    assert not [one for one in without.registrations if "llm-platform/gateway" in json.dumps(one.inputs)]
    assert "gateway_url" not in without.exports


def test_a_team_behind_its_platforms_gateway_has_no_load_balancer() -> None:
    facts = PlatformFacts.of_export(dev_with_a_gpu_for_teams().exports["platform"])
    served = facts.model_copy(update={"gateway": gateway_facts(GatewaySettings(), "dev")})
    exports = {**deployed("dev").exports, "platform": served.as_text()}
    team = deploy_stack("team-example", stacks={f"{ORGANIZATION}/{PROJECT}/dev": exports})
    assert team.error is None
    assert _services(team) == {"qwen-3-4b": "ClusterIP"}
    (role,) = team.of_type("kubernetes:rbac.authorization.k8s.io/v1:Role")
    assert role.inputs["rules"][0]["resourceNames"] == ["qwen-3-4b-keys"]


def test_alarms_on_the_gateways_load_balancer_and_on_quotas_have_the_stacks_thresholds() -> None:
    cloudwatch = {"gateway_latency_seconds": 120, "gateway_errors_percent": 1, "quota_percent": 60}
    made = deploy_stack("dev", secrets=TOKEN, cluster=reachable_cluster("dev"), monitoring={"cloudwatch": cloudwatch})
    thresholds = {one.inputs["name"]: one.inputs["threshold"] for one in made.of_type("MetricAlarm")}
    assert (thresholds["llm-dev-alb-latency"], thresholds["llm-dev-alb-target-errors"]) == (120, 1)
    # Its pools are the system's node group and, by Karpenter, g5 and x86, spot and on demand.
    assert {name: one for name, one in thresholds.items() if "vcpu-quota" in name} == {
        f"llm-dev-vcpu-quota-{name}": 60 for name in ("g-spot", "g-ondemand", "standard-spot", "standard-ondemand")
    }

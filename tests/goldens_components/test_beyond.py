"""What the platform can ask for beyond the recorded programs, and how failures are told."""

import json

import pytest

from tests.goldens_components import graphs
from tests.goldens_components.engine import ADMIN, Engine

pytestmark = pytest.mark.integration

PRODUCTION = """
import pulumi
import pulumi_aws as aws
import pulumi_awsx as awsx
import pulumi_eks as eks

BOUNDARY = "arn:aws:iam::123456789012:policy/boundary"


class Box(pulumi.ComponentResource):
    def __init__(self, name, opts=None):
        super().__init__("llm:test:Box", name, None, opts)


provider = aws.Provider("aws", region="us-east-1")
child = pulumi.ResourceOptions(parent=Box("box", pulumi.ResourceOptions(providers=[provider])))
Spec, Type = awsx.ec2.SubnetSpecArgs, awsx.ec2.SubnetType
vpc = awsx.ec2.Vpc("llm", cidr_block="10.0.0.0/16", availability_zone_names=["us-east-1a", "us-east-1b", "us-east-1c"],
    nat_gateways=awsx.ec2.NatGatewayConfigurationArgs(strategy=awsx.ec2.NatGatewayStrategy.ONE_PER_AZ),
    subnet_strategy=awsx.ec2.SubnetAllocationStrategy.AUTO,
    subnet_specs=[
        Spec(type=Type.PRIVATE, name="control", cidr_blocks=["10.0.0.0/26", "10.0.0.64/26", "10.0.0.128/26"]),
        Spec(type=Type.PUBLIC, name="public", cidr_blocks=["10.0.1.0/24", "10.0.3.0/24", "10.0.5.0/24"])],
    tags={"Team": "ml"}, opts=child)
role = aws.iam.Role("control", assume_role_policy="{}", permissions_boundary=BOUNDARY, opts=child)
nodes = aws.iam.Role("nodes", assume_role_policy="{}", permissions_boundary=BOUNDARY, opts=child)
partition = aws.get_partition_output(opts=pulumi.InvokeOptions(provider=provider)).partition
arn = pulumi.Output.concat("arn:", partition, ":eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy")
scope = aws.eks.AccessPolicyAssociationAccessScopeArgs(type="namespace", namespaces=["llm"])
cluster = eks.Cluster("llm", name="llm-prod", version="1.36", vpc_id=vpc.vpc_id, private_subnet_ids=vpc.private_subnet_ids,
    service_role=role, skip_default_node_group=True, authentication_mode=eks.AuthenticationMode.API,
    endpoint_private_access=True, endpoint_public_access=False, deletion_protection=True,
    kube_proxy_addon_options=eks.KubeProxyAddonOptionsArgs(version="v1.36.0-eksbuild.1"),
    access_entries={
        "admins": eks.AccessEntryArgs(principal_arn="arn:aws:iam::123456789012:role/admin",
            access_policies={"admin": eks.AccessPolicyAssociationArgs(policy_arn=arn, access_scope=scope)}),
        "ops": eks.AccessEntryArgs(principal_arn="arn:aws:iam::123456789012:role/ops", username="ops",
            kubernetes_groups=["operators"])},
    opts=child)


def pool(name, types, **more):
    template = aws.ec2.LaunchTemplate(f"llm-{name}", opts=child)
    return eks.ManagedNodeGroup(name, cluster=cluster, node_role=nodes, instance_types=types, version="1.36",
        operating_system=eks.OperatingSystem.AL2023,
        launch_template=aws.eks.NodeGroupLaunchTemplateArgs(id=template.id, version=template.latest_version.apply(str)),
        opts=child, **more)


system = pool("system", ["m5.xlarge"], subnet_ids=["subnet-1"])
pool("gpu", ["g6e.12xlarge"], gpu=True, capacity_type="ON_DEMAND", ignore_scaling_changes=True, tags={"pool": "gpu"},
    scaling_config=aws.eks.NodeGroupScalingConfigArgs(min_size=0, desired_size=2, max_size=4),
    taints=[aws.eks.NodeGroupTaintArgs(key="nvidia.com/gpu", value="present", effect="NO_SCHEDULE")])
eks.Addon("ebs", cluster=cluster, addon_name="aws-ebs-csi-driver", service_account_role_arn=nodes.arn,
    resolve_conflicts_on_create="OVERWRITE", resolve_conflicts_on_update="OVERWRITE",
    opts=pulumi.ResourceOptions(parent=child.parent, depends_on=[system]))
for output in ("kubeconfig_json", "kubeconfig", "oidc_provider_url", "core"):
    pulumi.export(output, getattr(cluster, output))
pulumi.export("group", system.node_group.apply(lambda group: group.node_group_name))
pulumi.export("nat", vpc.nat_gateways.apply(lambda gateways: [gateway.id for gateway in gateways]))
"""


@pytest.fixture(scope="module")
def production(tmp_path_factory):
    run = Engine(
        tmp_path_factory.mktemp("production"),
        PRODUCTION,
        disable_default_providers=("aws", "kubernetes"),
        echo=("complete",),
    )
    run.run("preview", "--stack", "dev")
    run.up()
    run.export_before = run.export()
    return run


@pytest.fixture(scope="module")
def graph(production):
    return graphs.of_export(production.export_before)


def inputs(graph, key):
    return graph["resources"][key]["inputs"]


def test_a_nat_gateway_in_every_zone_serves_its_own(graph):
    routes = {
        name: inputs(graph, f"aws:ec2/route:Route::llm-control-{name}")["natGatewayId"].partition("::")[2]
        for name in "123"
    }
    assert routes == {"1": "llm-1}", "2": "llm-2}", "3": "llm-3}"}
    assert len(graph["outputs"]["nat"]) == 3


def test_a_private_endpoint_and_deletion_protection_reach_the_cluster(graph):
    cluster = inputs(graph, "aws:eks/cluster:Cluster::llm-eksCluster")
    assert cluster["deletionProtection"] is True
    assert cluster["version"] == "1.36"
    assert cluster["vpcConfig"] == {
        "endpointPrivateAccess": True,
        "endpointPublicAccess": False,
        "securityGroupIds": ["${aws:ec2/securityGroup:SecurityGroup::llm-eksClusterSecurityGroup}"],
        "subnetIds": [f"${{aws:ec2/subnet:Subnet::llm-control-{zone}}}" for zone in (1, 2, 3)],
    }


def test_a_service_role_of_ones_own_takes_the_place_of_the_components(graph):
    # The component's own role takes no permissions boundary, so one's own is the only way to have it.
    assert inputs(graph, "aws:eks/cluster:Cluster::llm-eksCluster")["roleArn"].endswith("${aws:iam/role:Role::control}")
    assert not [key for key in graph["resources"] if key.startswith("eks:index:ServiceRole::")]


def test_access_entries_carry_groups_names_and_scopes(graph):
    assert inputs(graph, "aws:eks/accessEntry:AccessEntry::llm-ops") == {
        "clusterName": "llm-prod",
        "kubernetesGroups": ["operators"],
        "principalArn": "arn:aws:iam::123456789012:role/ops",
        "userName": "ops",
    }
    policy = inputs(graph, "aws:eks/accessPolicyAssociation:AccessPolicyAssociation::llm-admins-admin")
    assert policy["accessScope"] == {"type": "namespace", "namespaces": ["llm"]}
    assert policy["policyArn"] == "arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy"


def test_node_groups_take_defaults_from_component_and_cluster(graph):
    system = inputs(graph, "aws:eks/nodeGroup:NodeGroup::system")
    assert system["scalingConfig"] == {"desiredSize": 2, "minSize": 1, "maxSize": 2}
    gpu = inputs(graph, "aws:eks/nodeGroup:NodeGroup::gpu")
    assert gpu["subnetIds"] == [f"${{aws:ec2/subnet:Subnet::llm-control-{zone}}}" for zone in (1, 2, 3)]
    assert (gpu["amiType"], gpu["capacityType"], gpu["version"]) == ("AL2023_x86_64_NVIDIA", "ON_DEMAND", "1.36")
    assert gpu["taints"] == [{"key": "nvidia.com/gpu", "value": "present", "effect": "NO_SCHEDULE"}]


def test_ignored_scaling_changes_are_not_undone(production):
    states = {
        resource["urn"].rpartition("::")[2]: resource
        for resource in production.export_before["deployment"]["resources"]
        if resource["type"] == "aws:eks/nodeGroup:NodeGroup"
    }
    assert states["gpu"]["ignoreChanges"] == ["scalingConfig.desiredSize"]
    assert "ignoreChanges" not in states["system"]


def test_addons(graph):
    assert inputs(graph, "aws:eks/addon:Addon::llm-kube-proxy")["addonVersion"] == "v1.36.0-eksbuild.1"
    assert inputs(graph, "aws:eks/addon:Addon::ebs") == {
        "addonName": "aws-ebs-csi-driver",
        "clusterName": "llm-prod",
        "resolveConflictsOnCreate": "OVERWRITE",
        "resolveConflictsOnUpdate": "OVERWRITE",
        "serviceAccountRoleArn": "arn:aws:iam:us-east-1:123456789012:role:Role/${aws:iam/role:Role::nodes}",
    }


def test_every_aws_resource_has_the_provider_handed_down(graph):
    providers = {row.get("provider") for key, row in graph["resources"].items() if key.startswith("aws:")}
    assert providers == {"pulumi:providers:aws::aws"}


def test_kubeconfig_is_secret_and_holds_the_sandboxes_certificate(production):
    outputs = json.loads(production.run("stack", "output", "--json", "--stack", "dev"))
    assert outputs["kubeconfig_json"] == outputs["kubeconfig"] == "[secret]"
    assert ADMIN["client-key-data"] not in json.dumps(outputs)
    shown = json.loads(production.run("stack", "output", "--json", "--show-secrets", "--stack", "dev"))
    assert json.loads(shown["kubeconfig_json"])["users"] == [{"name": "aws", "user": ADMIN}]
    assert outputs["oidc_provider_url"] == "https://oidc.eks.us-east-1.amazonaws.com/id/ABC"
    assert len(outputs["core"]["subnetIds"]) == 3


def test_nothing_changes_on_a_second_run(production):
    assert "unchanged" in production.run("preview", "--stack", "dev", "--expect-no-changes")


FAILURES = {
    "unknown input": (
        'import pulumi_awsx as awsx\nawsx.ec2.Vpc("net", assign_generated_ipv6_cidr_block=True)',
        "the rehearsal's awsx does not emulate `assignGeneratedIpv6CidrBlock`; omit it, or add it",
    ),
    "unknown component": (
        'import pulumi_awsx as awsx\nawsx.ecr.Repository("images")',
        "the rehearsal's awsx does not emulate it, only awsx:ec2:Vpc",
    ),
    "too few zones": (
        'import pulumi_awsx as awsx\nawsx.ec2.Vpc("net", number_of_availability_zones=7)',
        "the region has 6 availability zones, 7 are requested",
    ),
    "overlap": (
        """
import pulumi_awsx as awsx
Spec, Type = awsx.ec2.SubnetSpecArgs, awsx.ec2.SubnetType
awsx.ec2.Vpc("net", availability_zone_names=["us-east-1a"], subnet_strategy="Auto", subnet_specs=[
    Spec(type=Type.PUBLIC, cidr_blocks=["10.0.0.0/24"]), Spec(type=Type.PRIVATE, cidr_blocks=["10.0.0.128/25"])])
""",
        "net-public-1 (10.0.0.0/24) and net-private-1 (10.0.0.128/25) overlap; separate them",
    ),
    "two processors": (
        """
import pulumi_eks as eks
cluster = eks.Cluster("llm", vpc_id="vpc-1", private_subnet_ids=["subnet-1"], skip_default_node_group=True,
    authentication_mode="API")
eks.ManagedNodeGroup("mixed", cluster=cluster, node_role_arn="arn:aws:iam::123456789012:role/nodes",
    instance_types=["m5.large", "m7g.large"], operating_system="AL2023")
""",
        "m5.large, m7g.large do not share a processor architecture; split them",
    ),
}


@pytest.mark.parametrize("case", FAILURES)
def test_a_failure_is_one_line_with_its_cure(case, tmp_path):
    program, message = FAILURES[case]
    result = Engine(tmp_path, program).attempt("preview", "--stack", "dev")
    assert result.returncode != 0
    told = [line for line in result.stdout.splitlines() if message in line]
    assert told, result.stdout
    assert "has a problem" in result.stdout


def test_a_failing_child_is_told_as_itself(tmp_path):
    program = 'import pulumi_awsx as awsx\nawsx.ec2.Vpc("net", number_of_availability_zones=2)'
    run = Engine(tmp_path, program, echo=("fail=net-public-1",))
    result = run.attempt("up", "--yes", "--skip-preview", "--stack", "dev")
    assert result.returncode != 0
    assert "error: net-public-1 fails, as the test asked" in result.stdout
    assert "rehearsal/components" not in result.stdout

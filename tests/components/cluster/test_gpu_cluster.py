import json
from functools import cache

import pytest

from components.cluster.node_updates import NODE_GROUP
from settings.version import VERSION, VERSION_TAG
from tests.components.builders import ADMIN, BOUNDARY, cluster
from tests.harness import Deployment, Registration


@cache
def deployed() -> Deployment:
    return cluster()


def eks(name: str = "llm") -> Registration:
    return deployed().one("eks:index:Cluster", name)


def pool(name: str) -> Registration:
    return deployed().one("eks:index:ManagedNodeGroup", f"llm-{name}")


def attached(role: str) -> set[str]:
    attachments = deployed().of_type("aws:iam/rolePolicyAttachment:RolePolicyAttachment")
    return {one.inputs["policyArn"] for one in attachments if one.name.startswith(f"llm-{role}-Amazon")}


def test_it_deploys_without_error():
    assert deployed().error is None


def test_what_pulumi_eks_leaves_open_is_closed():
    made = eks().inputs
    assert made["nodeAssociatePublicIpAddress"] is False
    assert made["skipDefaultNodeGroup"] is True
    assert made["authenticationMode"] == "API"
    assert made["endpointPrivateAccess"] is True
    assert made["createOidcProvider"] is False
    assert made["upgradePolicy"] == {"supportType": "STANDARD"}
    assert made["version"] == "1.35"
    assert made["name"] == "llm-dev"


def test_extended_support_is_a_choice():
    made = cluster(support_type="EXTENDED").one("eks:index:Cluster").inputs
    assert made["upgradePolicy"] == {"supportType": "EXTENDED"}


def test_secrets_are_encrypted_with_an_own_key():
    assert eks().inputs["encryptionConfigKeyArn"].endswith(":llm-secrets")
    assert deployed().one("aws:kms/key:Key", "llm-secrets").inputs["enableKeyRotation"] is True


def test_logs_go_into_a_group_made_first_and_kept_for_a_time():
    group = deployed().one("aws:cloudwatch/logGroup:LogGroup", "llm-control-plane")
    assert group.inputs["name"] == "/aws/eks/llm-dev/cluster"
    assert group.inputs["retentionInDays"] == 30
    assert group.urn in eks().depends_on
    assert eks().inputs["enabledClusterLogTypes"] == ["api", "audit", "authenticator"]


def test_network_policies_are_enforced():
    assert eks().inputs["vpcCniOptions"]["enableNetworkPolicy"] is True


def test_the_api_is_public_to_named_addresses_or_private():
    made = eks().inputs
    assert made["endpointPublicAccess"] is True
    assert made["publicAccessCidrs"] == ["203.0.113.7/32"]
    private = cluster(api_access={"private": True}).one("eks:index:Cluster").inputs
    assert private["endpointPublicAccess"] is False
    assert "publicAccessCidrs" not in private


def test_admins_become_access_entries():
    entry = eks().inputs["accessEntries"]["platform-admin"]
    assert entry["principalArn"] == ADMIN
    policy = entry["accessPolicies"]["admin"]
    assert policy["policyArn"] == "arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy"
    assert policy["accessScope"] == {"type": "cluster"}


def admitted(made: Deployment) -> dict[str, str]:
    rules = made.of_type("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule")
    found = {one.name: one for one in rules if one.name.startswith("llm-api")}
    assert {one.inputs["securityGroupId"] for one in found.values()} == {"sg-cluster"}
    assert {(one.inputs["fromPort"], one.inputs["toPort"]) for one in found.values()} == {(443, 443)}
    provider = made.one("pulumi:providers:kubernetes", "llm-kubernetes")
    assert {one.urn for one in found.values()} <= provider.depends_on
    return {name: one.inputs["cidrIpv4"] for name, one in found.items()}


def test_the_private_endpoint_admits_the_vpc_and_the_networks_joined_to_it():
    assert admitted(deployed()) == {"llm-api": "10.0.0.0/16"}
    joined = cluster(api_access={"private": True, "from_cidrs": ["172.16.0.0/20"]})
    assert admitted(joined) == {"llm-api": "10.0.0.0/16", "llm-api-172.16.0.0-20": "172.16.0.0/20"}


def test_deletion_protection_follows_the_setting():
    assert eks().inputs["deletionProtection"] is False
    assert cluster(deletion_protection=True).one("eks:index:Cluster").inputs["deletionProtection"] is True


def test_interfaces_stand_in_control_subnets_and_nodes_in_node_subnets_only():
    made = eks().inputs
    assert made["privateSubnetIds"] == ["subnet-private-us-east-1a", "subnet-private-us-east-1b"]
    assert "publicSubnetIds" not in made
    assert made["nodeSubnetIds"] == ["llm-nodes-a-id", "llm-nodes-b-id"]
    assert pool("system").inputs["subnetIds"] == ["llm-nodes-a-id", "llm-nodes-b-id"]
    assert pool("g5").inputs["subnetIds"] == ["llm-nodes-a-id"]


def test_a_pool_s_subnets_come_from_plain_node_subnets_and_nothing_else():
    subnets = {one.urn for one in deployed().of_type("aws:ec2/subnet:Subnet")}
    assert pool("system").property_depends_on["subnetIds"] == subnets


def test_roles_have_the_policies_they_need_and_the_boundary():
    def managed(*names: str) -> set[str]:
        return {f"arn:aws:iam::aws:policy/{name}" for name in names}

    assert attached("cluster") == managed("AmazonEKSClusterPolicy")
    assert attached("nodes") == managed(
        "AmazonEKSWorkerNodePolicy", "AmazonEC2ContainerRegistryReadOnly", "AmazonEKS_CNI_Policy"
    )
    assert attached("ebs-csi") == managed("AmazonEBSCSIDriverPolicyV2")
    roles = deployed().of_type("aws:iam/role:Role")
    assert {one.inputs["permissionsBoundary"] for one in roles} == {BOUNDARY}
    assert cluster(boundary=None).one("aws:iam/role:Role", "llm-nodes").inputs.get("permissionsBoundary") is None


def test_nodes_take_part_in_session_manager_only_where_it_is_set():
    assert cluster(session_manager=True).one("RolePolicyAttachment", "llm-nodes-AmazonSSMManagedInstanceCore")
    assert not [one for one in deployed().of_type("RolePolicyAttachment") if "SSM" in one.name]


def test_the_cluster_s_role_is_ours_and_has_its_policy_first():
    role = deployed().one("aws:iam/role:Role", "llm-cluster")
    assert role.urn in str(eks().inputs["serviceRole"]) or "llm-cluster" in str(eks().inputs["serviceRole"])
    attachment = deployed().one("RolePolicyAttachment", "llm-cluster-AmazonEKSClusterPolicy")
    assert attachment.urn in eks().depends_on


def test_pools_have_capacity_size_labels_and_taints():
    system, gpu, cpu = pool("system").inputs, pool("g5").inputs, pool("batch").inputs
    assert system["instanceTypes"] == ["m5.xlarge"]
    assert system["scalingConfig"] == {"minSize": 2, "desiredSize": 2, "maxSize": 4}
    assert gpu["scalingConfig"] == {"minSize": 0, "desiredSize": 2, "maxSize": 4}, "one service's GPU, one for teams"
    assert (system["capacityType"], gpu["capacityType"]) == ("ON_DEMAND", "SPOT")
    assert (system["gpu"], gpu["gpu"], cpu["gpu"]) == (False, True, False)
    assert gpu["labels"] == {"llm-platform/pool": "g5", "accelerator": "nvidia"}
    assert system["labels"] == {"llm-platform/pool": "system"}
    assert gpu["taints"] == [{"key": "nvidia.com/gpu", "value": "present", "effect": "NO_SCHEDULE"}]
    assert system["taints"] == []
    assert {one["operatingSystem"] for one in (system, gpu, cpu)} == {"AL2023"}


@pytest.mark.parametrize("name", ["system", "g5", "batch"])
def test_each_pool_has_its_launch_template(name):
    template = deployed().one("aws:ec2/launchTemplate:LaunchTemplate", f"llm-{name}").inputs
    disk = template["blockDeviceMappings"][0]["ebs"]
    assert disk["encrypted"] == "true"
    assert disk["volumeType"] == "gp3"
    assert disk["throughput"] > 125
    assert template["metadataOptions"]["httpTokens"] == "required"
    assert template["metadataOptions"]["httpPutResponseHopLimit"] == 1
    tagged = {one["resourceType"]: one["tags"]["owner"] for one in template["tagSpecifications"]}
    assert tagged == dict.fromkeys(("instance", "volume", "network-interface"), "ml-platform")
    assert not {"imageId", "instanceType"} & set(template)
    assert ("userData" in template) is (name == "g5"), "how nodes with GPUs pull images; EKS has the rest"
    group = pool(name).inputs
    assert group["launchTemplate"] == {"id": f"llm-{name}-id", "version": "1"}
    assert not {"diskSize", "enableIMDSv2", "enableImdSv2"} & set(group)


def test_pools_wait_for_routes_and_for_their_role():
    made = deployed()
    routes = {one.urn for one in made.of_type("aws:ec2/route:Route")}
    links = {one.urn for one in made.of_type("RouteTableAssociation")}
    policies = {one.urn for one in made.of_type("RolePolicyAttachment") if one.name.startswith("llm-nodes-")}
    assert routes | links | policies <= pool("g5").depends_on


def test_the_oidc_provider_has_the_issuer_with_its_scheme_and_no_thumbprint():
    made = deployed().one("aws:iam/openIdConnectProvider:OpenIdConnectProvider").inputs
    assert made["url"] == "https://oidc.eks.us-east-1.amazonaws.com/id/EXAMPLE"
    assert made["clientIdLists"] == ["sts.amazonaws.com"]
    assert "thumbprintLists" not in made


@pytest.mark.parametrize("addon", ["coredns", "metrics-server", "aws-ebs-csi-driver"])
def test_add_ons_overwrite_and_wait_for_the_system_pool(addon):
    made = deployed().one("eks:index:Addon", f"llm-{addon}")
    assert made.inputs["addonName"] == addon
    assert made.inputs["resolveConflictsOnCreate"] == "OVERWRITE"
    assert pool("system").urn in made.depends_on


def test_add_ons_stay_at_the_versions_that_are_pinned():
    pinned = {"vpc-cni": "v1.20.4-eksbuild.1", "kube-proxy": "v1.35.0-eksbuild.2", "coredns": "v1.12.4-eksbuild.1"}
    made = cluster(addon_versions=pinned)
    inputs = made.one("eks:index:Cluster", "llm").inputs
    assert inputs["vpcCniOptions"]["addonVersion"] == "v1.20.4-eksbuild.1"
    assert inputs["vpcCniOptions"]["enableNetworkPolicy"] is True
    assert inputs["kubeProxyAddonOptions"]["version"] == "v1.35.0-eksbuild.2"
    assert made.one("eks:index:Addon", "llm-coredns").inputs["addonVersion"] == "v1.12.4-eksbuild.1"
    assert "addonVersion" not in made.one("eks:index:Addon", "llm-metrics-server").inputs
    assert "kubeProxyAddonOptions" not in eks().inputs, "nothing of this changes a stack that pins nothing"
    assert "addonVersion" not in deployed().one("eks:index:Addon", "llm-coredns").inputs


def test_the_kubeconfig_is_secret_all_the_way():
    assert "kubeconfig" in deployed().one("pulumi:providers:kubernetes").secrets


def test_everything_in_kubernetes_goes_through_the_cluster_s_provider():
    provider = deployed().one("pulumi:providers:kubernetes").urn
    inside = [one for one in deployed().registrations if one.type.startswith("kubernetes:")]
    assert {one.provider.rpartition("::")[0] for one in inside} == {provider}


def test_trust_names_the_service_that_runs_with_the_role():
    def trusted(role: str) -> object:
        policy = json.loads(deployed().one("aws:iam/role:Role", role).inputs["assumeRolePolicy"])
        return policy["Statement"][0]["Principal"]

    assert trusted("llm-cluster") == {"Service": "eks.amazonaws.com"}
    assert trusted("llm-nodes") == {"Service": "ec2.amazonaws.com"}


def test_the_cluster_has_the_version_that_deployed_it_as_a_tag():
    assert eks().inputs["clusterTags"] == {VERSION_TAG: VERSION}


def test_node_repair_brings_the_agent_that_sees_gpu_faults():
    made = cluster(node_repair=True)
    agent = made.one("eks:index:Addon", "llm-eks-node-monitoring-agent").inputs
    gpus = agent["configurationValues"]["dcgmAgent"]["tolerations"]
    assert gpus == [{"key": "nvidia.com/gpu", "operator": "Exists"}], "or it never runs where the GPUs are"
    for name in ("system", "g5"):
        inputs, _ = made.one("eks:index:ManagedNodeGroup", f"llm-{name}").child(NODE_GROUP, {})
        assert inputs["nodeRepairConfig"] == {"enabled": True}
    assert "llm-eks-node-monitoring-agent" not in {one.name for one in deployed().of_type("eks:index:Addon")}
    assert "nodeRepairConfig" not in pool("g5").child(NODE_GROUP, {})[0]

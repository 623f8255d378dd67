import pulumi
import pytest

from rehearsal.components.eks.cluster_arguments import check

GOOD = {"authenticationMode": "API", "skipDefaultNodeGroup": True, "vpcId": "vpc-1", "privateSubnetIds": ["subnet-a"]}


def test_good_inputs_pass():
    check(GOOD)
    check({**GOOD, "providerCredentialOpts": {"roleArn": "arn:aws:iam::123456789012:role/deploy"}})
    check({**GOOD, "endpointPublicAccess": False, "deletionProtection": True, "roleMappings": []})


@pytest.mark.parametrize(
    ("inputs", "path", "message"),
    [
        ({"authenticationMode": None}, "authenticationMode", "mode CONFIG_MAP needs; set API"),
        ({"authenticationMode": "API_AND_CONFIG_MAP"}, "authenticationMode", "set API"),
        ({"authenticationMode": "NONE"}, "authenticationMode", "must be one of"),
        ({"skipDefaultNodeGroup": False}, "skipDefaultNodeGroup", "use eks.ManagedNodeGroup"),
        ({"createOidcProvider": True}, "createOidcProvider", "aws.iam.OpenIdConnectProvider"),
        ({"vpcId": None}, "vpcId", "give the VPC"),
        ({"privateSubnetIds": None}, "subnetIds", "no subnets"),
        ({"subnetIds": ["subnet-a"]}, "subnetIds", "mutually exclusive"),
        ({"endpointPublicAccess": False, "publicAccessCidrs": ["1.2.3.4/32"]}, "publicAccessCidrs", "only be set when"),
        ({"instanceRoles": ["role"]}, "instanceRoles", "does not support non-empty values"),
        ({"fargate": True}, "fargate", "use node groups"),
        ({"providerCredentialOpts": {"role": "x"}}, "providerCredentialOpts.role", "does not emulate"),
        ({"neverHeardOf": 1}, "neverHeardOf", "omit it, or add it"),
        ({"useDefaultVpcCni": True, "vpcCniOptions": {}}, "vpcCniOptions", "give one of the two"),
        ({"kubeProxyAddonOptions": {"x": 1}}, "kubeProxyAddonOptions.x", "does not emulate"),
        ({"accessEntries": {"a": {"principal": "x"}}}, "accessEntries.a.principal", "does not emulate"),
        (
            {"accessEntries": {"a": {"accessPolicies": {"p": {"arn": "x"}}}}},
            "accessEntries.a.accessPolicies.p.arn",
            "does not emulate",
        ),
    ],
)
def test_what_cannot_be_is_refused_by_name(inputs, path, message):
    with pytest.raises(pulumi.InputPropertyError) as caught:
        check({**GOOD, **inputs})
    assert caught.value.property_path == path
    assert message in caught.value.reason


def test_a_value_that_decides_what_is_made_must_be_plain():
    unknown = pulumi.Output.__new__(pulumi.Output)
    with pytest.raises(pulumi.InputPropertyError) as caught:
        check({**GOOD, "authenticationMode": unknown})
    assert "must be a plain value" in caught.value.reason

"""Launch templates and what runs from them."""

from dataclasses import replace

from rehearsal.aws import checks
from rehearsal.aws.kind import Kind, Read, Update, ec2_tags
from rehearsal.aws.special import compute as special

KINDS = (
    Kind(
        token="aws:ec2/launchTemplate:LaunchTemplate",
        service="ec2",
        create="create_launch_template",
        id="LaunchTemplate.LaunchTemplateId",
        top=frozenset({"name", "description"}),
        body="LaunchTemplateData",
        read=Read(
            operation="describe_launch_templates",
            arguments={"LaunchTemplateIds": ["{id}"]},
            path="LaunchTemplates.0",
        ),
        delete=("delete_launch_template", {"LaunchTemplateId": "{id}"}),
        renames={
            "name": "LaunchTemplateName",
            "description": "VersionDescription",
            "vpcSecurityGroupIds": "SecurityGroupIds",
            "securityGroupNames": "SecurityGroups",
        },
        skip=frozenset({"updateDefaultVersion", "defaultVersion", "namePrefix"}),
        replace=frozenset({"name", "namePrefix"}),
        tags=ec2_tags("launch-template"),
        name="name",
        name_length=128,
        outputs={
            "arn": "arn:{partition}:ec2:{region}:{account}:launch-template/{id}",
            "latestVersion": "LatestVersionNumber",
            "defaultVersion": "DefaultVersionNumber",
        },
        checks=(checks.launch_template_volumes,),
        behaviour=special.LaunchTemplate,
    ),
    Kind(
        token="aws:ec2/keyPair:KeyPair",
        service="ec2",
        create="import_key_pair",
        id="{keyName}",
        read=Read(operation="describe_key_pairs", arguments={"KeyNames": ["{id}"]}, path="KeyPairs.0"),
        delete=("delete_key_pair", {"KeyName": "{id}"}),
        renames={"publicKey": "PublicKeyMaterial"},
        replace=frozenset({"keyName", "keyNamePrefix", "publicKey"}),
        tags=replace(ec2_tags("key-pair"), arguments={"Resources": ["{keyPairId}"]}),
        name="keyName",
        outputs={
            "arn": "arn:{partition}:ec2:{region}:{account}:key-pair/{id}",
            "keyPairId": "KeyPairId",
            "fingerprint": "KeyFingerprint",
        },
    ),
    Kind(
        token="aws:autoscaling/group:Group",
        service="autoscaling",
        create="create_auto_scaling_group",
        id="{name}",
        read=Read(
            operation="describe_auto_scaling_groups",
            arguments={"AutoScalingGroupNames": ["{id}"]},
            path="AutoScalingGroups.0",
        ),
        delete=("delete_auto_scaling_group", {"AutoScalingGroupName": "{id}", "ForceDelete": True}),
        renames={
            "name": "AutoScalingGroupName",
            "vpcZoneIdentifiers": "VPCZoneIdentifier",
            "launchConfiguration": "LaunchConfigurationName",
            "id": "LaunchTemplateId",
            "targetGroupArns": "TargetGroupARNs",
        },
        skip=frozenset({"tags", "forceDelete", "waitForCapacityTimeout", "suspendedProcesses"}),
        replace=frozenset({"name", "namePrefix"}),
        updates=(
            Update(
                properties=("minSize", "maxSize", "desiredCapacity", "healthCheckType", "healthCheckGracePeriod"),
                operation="update_auto_scaling_group",
                arguments={"AutoScalingGroupName": "{id}"},
            ),
        ),
        name="name",
        outputs={"arn": "AutoScalingGroupARN"},
        checks=(checks.scaling_sizes("minSize", "desiredCapacity", "maxSize"),),
        behaviour=special.AutoScalingGroup,
    ),
)

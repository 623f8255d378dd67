"""The AWS actions that the real AWS provider calls for each resource type that the program registers."""

_EC2_TAGS = "ec2:CreateTags ec2:DeleteTags"
_IAM_TAGS = "iam:TagRole iam:UntagRole"
_S3_TAGS = "s3:TagResource s3:UntagResource s3:ListTagsForResource s3:PutBucketTagging s3:GetBucketTagging"

BY_TYPE: dict[str, tuple[str, str]] = {
    "aws:acm/certificate:Certificate": (
        "acm/certificate.go",
        (
            "acm:RequestCertificate acm:DescribeCertificate acm:DeleteCertificate acm:UpdateCertificateOptions "
            "acm:AddTagsToCertificate acm:RemoveTagsFromCertificate acm:ListTagsForCertificate"
        ),
    ),
    "aws:acm/certificateValidation:CertificateValidation": (
        "acm/certificate_validation.go",
        "acm:DescribeCertificate",
    ),
    "aws:amp/workspace:Workspace": (
        "amp/workspace.go",
        (
            "aps:CreateWorkspace aps:DescribeWorkspace aps:DescribeLoggingConfiguration aps:UpdateWorkspaceAlias "
            "aps:DeleteWorkspace aps:ListTagsForResource aps:TagResource aps:UntagResource"
        ),
    ),
    "aws:budgets/budget:Budget": (
        "budgets/budget.go",
        (
            "budgets:ModifyBudget budgets:ViewBudget budgets:ListTagsForResource budgets:TagResource "
            "budgets:UntagResource"
        ),
    ),
    "aws:cloudwatch/dashboard:Dashboard": (
        "cloudwatch/dashboard.go",
        "cloudwatch:PutDashboard cloudwatch:GetDashboard cloudwatch:DeleteDashboards",
    ),
    "aws:cloudwatch/metricAlarm:MetricAlarm": (
        "cloudwatch/metric_alarm.go",
        (
            "cloudwatch:PutMetricAlarm cloudwatch:DescribeAlarms cloudwatch:DeleteAlarms "
            "cloudwatch:ListTagsForResource cloudwatch:TagResource cloudwatch:UntagResource"
        ),
    ),
    "aws:ecr/pullThroughCacheRule:PullThroughCacheRule": (
        "ecr/pull_through_cache_rule.go",
        (
            "ecr:CreatePullThroughCacheRule ecr:DescribePullThroughCacheRules ecr:UpdatePullThroughCacheRule "
            "ecr:DeletePullThroughCacheRule"
        ),
    ),
    "aws:ecr/repositoryCreationTemplate:RepositoryCreationTemplate": (
        "ecr/repository_creation_template.go",
        (
            "ecr:CreateRepositoryCreationTemplate ecr:DescribeRepositoryCreationTemplates "
            "ecr:UpdateRepositoryCreationTemplate ecr:DeleteRepositoryCreationTemplate"
        ),
    ),
    "aws:kinesis/firehoseDeliveryStream:FirehoseDeliveryStream": (
        "firehose/delivery_stream.go",
        (
            "firehose:CreateDeliveryStream firehose:DescribeDeliveryStream firehose:UpdateDestination "
            "firehose:DeleteDeliveryStream firehose:StartDeliveryStreamEncryption firehose:StopDeliveryStreamEncryption "
            "firehose:ListTagsForDeliveryStream firehose:TagDeliveryStream firehose:UntagDeliveryStream iam:PassRole"
        ),
    ),
    "aws:lambda/function:Function": (
        "lambda/function.go",
        (
            "lambda:CreateFunction lambda:GetFunction lambda:GetFunctionCodeSigningConfig lambda:ListVersionsByFunction "
            "lambda:UpdateFunctionCode lambda:UpdateFunctionConfiguration lambda:PutFunctionConcurrency "
            "lambda:DeleteFunctionConcurrency lambda:DeleteFunction lambda:ListTags lambda:TagResource "
            "lambda:UntagResource iam:PassRole"
        ),
    ),
    "aws:lambda/permission:Permission": (
        "lambda/permission.go",
        "lambda:AddPermission lambda:GetPolicy lambda:RemovePermission",
    ),
    "aws:sns/topic:Topic": (
        "sns/topic.go",
        (
            "sns:CreateTopic sns:GetTopicAttributes sns:SetTopicAttributes sns:DeleteTopic sns:ListTagsForResource "
            "sns:TagResource sns:UntagResource"
        ),
    ),
    "aws:sns/topicPolicy:TopicPolicy": (
        "sns/topic_policy.go",
        "sns:SetTopicAttributes sns:GetTopicAttributes",
    ),
    "aws:sns/topicSubscription:TopicSubscription": (
        "sns/topic_subscription.go",
        "sns:Subscribe sns:GetSubscriptionAttributes sns:SetSubscriptionAttributes sns:Unsubscribe",
    ),
    "aws:dynamodb/table:Table": (
        "dynamodb/table.go",
        (
            "dynamodb:CreateTable dynamodb:DescribeTable dynamodb:UpdateTable dynamodb:DeleteTable "
            "dynamodb:DescribeTimeToLive dynamodb:UpdateTimeToLive dynamodb:DescribeContinuousBackups "
            "dynamodb:UpdateContinuousBackups dynamodb:ListTagsOfResource dynamodb:TagResource dynamodb:UntagResource"
        ),
    ),
    "aws:route53/record:Record": (
        "route53/record.go",
        ("route53:GetHostedZone route53:ChangeResourceRecordSets route53:ListResourceRecordSets route53:GetChange"),
    ),
    "aws:s3/bucketObjectv2:BucketObjectv2": (
        "s3/object.go (all versions are deleted)",
        (
            "s3:PutObject s3:GetObject s3:GetObjectTagging s3:PutObjectTagging s3:ListBucketVersions s3:DeleteObject "
            "s3:DeleteObjectVersion"
        ),
    ),
    "aws:cloudwatch/eventRule:EventRule": (
        "events/rule.go",
        (
            "events:PutRule events:DescribeRule events:DeleteRule events:ListTagsForResource events:TagResource "
            "events:UntagResource"
        ),
    ),
    "aws:cloudwatch/eventTarget:EventTarget": (
        "events/target.go",
        "events:PutTargets events:ListTargetsByRule events:RemoveTargets",
    ),
    "aws:cloudwatch/logGroup:LogGroup": (
        "logs/group.go",
        (
            "logs:CreateLogGroup logs:DeleteLogGroup logs:DescribeLogGroups logs:PutRetentionPolicy "
            "logs:DeleteRetentionPolicy logs:TagResource logs:UntagResource logs:ListTagsForResource "
            "logs:AssociateKmsKey logs:DisassociateKmsKey"
        ),
    ),
    "aws:ec2/eip:Eip": (
        "ec2/ec2_eip.go",
        (
            f"ec2:AllocateAddress ec2:DescribeAddresses ec2:DescribeAddressesAttribute ec2:DisassociateAddress "
            f"ec2:ReleaseAddress {_EC2_TAGS}"
        ),
    ),
    "aws:ec2/flowLog:FlowLog": (
        "ec2/vpc_flow_log.go",
        f"ec2:CreateFlowLogs ec2:DescribeFlowLogs ec2:DeleteFlowLogs iam:PassRole {_EC2_TAGS}",
    ),
    "aws:ec2/internetGateway:InternetGateway": (
        "ec2/vpc_internet_gateway.go",
        (
            "ec2:CreateInternetGateway ec2:DescribeInternetGateways ec2:AttachInternetGateway ec2:DetachInternetGateway "
            f"ec2:DeleteInternetGateway {_EC2_TAGS}"
        ),
    ),
    "aws:ec2/launchTemplate:LaunchTemplate": (
        "ec2/ec2_launch_template.go",
        (
            "ec2:CreateLaunchTemplate ec2:DescribeLaunchTemplates ec2:DescribeLaunchTemplateVersions "
            f"ec2:CreateLaunchTemplateVersion ec2:ModifyLaunchTemplate ec2:DeleteLaunchTemplate {_EC2_TAGS}"
        ),
    ),
    "aws:ec2/natGateway:NatGateway": (
        "ec2/vpc_nat_gateway.go",
        f"ec2:CreateNatGateway ec2:DescribeNatGateways ec2:DeleteNatGateway {_EC2_TAGS}",
    ),
    "aws:ec2/route:Route": (
        "ec2/vpc_route.go",
        "ec2:CreateRoute ec2:ReplaceRoute ec2:DeleteRoute ec2:DescribeRouteTables",
    ),
    "aws:ec2/routeTable:RouteTable": (
        "ec2/vpc_route_table.go",
        f"ec2:CreateRouteTable ec2:DescribeRouteTables ec2:DeleteRouteTable {_EC2_TAGS}",
    ),
    "aws:ec2/routeTableAssociation:RouteTableAssociation": (
        "ec2/vpc_route_table_association.go",
        "ec2:AssociateRouteTable ec2:ReplaceRouteTableAssociation ec2:DisassociateRouteTable ec2:DescribeRouteTables",
    ),
    "aws:ec2/securityGroup:SecurityGroup": (
        "ec2/vpc_security_group.go (deleteLingeringENIs for the network interfaces)",
        (
            "ec2:CreateSecurityGroup ec2:DescribeSecurityGroups ec2:AuthorizeSecurityGroupIngress "
            "ec2:AuthorizeSecurityGroupEgress ec2:RevokeSecurityGroupIngress ec2:RevokeSecurityGroupEgress "
            f"ec2:DeleteSecurityGroup ec2:DescribeNetworkInterfaces {_EC2_TAGS}"
        ),
    ),
    "aws:ec2/securityGroupRule:SecurityGroupRule": (
        "ec2/vpc_security_group_rule.go",
        (
            "ec2:DescribeSecurityGroups ec2:DescribeSecurityGroupRules ec2:AuthorizeSecurityGroupIngress "
            "ec2:AuthorizeSecurityGroupEgress ec2:RevokeSecurityGroupIngress ec2:RevokeSecurityGroupEgress"
        ),
    ),
    "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": (
        "ec2/vpc_security_group_ingress_rule.go",
        (
            "ec2:AuthorizeSecurityGroupIngress ec2:DescribeSecurityGroupRules ec2:ModifySecurityGroupRules "
            f"ec2:RevokeSecurityGroupIngress {_EC2_TAGS}"
        ),
    ),
    "aws:ec2/subnet:Subnet": (
        "ec2/vpc_subnet.go (DescribeNetworkInterfaces when it is deleted)",
        (
            "ec2:CreateSubnet ec2:DescribeSubnets ec2:ModifySubnetAttribute ec2:DeleteSubnet "
            f"ec2:DescribeNetworkInterfaces {_EC2_TAGS}"
        ),
    ),
    "aws:ec2/vpc:Vpc": (
        "ec2/vpc_.go",
        (
            "ec2:CreateVpc ec2:DescribeVpcs ec2:DescribeVpcAttribute ec2:ModifyVpcAttribute ec2:DescribeNetworkAcls "
            f"ec2:DescribeSecurityGroups ec2:DescribeRouteTables ec2:DeleteVpc {_EC2_TAGS}"
        ),
    ),
    "aws:ec2/vpcEndpoint:VpcEndpoint": (
        "ec2/vpc_endpoint.go",
        (
            "ec2:CreateVpcEndpoint ec2:DescribeVpcEndpoints ec2:ModifyVpcEndpoint ec2:DeleteVpcEndpoints "
            f"ec2:DescribePrefixLists {_EC2_TAGS}"
        ),
    ),
    "aws:eks/accessEntry:AccessEntry": (
        "eks/access_entry.go",
        (
            "eks:CreateAccessEntry eks:DescribeAccessEntry eks:UpdateAccessEntry eks:DeleteAccessEntry eks:TagResource "
            "eks:UntagResource"
        ),
    ),
    "aws:eks/accessPolicyAssociation:AccessPolicyAssociation": (
        "eks/access_policy_association.go",
        "eks:AssociateAccessPolicy eks:ListAssociatedAccessPolicies eks:DisassociateAccessPolicy",
    ),
    "aws:eks/addon:Addon": (
        "eks/addon.go",
        (
            "eks:CreateAddon eks:DescribeAddon eks:UpdateAddon eks:DeleteAddon eks:DescribeUpdate eks:TagResource "
            "eks:UntagResource iam:PassRole"
        ),
    ),
    "aws:eks/cluster:Cluster": (
        "eks/cluster.go",
        (
            "eks:CreateCluster eks:DescribeCluster eks:UpdateClusterConfig eks:UpdateClusterVersion eks:DescribeUpdate "
            "eks:DeleteCluster eks:TagResource eks:UntagResource iam:PassRole"
        ),
    ),
    "aws:eks/nodeGroup:NodeGroup": (
        "eks/node_group.go",
        (
            "eks:CreateNodegroup eks:DescribeNodegroup eks:UpdateNodegroupConfig eks:UpdateNodegroupVersion "
            "eks:DescribeUpdate eks:DeleteNodegroup eks:TagResource eks:UntagResource iam:PassRole"
        ),
    ),
    "aws:iam/instanceProfile:InstanceProfile": (
        "iam/instance_profile.go",
        (
            "iam:CreateInstanceProfile iam:GetInstanceProfile iam:AddRoleToInstanceProfile "
            "iam:RemoveRoleFromInstanceProfile iam:DeleteInstanceProfile iam:TagInstanceProfile iam:UntagInstanceProfile "
            "iam:PassRole"
        ),
    ),
    "aws:iam/openIdConnectProvider:OpenIdConnectProvider": (
        "iam/openid_connect_provider.go",
        (
            "iam:CreateOpenIDConnectProvider iam:GetOpenIDConnectProvider iam:DeleteOpenIDConnectProvider "
            "iam:TagOpenIDConnectProvider iam:UntagOpenIDConnectProvider"
        ),
    ),
    "aws:iam/role:Role": (
        "iam/role.go",
        (
            "iam:CreateRole iam:GetRole iam:UpdateRole iam:UpdateRoleDescription iam:UpdateAssumeRolePolicy "
            "iam:PutRolePermissionsBoundary iam:DeleteRolePermissionsBoundary iam:ListRolePolicies "
            f"iam:ListAttachedRolePolicies iam:ListInstanceProfilesForRole iam:DeleteRole {_IAM_TAGS}"
        ),
    ),
    "aws:iam/rolePolicy:RolePolicy": (
        "iam/role_policy.go",
        "iam:PutRolePolicy iam:GetRolePolicy iam:DeleteRolePolicy",
    ),
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment": (
        "iam/role_policy_attachment.go",
        "iam:AttachRolePolicy iam:ListAttachedRolePolicies iam:DetachRolePolicy",
    ),
    "aws:iam/serviceLinkedRole:ServiceLinkedRole": (
        "iam/service_linked_role.go (it is never deleted: the program retains it)",
        f"iam:CreateServiceLinkedRole iam:GetRole {_IAM_TAGS}",
    ),
    "aws:kms/key:Key": (
        "kms/key.go",
        (
            "kms:CreateKey kms:DescribeKey kms:GetKeyPolicy kms:GetKeyRotationStatus kms:ListResourceTags "
            "kms:EnableKeyRotation kms:DisableKeyRotation kms:UpdateKeyDescription kms:PutKeyPolicy kms:TagResource "
            "kms:UntagResource kms:ScheduleKeyDeletion"
        ),
    ),
    "aws:kms/grant:Grant": (
        "kms/grant.go (it is revoked, not retired)",
        "kms:CreateGrant kms:ListGrants kms:RevokeGrant",
    ),
    "aws:s3/bucket:Bucket": (
        "s3/bucket.go (tags: #45251, #46202; objects and versions for force_destroy)",
        (
            "s3:CreateBucket s3:ListBucket s3:GetBucketLocation s3:GetBucketPolicy s3:GetBucketAcl s3:GetBucketCORS "
            "s3:GetBucketWebsite s3:GetBucketVersioning s3:GetAccelerateConfiguration s3:GetBucketRequestPayment "
            "s3:GetBucketLogging s3:GetLifecycleConfiguration s3:GetReplicationConfiguration s3:GetEncryptionConfiguration "
            f"s3:GetBucketObjectLockConfiguration s3:DeleteBucket s3:ListBucketVersions s3:DeleteObject "
            f"s3:DeleteObjectVersion {_S3_TAGS}"
        ),
    ),
    "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration": (
        "s3/bucket_lifecycle_configuration.go",
        "s3:PutLifecycleConfiguration s3:GetLifecycleConfiguration",
    ),
    "aws:s3/bucketOwnershipControls:BucketOwnershipControls": (
        "s3/bucket_ownership_controls.go",
        "s3:PutBucketOwnershipControls s3:GetBucketOwnershipControls",
    ),
    "aws:s3/bucketPolicy:BucketPolicy": (
        "s3/bucket_policy.go",
        "s3:PutBucketPolicy s3:GetBucketPolicy s3:DeleteBucketPolicy",
    ),
    "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": (
        "s3/bucket_public_access_block.go",
        "s3:PutBucketPublicAccessBlock s3:GetBucketPublicAccessBlock",
    ),
    "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": (
        "s3/bucket_server_side_encryption_configuration.go",
        "s3:PutEncryptionConfiguration s3:GetEncryptionConfiguration",
    ),
    "aws:s3/bucketVersioning:BucketVersioning": (
        "s3/bucket_versioning.go",
        "s3:PutBucketVersioning s3:GetBucketVersioning",
    ),
    "aws:sqs/queue:Queue": (
        "sqs/queue.go",
        (
            "sqs:CreateQueue sqs:GetQueueAttributes sqs:SetQueueAttributes sqs:DeleteQueue sqs:ListQueueTags "
            "sqs:TagQueue sqs:UntagQueue"
        ),
    ),
    "aws:sqs/queuePolicy:QueuePolicy": (
        "sqs/queue_policy.go",
        "sqs:SetQueueAttributes sqs:GetQueueAttributes",
    ),
}
"""Pulumi's type to the file of the real provider that carries it out, and the actions of what it calls."""

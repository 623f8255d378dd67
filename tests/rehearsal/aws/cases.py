"""One case a type: inputs that make it, and a change that AWS takes in place."""

from .scene import (
    TRUST,
    archive,
    asset,
    bucket_policy,
    dashboard,
    delivery,
    logs_bucket,
    policy,
    queue_policy,
    topic_policy,
)

HUB = "arn:aws:secretsmanager:us-east-1:123456789012:secret:ecr-pullthroughcache/docker-hub-AbCdEf"

# type -> (inputs, changes); a change to a property that AWS cannot change in place is listed in REPLACED instead.
CASES = {
    "aws:ec2/vpc:Vpc": lambda s: (
        {"cidrBlock": "10.1.0.0/16", "enableDnsSupport": True, "enableDnsHostnames": True, "tags": {"Name": "x"}},
        {"enableDnsHostnames": False, "tags": {"Name": "y"}},
    ),
    "aws:ec2/subnet:Subnet": lambda s: (
        {
            "vpcId": s.vpc().id,
            "cidrBlock": "10.0.9.0/26",
            "availabilityZone": "us-east-1a",
            "mapPublicIpOnLaunch": False,
            "assignIpv6AddressOnCreation": False,
            "tags": {"kubernetes.io/role/elb": "1"},
        },
        {"mapPublicIpOnLaunch": True, "tags": {}},
    ),
    "aws:ec2/internetGateway:InternetGateway": lambda s: ({"vpcId": s.vpc().id}, {"tags": {"a": "b"}}),
    "aws:ec2/eip:Eip": lambda s: ({"domain": "vpc"}, {"tags": {"a": "b"}}),
    "aws:ec2/natGateway:NatGateway": lambda s: (
        {"subnetId": s.subnet().id, "allocationId": s.eip().id},
        {"tags": {"Name": "nat"}},
    ),
    "aws:ec2/routeTable:RouteTable": lambda s: (
        {"vpcId": s.vpc().id, "routes": [{"cidrBlock": "0.0.0.0/0", "gatewayId": s.gateway().id}]},
        {"routes": [{"cidrBlock": "0.0.0.0/0", "natGatewayId": s.nat().id}]},
    ),
    "aws:ec2/route:Route": lambda s: (
        {"routeTableId": s.table().id, "destinationCidrBlock": "0.0.0.0/0", "natGatewayId": s.nat().id},
        {"natGatewayId": s.nat("nat-2").id},
    ),
    "aws:ec2/routeTableAssociation:RouteTableAssociation": lambda s: (
        {"routeTableId": s.table().id, "subnetId": s.subnet().id},
        {"routeTableId": s.table("table-2").id},
    ),
    "aws:ec2/mainRouteTableAssociation:MainRouteTableAssociation": lambda s: (
        {"vpcId": s.vpc().id, "routeTableId": s.table().id},
        {"routeTableId": s.table("table-2").id},
    ),
    "aws:ec2/vpcEndpoint:VpcEndpoint": lambda s: (
        {"vpcId": s.vpc().id, "serviceName": "com.amazonaws.us-east-1.s3", "routeTableIds": [s.table().id]},
        {"routeTableIds": [s.table().id, s.table("table-2").id]},
    ),
    "aws:ec2/flowLog:FlowLog": lambda s: (
        {
            "vpcId": s.vpc().id,
            "trafficType": "ALL",
            "iamRoleArn": s.role()["arn"],
            "logDestination": s.log_group()["arn"],
            "maxAggregationInterval": 600,
        },
        {"tags": {"a": "b"}},
    ),
    "aws:ec2/tag:Tag": lambda s: ({"resourceId": s.vpc().id, "key": "team", "value": "a"}, {"value": "b"}),
    "aws:ec2/securityGroup:SecurityGroup": lambda s: (
        {
            "vpcId": s.vpc().id,
            "description": "endpoints",
            "revokeRulesOnDelete": True,
            "ingress": [{"protocol": "tcp", "fromPort": 443, "toPort": 443, "cidrBlocks": ["10.0.0.0/16"]}],
        },
        {"ingress": [{"protocol": "tcp", "fromPort": 80, "toPort": 80, "cidrBlocks": ["10.0.0.0/16"]}]},
    ),
    "aws:ec2/securityGroupRule:SecurityGroupRule": lambda s: (
        {
            "type": "ingress",
            "securityGroupId": s.group().id,
            "protocol": "-1",
            "fromPort": 0,
            "toPort": 0,
            "self": True,
            "description": "each other",
        },
        {"description": "one another"},
    ),
    "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": lambda s: (
        {
            "securityGroupId": s.group().id,
            "ipProtocol": "tcp",
            "fromPort": 443,
            "toPort": 443,
            "cidrIpv4": "10.0.2.0/24",
        },
        {"cidrIpv4": "10.0.4.0/24"},
    ),
    "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule": lambda s: (
        {"securityGroupId": s.group().id, "ipProtocol": "-1", "referencedSecurityGroupId": s.group("other").id},
        {"tags": {"a": "b"}},
    ),
    "aws:ec2/launchTemplate:LaunchTemplate": lambda s: (
        {
            "updateDefaultVersion": True,
            "metadataOptions": {"httpTokens": "required", "httpPutResponseHopLimit": 1},
            "blockDeviceMappings": [
                {
                    "deviceName": "/dev/xvda",
                    "ebs": {"encrypted": "true", "volumeSize": 80, "volumeType": "gp3", "throughput": 125},
                }
            ],
            "tagSpecifications": [{"resourceType": "instance", "tags": {"owner": "x"}}],
        },
        {"metadataOptions": {"httpTokens": "required", "httpPutResponseHopLimit": 2}},
    ),
    "aws:ec2/keyPair:KeyPair": lambda s: (
        {"publicKey": "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJpUnkOUXDqfnsM2Y3WZUvU0dbhSZJ0ePVOrJ2zVxkTf"},
        {"tags": {"a": "b"}},
    ),
    "aws:autoscaling/group:Group": lambda s: (
        {
            "minSize": 0,
            "maxSize": 1,
            "desiredCapacity": 0,
            "vpcZoneIdentifiers": [s.subnet().id],
            "launchTemplate": {"id": s.template().id, "version": "1"},
        },
        {"maxSize": 2},
    ),
    "aws:iam/role:Role": lambda s: (
        {
            "assumeRolePolicy": TRUST,
            "description": "nodes",
            "permissionsBoundary": "arn:aws:iam::aws:policy/PowerUserAccess",
            "managedPolicyArns": ["arn:aws:iam::aws:policy/AmazonEKSWorkerNodePolicy"],
        },
        {"description": "nodes of a pool", "permissionsBoundary": None, "managedPolicyArns": []},
    ),
    "aws:iam/rolePolicy:RolePolicy": lambda s: (
        {"role": s.role().id, "policy": policy("s3:GetObject")},
        {"policy": policy("s3:PutObject")},
    ),
    "aws:iam/policy:Policy": lambda s: ({"policy": policy("s3:GetObject")}, {"policy": policy("s3:PutObject")}),
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment": lambda s: (
        {"role": s.role().id, "policyArn": "arn:aws:iam::aws:policy/AmazonEKSClusterPolicy"},
        None,
    ),
    "aws:iam/instanceProfile:InstanceProfile": lambda s: ({"role": s.role().id}, {"role": s.role("role-2").id}),
    "aws:iam/openIdConnectProvider:OpenIdConnectProvider": lambda s: (
        {"url": "https://oidc.eks.us-east-1.amazonaws.com/id/ABC", "clientIdLists": ["sts.amazonaws.com"]},
        {"tags": {"a": "b"}},
    ),
    "aws:iam/serviceLinkedRole:ServiceLinkedRole": lambda s: (
        {"awsServiceName": "spot.amazonaws.com", "description": "a"},
        {"description": "b"},
    ),
    "aws:kms/key:Key": lambda s: (
        {"enableKeyRotation": True, "description": "weights", "deletionWindowInDays": 7},
        {"enableKeyRotation": False, "description": "models"},
    ),
    "aws:kms/alias:Alias": lambda s: ({"targetKeyId": s.key()["arn"]}, None),
    "aws:kms/grant:Grant": lambda s: (
        {"keyId": s.key()["arn"], "granteePrincipal": s.role()["arn"], "operations": ["Decrypt", "CreateGrant"]},
        None,
    ),
    "aws:eks/cluster:Cluster": lambda s: (
        {
            "roleArn": s.role()["arn"],
            "version": "1.34",
            "enabledClusterLogTypes": ["audit", "api"],
            "vpcConfig": {
                "subnetIds": [s.subnet().id, s.subnet("b", "10.0.2.0/24").id],
                "securityGroupIds": [s.group().id],
                "endpointPublicAccess": True,
                "publicAccessCidrs": ["203.0.113.7/32"],
            },
            "encryptionConfig": {"provider": {"keyArn": s.key()["arn"]}, "resources": ["secrets"]},
            "accessConfig": {"authenticationMode": "API"},
        },
        {"version": "1.35", "enabledClusterLogTypes": ["api"]},
    ),
    "aws:eks/nodeGroup:NodeGroup": lambda s: (
        {
            "clusterName": s.cluster().id,
            "nodeRoleArn": s.role()["arn"],
            "subnetIds": [s.subnet().id],
            "instanceTypes": ["g5.2xlarge"],
            "amiType": "AL2023_x86_64_NVIDIA",
            "capacityType": "SPOT",
            "version": "1.35",
            "scalingConfig": {"minSize": 0, "desiredSize": 1, "maxSize": 2},
            "launchTemplate": {"id": s.template().id, "version": "1"},
            "labels": {"pool": "g5"},
            "taints": [{"key": "nvidia.com/gpu", "value": "present", "effect": "NO_SCHEDULE"}],
        },
        {"scalingConfig": {"minSize": 0, "desiredSize": 1, "maxSize": 3}, "labels": {"pool": "gpu"}, "taints": []},
    ),
    "aws:eks/addon:Addon": lambda s: (
        {"clusterName": s.cluster().id, "addonName": "coredns", "resolveConflictsOnCreate": "OVERWRITE"},
        {"resolveConflictsOnUpdate": "OVERWRITE"},
    ),
    "aws:eks/accessEntry:AccessEntry": lambda s: (
        {"clusterName": s.cluster().id, "principalArn": "arn:aws:iam::123456789012:role/platform-admin"},
        {"kubernetesGroups": ["admins"]},
    ),
    "aws:eks/accessPolicyAssociation:AccessPolicyAssociation": lambda s: (
        {
            "clusterName": s.cluster().id,
            "principalArn": "arn:aws:iam::123456789012:role/platform-admin",
            "policyArn": "arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy",
            "accessScope": {"type": "cluster"},
        },
        None,
    ),
    "aws:eks/podIdentityAssociation:PodIdentityAssociation": lambda s: (
        {"clusterName": s.cluster().id, "namespace": "llm", "serviceAccount": "a", "roleArn": s.role()["arn"]},
        {"roleArn": s.role("role-2")["arn"]},
    ),
    "aws:s3/bucket:Bucket": lambda s: ({"forceDestroy": True}, {"tags": {"a": "b"}}),
    "aws:s3/bucketVersioning:BucketVersioning": lambda s: (
        {"bucket": s.bucket().id, "versioningConfiguration": {"status": "Enabled"}},
        {"versioningConfiguration": {"status": "Suspended"}},
    ),
    "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": lambda s: (
        {
            "bucket": s.bucket().id,
            "rules": [
                {
                    "applyServerSideEncryptionByDefault": {"sseAlgorithm": "aws:kms", "kmsMasterKeyId": s.key()["arn"]},
                    "bucketKeyEnabled": True,
                }
            ],
        },
        {"rules": [{"applyServerSideEncryptionByDefault": {"sseAlgorithm": "AES256"}}]},
    ),
    "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": lambda s: (
        {
            "bucket": s.bucket().id,
            "blockPublicAcls": True,
            "blockPublicPolicy": True,
            "ignorePublicAcls": True,
            "restrictPublicBuckets": True,
        },
        {"restrictPublicBuckets": False},
    ),
    "aws:s3/bucketOwnershipControls:BucketOwnershipControls": lambda s: (
        {"bucket": s.bucket().id, "rule": {"objectOwnership": "BucketOwnerEnforced"}},
        {"rule": {"objectOwnership": "BucketOwnerPreferred"}},
    ),
    "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration": lambda s: (
        {
            "bucket": s.bucket().id,
            "rules": [
                {
                    "id": "logs",
                    "status": "Enabled",
                    "filter": {"prefix": "logs/"},
                    "expiration": {"days": 30},
                    "noncurrentVersionExpiration": {"noncurrentDays": 7, "newerNoncurrentVersions": 1},
                    "abortIncompleteMultipartUpload": {"daysAfterInitiation": 7},
                }
            ],
        },
        {"rules": [{"id": "logs", "status": "Disabled", "expiration": {"days": 10}}]},
    ),
    "aws:s3/bucketPolicy:BucketPolicy": lambda s: (
        {"bucket": s.bucket().id, "policy": bucket_policy(s.bucket().id, "TlsOnly")},
        {"policy": bucket_policy(s.bucket().id, "OnlyTls")},
    ),
    "aws:s3/bucketLogging:BucketLogging": lambda s: (
        {"bucket": s.bucket().id, "targetBucket": logs_bucket(s).id, "targetPrefix": "a/"},
        {"targetPrefix": "b/"},
    ),
    "aws:s3/bucketObjectv2:BucketObjectv2": lambda s: (
        {"bucket": s.bucket().id, "key": "gateway/0a1b.zip", "source": asset("a"), "contentType": "application/zip"},
        {"source": asset("b")},
    ),
    "aws:dynamodb/table:Table": lambda s: (
        {
            "name": "llm-dev-gateway",
            "billingMode": "PAY_PER_REQUEST",
            "hashKey": "pk",
            "rangeKey": "sk",
            "attributes": [{"name": "pk", "type": "S"}, {"name": "sk", "type": "S"}],
            "pointInTimeRecovery": {"enabled": True},
            "serverSideEncryption": {"enabled": True, "kmsKeyArn": s.key()["arn"]},
            "ttl": {"attributeName": "ttl", "enabled": True},
            "deletionProtectionEnabled": False,
        },
        {
            "pointInTimeRecovery": {"enabled": False},
            "ttl": {"attributeName": "ttl", "enabled": False},
        },
    ),
    "aws:acm/certificate:Certificate": lambda s: (
        {"domainName": "llm.example.com", "validationMethod": "DNS"},
        {"tags": {"a": "b"}},
    ),
    "aws:acm/certificateValidation:CertificateValidation": lambda s: (
        {"certificateArn": s.certificate().id, "validationRecordFqdns": [s.validation_record()["fqdn"]]},
        None,
    ),
    "aws:route53/record:Record": lambda s: (
        {"zoneId": s.zone(), "name": "llm.example.com", "type": "CNAME", "ttl": 60, "records": ["lb-1.example.net"]},
        {"records": ["lb-2.example.net"], "ttl": 300},
    ),
    "aws:cloudwatch/logGroup:LogGroup": lambda s: (
        {"name": "/aws/eks/llm/cluster", "retentionInDays": 30},
        {"retentionInDays": 90},
    ),
    "aws:cloudwatch/metricAlarm:MetricAlarm": lambda s: (
        {
            "name": "llm-dev-nat-port-errors",
            "namespace": "AWS/NATGateway",
            "metricName": "ErrorPortAllocation",
            "dimensions": {"NatGatewayId": "nat-1"},
            "statistic": "Sum",
            "period": 300,
            "evaluationPeriods": 1,
            "threshold": 0,
            "comparisonOperator": "GreaterThanThreshold",
            "treatMissingData": "notBreaching",
            "alarmActions": [s.topic().id],
            "okActions": [s.topic().id],
        },
        {"threshold": 5, "dimensions": {"NatGatewayId": "nat-2"}},
    ),
    "aws:cloudwatch/dashboard:Dashboard": lambda s: (
        {"dashboardName": "llm-dev", "dashboardBody": dashboard("a")},
        {"dashboardBody": dashboard("b")},
    ),
    "aws:lambda/function:Function": lambda s: (
        {
            "role": s.role()["arn"],
            "runtime": "python3.13",
            "handler": "chat.handler",
            "architectures": ["arm64"],
            "timeout": 30,
            "reservedConcurrentExecutions": 2,
            "environment": {"variables": {"SECRET_ARN": "arn:aws:secretsmanager:us-east-1:123456789012:secret:x"}},
            "deadLetterConfig": {"targetArn": s.queue()["arn"]},
            "code": archive({"chat.py": "a = 1"}),
        },
        {"code": archive({"chat.py": "a = 2"}), "timeout": 60, "reservedConcurrentExecutions": 1},
    ),
    "aws:lambda/permission:Permission": lambda s: (
        {
            "function": s.function().id,
            "action": "lambda:InvokeFunction",
            "principal": "sns.amazonaws.com",
            "sourceArn": s.topic().id,
        },
        None,
    ),
    "aws:budgets/budget:Budget": lambda s: (
        {
            "budgetType": "COST",
            "timeUnit": "MONTHLY",
            "limitAmount": "500",
            "limitUnit": "USD",
            "costFilters": [{"name": "TagKeyValue", "values": ["user:stack$dev"]}],
            "notifications": [
                {
                    "notificationType": "ACTUAL",
                    "comparisonOperator": "GREATER_THAN",
                    "threshold": 80,
                    "thresholdType": "PERCENTAGE",
                    "subscriberSnsTopicArns": [s.topic().id],
                }
            ],
        },
        {"limitAmount": "600"},
    ),
    "aws:ecr/pullThroughCacheRule:PullThroughCacheRule": lambda s: (
        {
            "ecrRepositoryPrefix": "llm-dev/docker-hub",
            "upstreamRegistryUrl": "registry-1.docker.io",
            "credentialArn": HUB,
        },
        {"credentialArn": f"{HUB}2"},
    ),
    "aws:ecr/repositoryCreationTemplate:RepositoryCreationTemplate": lambda s: (
        {
            "prefix": "llm-dev/docker-hub",
            "appliedFors": ["PULL_THROUGH_CACHE"],
            "encryptionConfigurations": [{"encryptionType": "AES256"}],
        },
        {"imageTagMutability": "IMMUTABLE"},
    ),
    "aws:amp/workspace:Workspace": lambda s: ({"alias": "llm-dev"}, {"alias": "llm-prod"}),
    "aws:kinesis/firehoseDeliveryStream:FirehoseDeliveryStream": lambda s: (
        {
            "name": "llm-dev-responses",
            "destination": "extended_s3",
            "serverSideEncryption": {"enabled": True, "keyType": "CUSTOMER_MANAGED_CMK", "keyArn": s.key()["arn"]},
            "extendedS3Configuration": delivery(s, 300),
        },
        {"extendedS3Configuration": delivery(s, 60)},
    ),
    "aws:sns/topic:Topic": lambda s: ({"displayName": "a"}, {"displayName": "b"}),
    "aws:sns/topicPolicy:TopicPolicy": lambda s: (
        {"arn": s.topic().id, "policy": topic_policy(s.topic().id, "A")},
        {"policy": topic_policy(s.topic().id, "B")},
    ),
    "aws:sns/topicSubscription:TopicSubscription": lambda s: (
        {"topic": s.topic().id, "protocol": "sqs", "endpoint": s.queue()["arn"]},
        {"rawMessageDelivery": True},
    ),
    "aws:sqs/queue:Queue": lambda s: ({"visibilityTimeoutSeconds": 30}, {"visibilityTimeoutSeconds": 60}),
    "aws:sqs/queuePolicy:QueuePolicy": lambda s: (
        {"queueUrl": s.queue().id, "policy": queue_policy(s.queue()["arn"], "A")},
        {"policy": queue_policy(s.queue()["arn"], "B")},
    ),
    "aws:cloudwatch/eventRule:EventRule": lambda s: (
        {"eventPattern": '{"source": ["aws.ec2"], "detail-type": ["x"]}', "description": "a"},
        {"eventPattern": '{"source": ["aws.health"]}', "state": "DISABLED"},
    ),
    "aws:cloudwatch/eventTarget:EventTarget": lambda s: (
        {"rule": s.event_rule().id, "arn": s.queue()["arn"]},
        {"arn": s.queue("other")["arn"], "retryPolicy": {"maximumRetryAttempts": 3}},
    ),
    "aws:secretsmanager/secret:Secret": lambda s: (
        {"description": "a", "recoveryWindowInDays": 0},
        {"description": "b"},
    ),
    "aws:secretsmanager/secretVersion:SecretVersion": lambda s: (
        {"secretId": s.secret().id, "secretString": "made up"},
        None,
    ),
    "aws:ssm/parameter:Parameter": lambda s: ({"type": "String", "value": "a"}, {"value": "b"}),
}

# Versioning is suspended, never removed; a topic always has a policy; a secret's version goes with the secret, a validation
# with its certificate.
LEFT_BEHIND = {
    "aws:acm/certificateValidation:CertificateValidation",
    "aws:s3/bucketVersioning:BucketVersioning",
    "aws:secretsmanager/secretVersion:SecretVersion",
    "aws:sns/topicPolicy:TopicPolicy",
}

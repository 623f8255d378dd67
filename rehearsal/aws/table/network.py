"""Networks: what the three-tier VPC is made of."""

from rehearsal.aws import checks, guards
from rehearsal.aws.kind import Kind, Read, Update, ec2_tags
from rehearsal.aws.special import network as special
from rehearsal.aws.special import routes

_ARN = "arn:{partition}:ec2:{region}:{account}"

KINDS = (
    Kind(
        token="aws:ec2/vpc:Vpc",
        service="ec2",
        create="create_vpc",
        id="Vpc.VpcId",
        read=Read(operation="describe_vpcs", arguments={"VpcIds": ["{id}"]}, path="Vpcs.0"),
        delete=("delete_vpc", {"VpcId": "{id}"}),
        renames={"assignGeneratedIpv6CidrBlock": "AmazonProvidedIpv6CidrBlock"},
        updates=tuple(
            Update(properties=(name,), operation="modify_vpc_attribute", arguments={"VpcId": "{id}"}, on_create=True)
            for name in ("enableDnsSupport", "enableDnsHostnames", "enableNetworkAddressUsageMetrics")
        ),
        replace=frozenset({"cidrBlock", "instanceTenancy", "ipv4IpamPoolId", "ipv4NetmaskLength"}),
        tags=ec2_tags("vpc"),
        outputs={
            "arn": _ARN + ":vpc/{id}",
            "ownerId": "{account}",
            "mainRouteTableId": "MainRouteTableId",
            "defaultRouteTableId": "MainRouteTableId",
            "defaultSecurityGroupId": "DefaultSecurityGroupId",
            "defaultNetworkAclId": "DefaultNetworkAclId",
            "dhcpOptionsId": "DhcpOptionsId",
        },
        defaults={
            "enableDnsSupport": True,
            "enableDnsHostnames": False,
            "enableNetworkAddressUsageMetrics": False,
            "instanceTenancy": "default",
            "assignGeneratedIpv6CidrBlock": False,
        },
        checks=(checks.cidr("cidrBlock", 16, 28),),
        guards=(guards.vpc_is_empty,),
        behaviour=special.Vpc,
    ),
    Kind(
        token="aws:ec2/subnet:Subnet",
        service="ec2",
        create="create_subnet",
        id="Subnet.SubnetId",
        read=Read(operation="describe_subnets", arguments={"SubnetIds": ["{id}"]}, path="Subnets.0"),
        delete=("delete_subnet", {"SubnetId": "{id}"}),
        updates=tuple(
            Update(
                properties=(name,), operation="modify_subnet_attribute", arguments={"SubnetId": "{id}"}, on_create=True
            )
            for name in ("mapPublicIpOnLaunch", "assignIpv6AddressOnCreation")
        ),
        skip=frozenset({"enableDns64", "privateDnsHostnameTypeOnLaunch", "enableResourceNameDnsARecordOnLaunch"}),
        replace=frozenset({"vpcId", "cidrBlock", "availabilityZone", "availabilityZoneId", "ipv6Native", "outpostArn"}),
        tags=ec2_tags("subnet"),
        outputs={
            "arn": "SubnetArn",
            "ownerId": "{account}",
            "availabilityZone": "AvailabilityZone",
            "availabilityZoneId": "AvailabilityZoneId",
        },
        defaults={
            "mapPublicIpOnLaunch": False,
            "assignIpv6AddressOnCreation": False,
            "enableDns64": False,
            "ipv6Native": False,
            "privateDnsHostnameTypeOnLaunch": "ip-name",
        },
        checks=(checks.cidr("cidrBlock", 16, 28),),
        guards=(guards.subnet_is_empty,),
    ),
    Kind(
        token="aws:ec2/internetGateway:InternetGateway",
        service="ec2",
        create="create_internet_gateway",
        id="InternetGateway.InternetGatewayId",
        read=Read(
            operation="describe_internet_gateways",
            arguments={"InternetGatewayIds": ["{id}"]},
            path="InternetGateways.0",
        ),
        delete=("delete_internet_gateway", {"InternetGatewayId": "{id}"}),
        skip=frozenset({"vpcId"}),
        tags=ec2_tags("internet-gateway"),
        outputs={"arn": _ARN + ":internet-gateway/{id}", "ownerId": "{account}"},
        guards=(guards.gateway_is_unused,),
        behaviour=special.InternetGateway,
    ),
    Kind(
        token="aws:ec2/eip:Eip",
        service="ec2",
        create="allocate_address",
        id="AllocationId",
        read=Read(operation="describe_addresses", arguments={"AllocationIds": ["{id}"]}, path="Addresses.0"),
        delete=("release_address", {"AllocationId": "{id}"}),
        fixed={"Domain": "vpc"},
        skip=frozenset({"domain", "vpc"}),
        replace=frozenset({"domain", "networkBorderGroup", "publicIpv4Pool", "address"}),
        tags=ec2_tags("elastic-ip"),
        outputs={
            "arn": _ARN + ":elastic-ip/{id}",
            "allocationId": "{id}",
            "associationId": "AssociationId",
            "networkBorderGroup": "{region}",
        },
        defaults={"domain": "vpc"},
        guards=(guards.address_is_unused,),
        behaviour=special.Address,
    ),
    Kind(
        token="aws:ec2/natGateway:NatGateway",
        service="ec2",
        create="create_nat_gateway",
        id="NatGateway.NatGatewayId",
        read=Read(
            operation="describe_nat_gateways",
            arguments={"NatGatewayIds": ["{id}"]},
            path="NatGateways.0",
            gone=("State", frozenset({"deleted", "deleting"})),
        ),
        delete=("delete_nat_gateway", {"NatGatewayId": "{id}"}),
        replace=frozenset({"allocationId", "connectivityType", "privateIp", "subnetId"}),
        tags=ec2_tags("natgateway"),
        outputs={
            "allocationId": "NatGatewayAddresses.0.AllocationId",
            "associationId": "NatGatewayAddresses.0.AssociationId",
            "networkInterfaceId": "NatGatewayAddresses.0.NetworkInterfaceId",
            "privateIp": "NatGatewayAddresses.0.PrivateIp",
            "vpcId": "VpcId",
        },
        defaults={"connectivityType": "public"},
        checks=(checks.public_nat_has_address,),
        behaviour=special.NatGateway,
    ),
    Kind(
        token="aws:ec2/routeTable:RouteTable",
        service="ec2",
        create="create_route_table",
        id="RouteTable.RouteTableId",
        read=Read(operation="describe_route_tables", arguments={"RouteTableIds": ["{id}"]}, path="RouteTables.0"),
        delete=("delete_route_table", {"RouteTableId": "{id}"}),
        skip=frozenset({"routes"}),
        replace=frozenset({"vpcId"}),
        tags=ec2_tags("route-table"),
        outputs={"arn": _ARN + ":route-table/{id}", "ownerId": "{account}"},
        behaviour=routes.RouteTable,
    ),
    Kind(
        token="aws:ec2/route:Route",
        service="ec2",
        create="create_route",
        read=Read(
            operation="describe_route_tables", arguments={"RouteTableIds": ["{routeTableId}"]}, path="RouteTables.0"
        ),
        replace=frozenset(
            {"routeTableId", "destinationCidrBlock", "destinationIpv6CidrBlock", "destinationPrefixListId"}
        ),
        outputs={"origin": "Origin", "state": "State"},
        checks=(checks.route_has_target, checks.cidr("destinationCidrBlock", 0, 32)),
        behaviour=routes.Route,
    ),
    Kind(
        token="aws:ec2/routeTableAssociation:RouteTableAssociation",
        service="ec2",
        create="associate_route_table",
        id="AssociationId",
        read=Read(
            operation="describe_route_tables",
            arguments={"Filters": [{"Name": "association.subnet-id", "Values": ["{subnetId}"]}]},
            path="RouteTables.0",
        ),
        replace=frozenset({"subnetId", "gatewayId"}),
        behaviour=routes.RouteTableAssociation,
    ),
    Kind(
        token="aws:ec2/mainRouteTableAssociation:MainRouteTableAssociation",
        service="ec2",
        create="replace_route_table_association",
        id="NewAssociationId",
        read=Read(
            operation="describe_route_tables",
            arguments={
                "Filters": [
                    {"Name": "association.main", "Values": ["true"]},
                    {"Name": "vpc-id", "Values": ["{vpcId}"]},
                ]
            },
            path="RouteTables.0",
        ),
        replace=frozenset({"vpcId"}),
        behaviour=routes.MainRouteTableAssociation,
    ),
    Kind(
        token="aws:ec2/vpcEndpoint:VpcEndpoint",
        service="ec2",
        create="create_vpc_endpoint",
        id="VpcEndpoint.VpcEndpointId",
        read=Read(
            operation="describe_vpc_endpoints",
            arguments={"VpcEndpointIds": ["{id}"]},
            path="VpcEndpoints.0",
            gone=("State", frozenset({"deleted", "deleting"})),
        ),
        delete=("delete_vpc_endpoints", {"VpcEndpointIds": ["{id}"]}),
        renames={"policy": "PolicyDocument"},
        skip=frozenset({"autoAccept"}),
        replace=frozenset({"vpcId", "serviceName", "vpcEndpointType", "serviceRegion", "resourceConfigurationArn"}),
        tags=ec2_tags("vpc-endpoint"),
        outputs={
            "arn": _ARN + ":vpc-endpoint/{id}",
            "ownerId": "{account}",
            "state": "State",
            "networkInterfaceIds": "NetworkInterfaceIds",
            "prefixListId": "PrefixListId",
            "policy": "PolicyDocument",
            "serviceRegion": "{region}",
        },
        defaults={
            "vpcEndpointType": "Gateway",
            "privateDnsEnabled": False,
            "routeTableIds": [],
            "subnetIds": [],
            "securityGroupIds": [],
        },
        checks=(checks.endpoint_fits_its_type,),
        behaviour=special.VpcEndpoint,
    ),
    Kind(
        token="aws:ec2/flowLog:FlowLog",
        service="ec2",
        create="create_flow_logs",
        id="FlowLogIds.0",
        read=Read(operation="describe_flow_logs", arguments={"FlowLogIds": ["{id}"]}, path="FlowLogs.0"),
        delete=("delete_flow_logs", {"FlowLogIds": ["{id}"]}),
        renames={"iamRoleArn": "DeliverLogsPermissionArn"},
        replace=frozenset(
            {
                *("vpcId", "subnetId", "eniId", "transitGatewayId", "trafficType", "iamRoleArn", "logDestination"),
                *("logDestinationType", "logGroupName", "logFormat", "maxAggregationInterval", "destinationOptions"),
            }
        ),
        tags=ec2_tags("vpc-flow-log"),
        outputs={"arn": _ARN + ":vpc-flow-log/{id}", "logFormat": "LogFormat", "logDestination": "LogDestination"},
        defaults={"logDestinationType": "cloud-watch-logs", "maxAggregationInterval": 600},
        behaviour=special.FlowLog,
    ),
    Kind(
        token="aws:ec2/tag:Tag",
        service="ec2",
        create="create_tags",
        id="{resourceId},{key}",
        read=Read(
            operation="describe_tags",
            arguments={
                "Filters": [{"Name": "resource-id", "Values": ["{resourceId}"]}, {"Name": "key", "Values": ["{key}"]}]
            },
            path="Tags.0",
        ),
        delete=("delete_tags", {"Resources": ["{resourceId}"], "Tags": [{"Key": "{key}"}]}),
        fixed={"Resources": ["{resourceId}"], "Tags": [{"Key": "{key}", "Value": "{value}"}]},
        skip=frozenset({"resourceId", "key"}),
        replace=frozenset({"resourceId", "key"}),
        behaviour=special.Tag,
    ),
)

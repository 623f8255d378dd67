"""Functions of the aws package (``aws.getCallerIdentity`` and others), by their tokens."""

import json
import re
import zlib
from collections.abc import Callable, Mapping
from typing import Any

from planner.catalog.partitions import partition_of
from rehearsal.aws.context import ResourceContext
from rehearsal.aws.policy_document import policy_document
from rehearsal.aws.versions import CLUSTER_VERSIONS, DEFAULT_CLUSTER_VERSION, addon_version
from rehearsal.plugins.errors import ProviderError
from rehearsal.plugins.wire import Properties
from rehearsal.sandbox import ACCOUNT

Function = Callable[[ResourceContext, Properties], Properties]


def _caller_identity(context: ResourceContext, _: Properties) -> Properties:
    answer = context.call("sts", "get_caller_identity")
    return {"id": ACCOUNT, "accountId": answer["Account"], "arn": answer["Arn"], "userId": answer["UserId"]}


def _partition(context: ResourceContext, _: Properties) -> Properties:
    partition = partition_of(context.region)
    suffix = "amazonaws.com.cn" if partition == "aws-cn" else "amazonaws.com"
    prefix = ".".join(reversed(suffix.split(".")))
    return {"id": partition, "partition": partition, "dnsSuffix": suffix, "reverseDnsPrefix": prefix}


def _region(context: ResourceContext, _: Properties) -> Properties:
    region = context.region
    endpoint = f"ec2.{region}.amazonaws.com"
    return {"id": region, "name": region, "region": region, "description": region, "endpoint": endpoint}


def _filters(args: Properties) -> list[dict[str, Any]]:
    filters = [{"Name": item["name"], "Values": item["values"]} for item in args.get("filters") or []]
    filters += [{"Name": f"tag:{key}", "Values": [value]} for key, value in (args.get("tags") or {}).items()]
    return filters


def _availability_zones(context: ResourceContext, args: Properties) -> Properties:
    found = context.call("ec2", "describe_availability_zones", Filters=_filters(args))["AvailabilityZones"]
    excluded = {*(args.get("excludeNames") or []), *(args.get("excludeZoneIds") or [])}
    zones = [
        zone
        for zone in found
        if zone["ZoneName"] not in excluded
        and zone.get("ZoneId") not in excluded
        and args.get("state") in (None, zone["State"])
    ]
    zones.sort(key=lambda zone: zone["ZoneName"])
    return {
        **args,
        "id": context.region,
        "names": [zone["ZoneName"] for zone in zones],
        "zoneIds": [zone.get("ZoneId", "") for zone in zones],
        "groupNames": [context.region],
        "region": context.region,
    }


def _policy_document(_: ResourceContext, args: Properties) -> Properties:
    text = policy_document(args)
    return {**args, "id": str(zlib.crc32(text.encode())), "json": text, "minifiedJson": json.dumps(json.loads(text))}


def _parameter(context: ResourceContext, args: Properties) -> Properties:
    name = args["name"]
    answer = context.call("ssm", "get_parameter", Name=name, WithDecryption=args.get("withDecryption", True))
    parameter = answer["Parameter"]
    return {
        "id": name,
        "name": name,
        "arn": parameter["ARN"],
        "type": parameter["Type"],
        "value": parameter["Value"],
        "insecureValue": parameter["Value"] if parameter["Type"] != "SecureString" else "",
        "version": parameter["Version"],
    }


def _roles(context: ResourceContext, args: Properties) -> Properties:
    prefix = {"PathPrefix": args["pathPrefix"]} if args.get("pathPrefix") else {}
    pattern = re.compile(args.get("nameRegex") or "")
    found: list[dict[str, Any]] = []
    marker: dict[str, str] = {}
    while True:
        answer = context.call("iam", "list_roles", **prefix, **marker)
        found += answer["Roles"]
        if not answer.get("IsTruncated"):
            break
        marker = {"Marker": answer["Marker"]}
    matching = sorted((role for role in found if pattern.search(role["RoleName"])), key=lambda role: role["RoleName"])
    return {
        **args,
        "id": context.region,
        "names": [role["RoleName"] for role in matching],
        "arns": [role["Arn"] for role in matching],
    }


def _role(context: ResourceContext, args: Properties) -> Properties:
    role = context.call("iam", "get_role", RoleName=args["name"])["Role"]
    return {**args, "id": role["RoleName"], "arn": role["Arn"], "path": role["Path"], "tags": _tag_map(role)}


def _addon_version(_: ResourceContext, args: Properties) -> Properties:
    version = addon_version(args["addonName"])
    return {**args, "id": args["addonName"], "version": version}


def _cluster_versions(_: ResourceContext, args: Properties) -> Properties:
    versions = [
        {"clusterVersion": version, "clusterType": "eks", "defaultVersion": version == DEFAULT_CLUSTER_VERSION}
        for version in reversed(CLUSTER_VERSIONS)
    ]
    return {**args, "id": "versions", "clusterVersions": versions}


def _cluster(context: ResourceContext, args: Properties) -> Properties:
    found = context.call("eks", "describe_cluster", name=args["name"])["cluster"]
    return {
        "id": args["name"],
        "name": args["name"],
        "arn": found["arn"],
        "endpoint": context.sandbox.kubernetes_url,
        "roleArn": found["roleArn"],
        "status": found["status"],
        "version": found["version"],
        "tags": found.get("tags") or {},
        "identities": [{"oidcs": [{"issuer": found["identity"]["oidc"]["issuer"]}]}],
    }


def _one(found: list[Any], what: str, args: Properties) -> Any:
    if len(found) != 1:
        raise ProviderError(f"{what}: {len(found)} match {json.dumps(args, sort_keys=True)}, one is needed")
    return found[0]


def _vpc(context: ResourceContext, args: Properties) -> Properties:
    ids = {"VpcIds": [args["id"]]} if args.get("id") else {}
    filters = _filters(args)
    for key, name in (("cidrBlock", "cidr"), ("default", "is-default"), ("state", "state")):
        if args.get(key) is not None:
            filters.append({"Name": name, "Values": [str(args[key]).lower()]})
    vpc = _one(context.call("ec2", "describe_vpcs", Filters=filters, **ids)["Vpcs"], "getVpc", args)
    resource = vpc["VpcId"]
    return {
        "id": resource,
        "arn": f"arn:{partition_of(context.region)}:ec2:{context.region}:{ACCOUNT}:vpc/{resource}",
        "cidrBlock": vpc["CidrBlock"],
        "default": vpc["IsDefault"],
        "instanceTenancy": vpc.get("InstanceTenancy", "default"),
        "ownerId": ACCOUNT,
        "state": vpc["State"],
        "tags": _tag_map(vpc),
    }


def _tag_map(found: Mapping[str, Any]) -> dict[str, str]:
    return {tag["Key"]: tag["Value"] for tag in found.get("Tags", [])}


def _subnets(context: ResourceContext, args: Properties) -> Properties:
    found = context.call("ec2", "describe_subnets", Filters=_filters(args))["Subnets"]
    return {**args, "id": context.region, "ids": sorted(subnet["SubnetId"] for subnet in found)}


def _subnet(context: ResourceContext, args: Properties) -> Properties:
    ids = {"SubnetIds": [args["id"]]} if args.get("id") else {}
    filters = _filters(args)
    for key, name in (("vpcId", "vpc-id"), ("availabilityZone", "availability-zone"), ("cidrBlock", "cidr-block")):
        if args.get(key) is not None:
            filters.append({"Name": name, "Values": [args[key]]})
    subnet = _one(context.call("ec2", "describe_subnets", Filters=filters, **ids)["Subnets"], "getSubnet", args)
    return {
        "id": subnet["SubnetId"],
        "arn": subnet["SubnetArn"],
        "availabilityZone": subnet["AvailabilityZone"],
        "availabilityZoneId": subnet["AvailabilityZoneId"],
        "cidrBlock": subnet["CidrBlock"],
        "vpcId": subnet["VpcId"],
        "mapPublicIpOnLaunch": subnet["MapPublicIpOnLaunch"],
        "availableIpAddressCount": subnet["AvailableIpAddressCount"],
        "ownerId": ACCOUNT,
        "state": subnet["State"],
        "tags": _tag_map(subnet),
    }


def _instance_type(context: ResourceContext, args: Properties) -> Properties:
    name = args["instanceType"]
    found = context.call("ec2", "describe_instance_types", InstanceTypes=[name])["InstanceTypes"][0]
    gpus = found.get("GpuInfo", {})
    return {
        "id": name,
        "instanceType": name,
        "defaultVcpus": found["VCpuInfo"]["DefaultVCpus"],
        "memorySize": found["MemoryInfo"]["SizeInMiB"],
        "supportedArchitectures": found["ProcessorInfo"]["SupportedArchitectures"],
        "totalGpuMemory": gpus.get("TotalGpuMemoryInMiB", 0),
        "gpuses": [
            {
                "count": gpu["Count"],
                "manufacturer": gpu["Manufacturer"],
                "name": gpu["Name"],
                "memorySize": gpu["MemoryInfo"]["SizeInMiB"],
            }
            for gpu in gpus.get("Gpus", [])
        ],
    }


def _load_balancers(context: ResourceContext, args: Properties) -> Properties:
    """Those of moto: the load balancers of Services and Ingresses, which the node agent makes, are not among them."""
    wanted = args.get("tags") or {}
    arns = [one["LoadBalancerArn"] for one in context.call("elbv2", "describe_load_balancers")["LoadBalancers"]]
    described = context.call("elbv2", "describe_tags", ResourceArns=arns)["TagDescriptions"] if arns else []
    found = [one["ResourceArn"] for one in described if wanted.items() <= _tag_map(one).items()]
    return {**args, "id": context.region, "arns": sorted(found), "region": context.region}


def _service_principal(context: ResourceContext, args: Properties) -> Properties:
    service = args["serviceName"]
    suffix = "amazonaws.com.cn" if partition_of(context.region) == "aws-cn" and service == "ec2" else "amazonaws.com"
    name = f"{service}.{suffix}"
    return {**args, "id": name, "name": name, "suffix": suffix, "region": context.region}


FUNCTIONS: dict[str, Function] = {
    "aws:index/getCallerIdentity:getCallerIdentity": _caller_identity,
    "aws:index/getPartition:getPartition": _partition,
    "aws:index/getRegion:getRegion": _region,
    "aws:index/getAvailabilityZones:getAvailabilityZones": _availability_zones,
    "aws:index/getServicePrincipal:getServicePrincipal": _service_principal,
    "aws:iam/getPolicyDocument:getPolicyDocument": _policy_document,
    "aws:iam/getRoles:getRoles": _roles,
    "aws:iam/getRole:getRole": _role,
    "aws:ssm/getParameter:getParameter": _parameter,
    "aws:eks/getAddonVersion:getAddonVersion": _addon_version,
    "aws:eks/getClusterVersions:getClusterVersions": _cluster_versions,
    "aws:eks/getCluster:getCluster": _cluster,
    "aws:lb/getLbs:getLbs": _load_balancers,
    "aws:ec2/getVpc:getVpc": _vpc,
    "aws:ec2/getSubnets:getSubnets": _subnets,
    "aws:ec2/getSubnet:getSubnet": _subnet,
    "aws:ec2/getInstanceType:getInstanceType": _instance_type,
}

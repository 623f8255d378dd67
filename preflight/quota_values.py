"""Values of service quotas, as the account has them, and the command that requests more."""

import math

from preflight.cloud import Cloud, GoneError


def value_of(cloud: Cloud, service: str, code: str) -> float | None:
    """The quota of the account, or AWS's default where none was ever applied for.

    Infinite if there is no such quota; None if AWS does not report its value.

    Args:
        cloud: the account and region.
        service: code of the service, such as ``ec2``.
        code: code of the quota, such as ``L-DB2E81BA``.
    """
    for operation in ("get_service_quota", "get_aws_default_service_quota"):
        try:
            answer = cloud.ask("service-quotas", operation, ServiceCode=service, QuotaCode=code)
        except GoneError:
            continue
        value = answer["Quota"].get("Value")
        return None if value is None else float(value)
    return math.inf


def request(region: str, service: str, code: str, value: int) -> str:
    """The command that requests a value, in backquotes."""
    return (
        f"`aws service-quotas request-service-quota-increase --region {region} --service-code {service} "
        f"--quota-code {code} --desired-value {value}`"
    )

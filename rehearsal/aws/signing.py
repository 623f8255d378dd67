"""Requests of AWS over plain HTTP, for callers that need a few answers and no SDK."""


def signed(region: str, service: str) -> dict[str, str]:
    """Return headers for moto, which distinguishes regions and services by the credential scope and checks no signature."""
    scope = f"rehearsal/20260101/{region}/{service}/aws4_request"
    return {"Authorization": f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=none"}


def signed_json(region: str, service: str, operation: str) -> dict[str, str]:
    """Return headers for an operation of a service that speaks AWS JSON 1.1.

    Args:
        region: Its region.
        service: As the credential scope has it.
        operation: As ``X-Amz-Target`` has it, such as ``AWSEvents.PutEvents``.
    """
    return signed(region, service) | {"X-Amz-Target": operation, "Content-Type": "application/x-amz-json-1.1"}

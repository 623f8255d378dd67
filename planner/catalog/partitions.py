"""Partitions of AWS, by the names of their regions."""

PARTITIONS = ("aws", "aws-us-gov")
"""Where AWS's services have the names that the program gives them, and its images and models can be fetched."""
_PREFIXES = {
    "cn-": "aws-cn",
    "us-gov-": "aws-us-gov",
    "us-iso-": "aws-iso",
    "us-isob-": "aws-iso-b",
    "us-isof-": "aws-iso-f",
    "eu-isoe-": "aws-iso-e",
    "eusc-": "aws-eusc",
}


def partition_of(region: str) -> str:
    """The AWS partition of a region."""
    return next((name for prefix, name in _PREFIXES.items() if region.startswith(prefix)), "aws")


def has_budgets(region: str) -> bool:
    """Whether AWS Budgets is there: GovCloud is billed by an account of another partition (endpoints.json of botocore names none there)."""
    return partition_of(region) != "aws-us-gov"

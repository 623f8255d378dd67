"""Partition and sort keys of the gateway's table.

========================  ==============================  ====================================================
partition key             sort key                        item
========================  ==============================  ====================================================
``KEY#<sha256>``          ``KEY``                         an API key, by the SHA-256 of its text
``USED#<sha256>``         ``LAST``                        when the key was last used, for 13 months
``TENANT#<tenant>``       ``LIMITS``                      what a tenant may use
``TENANT#<tenant>``       ``KEY#<shown>#<sha256>``        that the tenant has this key
``TENANT#<tenant>``       ``RESPONSE_LOGS``               that the tenant agrees to response logs
``TENANTS``               ``<tenant>``                    every tenant that ever was, for lists
``COUNT#<tenant>``        ``MINUTE#<epoch minute>``       requests and tokens of a minute
``SPEND#<tenant>``        ``DAY#<date>``, ``MONTH#<..>``  millionths of a dollar of a day or month, in UTC
``USAGE#<tenant>``        ``HOUR#<hour>#<model>#<team>``  requests, tokens and cost of an hour, in UTC
``USAGE#<tenant>``        ``BATCH#<id>``                  that a batch of usage was written
``USAGE#``                ``FILE#<month>``                when a gateway last wrote a month's file
========================  ==============================  ====================================================

Of the gateway's role, ``dynamodb:LeadingKeys`` limits writes to ``USED#``, ``COUNT#``, ``SPEND#`` and ``USAGE#``.
"""

from datetime import UTC, datetime

from gateway.store.table import Place

TENANTS = "TENANTS"
LIMITS = "LIMITS"
RESPONSE_LOGS = "RESPONSE_LOGS"
KEY_ENTRY = "KEY#"


def key_place(digest: str) -> Place:
    """An API key."""
    return f"KEY#{digest}", "KEY"


def used_place(digest: str) -> Place:
    """When an API key was last used."""
    return f"USED#{digest}", "LAST"


def tenant_partition(tenant: str) -> str:
    """A tenant's limits and keys."""
    return f"TENANT#{tenant}"


def limits_place(tenant: str) -> Place:
    """A tenant's limits."""
    return tenant_partition(tenant), LIMITS


def consent_place(tenant: str) -> Place:
    """A tenant's consent to response logs."""
    return tenant_partition(tenant), RESPONSE_LOGS


def entry_place(tenant: str, shown: str, digest: str) -> Place:
    """That a tenant has a key."""
    return tenant_partition(tenant), f"{KEY_ENTRY}{shown}#{digest}"


def listed_place(tenant: str) -> Place:
    """That there is, or was, a tenant."""
    return TENANTS, tenant


def count_place(tenant: str, minute: int) -> Place:
    """Requests and tokens of a minute since the epoch."""
    return f"COUNT#{tenant}", f"MINUTE#{minute}"


def day_place(tenant: str, day: str) -> Place:
    """Spend of a day, such as ``2026-11-27``."""
    return f"SPEND#{tenant}", f"DAY#{day}"


def month_place(tenant: str, month: str) -> Place:
    """Spend of a month, such as ``2026-11``."""
    return f"SPEND#{tenant}", f"MONTH#{month}"


def usage_partition(tenant: str) -> str:
    """A tenant's usage."""
    return f"USAGE#{tenant}"


def file_place(month: str) -> Place:
    """When a month's file was last written; no tenant has an empty name."""
    return "USAGE#", f"FILE#{month}"


def hour_of(epoch: float) -> str:
    """The hour in UTC, such as ``2026-11-27T08``."""
    return datetime.fromtimestamp(epoch, UTC).strftime("%Y-%m-%dT%H")

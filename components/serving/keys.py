"""The Secret of a service's keys, which its kind makes and the gateway reads."""

KEYS_SUFFIX = "keys"


def key_secret(service: str) -> str:
    """Name of the Secret with the keys of a service that has an API key."""
    return f"{service}-{KEYS_SUFFIX}"

"""Targets whose scrapes fail."""


def unread(selector: str, label: str) -> str:
    """The share of the targets that Prometheus cannot read, by a label, where it is more than a fifth.

    Args:
        selector: Which targets, such as `job="engines"`.
        label: Such as `service`.
    """
    up = f"up{{{selector}}}"
    return f"count by ({label}) ({up} == 0) / on ({label}) count by ({label}) ({up}) > 0.2"

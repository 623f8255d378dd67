"""What ``increase()`` does not see of a counter: it is 0 for the first sample of a series, which begins with its first event."""


def begun(counter: str, window: str) -> str:
    """The series of a counter that had no sample a window ago, with their values now.

    Args:
        counter: Selector of the counter.
        window: Range, such as ``5m``.
    """
    return f"{counter} unless {counter} offset {window}"


def begun_since_read(counter: str, window: str, *, up: str, on: str = "") -> str:
    """The same without those that may be older: of a target that Prometheus did not read a window ago.

    Args:
        counter: Selector of the counter.
        window: Range, such as ``5m``.
        up: Selector of ``up`` of its targets.
        on: Label by which a series belongs to its target; empty: all targets count.
    """
    read = f"{up} offset {window}"
    return f"({begun(counter, window)}) and on ({on}) ({read if on else f'min({read})'} == 1)"

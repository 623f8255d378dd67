"""Whole numbers from texts that anybody may send."""

LARGEST = 2**31 - 1
"""No count, length or row number of the portal is larger."""
_LONGEST = len(str(LARGEST))


def whole(text: str) -> int | None:
    """The number a text says; None when it says none, or one larger than anything here."""
    if not text.isdecimal() or len(text) > _LONGEST:
        return None
    found = int(text)
    return found if found <= LARGEST else None

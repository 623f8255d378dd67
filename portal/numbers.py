"""Whole numbers from texts that anybody may send, and amounts of money in words."""

MINUS = "\N{MINUS SIGN}"
LARGEST = 2**31 - 1
"""No count, length or row number of the portal is larger."""
_LONGEST = len(str(LARGEST))


def whole(text: str) -> int | None:
    """The number a text says; None when it says none, or one larger than anything here."""
    if not text.isdecimal() or len(text) > _LONGEST:
        return None
    found = int(text)
    return found if found <= LARGEST else None


def dollars(value: float) -> str:
    """US dollars to the cent; below a cent with two digits, down to a millionth, so that what costs little is not nothing."""
    amount = abs(value)
    small = f"{float(f'{amount:.2g}'):.6f}".rstrip("0").rstrip(".") if 0 < amount < 0.01 else ""
    return f"{MINUS if value < 0 else ''}${small if small not in {'', '0'} else f'{amount:,.2f}'}"

"""Quantities of Kubernetes, such as 1500m and 2Gi, as numbers."""

import re
from decimal import Decimal, DecimalException
from typing import Final

_QUANTITY: Final = re.compile(r"([+-]?[0-9.]+(?:[eE][+-]?[0-9]+)?)([numkMGTPE]|[KMGTPE]i)?")
_SUFFIXES: Final = {
    **{
        suffix: Decimal(10) ** power
        for suffix, power in zip("numkMGTPE", (-9, -6, -3, 3, 6, 9, 12, 15, 18), strict=True)
    },
    **{f"{suffix}i": Decimal(1024) ** power for power, suffix in enumerate("KMGTPE", start=1)},
}


def parse(value: object) -> Decimal | None:
    """The number that a quantity is, such as cores or bytes, from text or a number; None for anything else."""
    matched = _QUANTITY.fullmatch(str(value).strip()) if isinstance(value, str | int | float) else None
    if not matched:
        return None
    try:
        return Decimal(matched[1]) * _SUFFIXES.get(matched[2] or "", Decimal(1))
    except DecimalException:
        return None

"""Figures of panels in words."""

from math import isfinite

_BINARY = ("B", "KiB", "MiB", "GiB", "TiB")


def shown(value: float, unit: str) -> str:
    """A value with its unit, short enough for an axis."""
    if not isfinite(value):
        return "none"
    if unit == "s":
        return f"{value * 1000:.3g} ms" if abs(value) < 1 else f"{value:.3g} s"
    if unit == "percentunit":
        return f"{value * 100:.3g} %" if abs(value) < 10 else f"{value * 100:,.0f} %"
    if unit == "bytes":
        step = 0
        while abs(value) >= 1024 and step < len(_BINARY) - 1:
            value, step = value / 1024, step + 1
        return f"{value:.3g} {_BINARY[step]}"
    if unit == "currencyUSD":
        return f"${value:,.2f}" if value < 1000 else f"${value:,.0f}"
    ends = {"reqps": "/s", "cps": "/s", "celsius": " °C", "watt": " W", "d": " d"}
    ending = ends.get(unit, "")
    return f"{value:,.0f}{ending}" if abs(value) >= 1000 else f"{value:.3g}{ending}"


def axis_unit(unit: str) -> str:
    """What follows the title, where the values do not say it."""
    return unit.removeprefix("suffix: ") if unit.startswith("suffix: ") else ""

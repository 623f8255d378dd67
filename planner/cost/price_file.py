"""Prices from a file of one's own, JSON or YAML, in the form of the table that ships (``planner/data``)."""

import difflib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import yaml

from planner.bounded import read_start, within
from planner.catalog.instances import instance_types
from planner.cost.prices import UNITS, Price, PriceTable, Rate
from planner.shown import as_yaml, one_line, shortened

_BY_UNIT = {
    "other_usd_per_hour": "an hour",
    "other_usd_per_gib_month": "a GiB and month",
    "other_usd_per_month": "a month",
    "other_usd_per_gib": "a GiB",
}
_KNOWN = ("source", "network_source", "date", "region", "currency", "instances", "spot_discount", *_BY_UNIT)
_NOT_PRICES = frozenset({"price_source", "compute_capability", "cuda_visible_gib"})
"""What the shipped table holds beside prices, so that an edited copy of it is a file of prices."""


MOST_BYTES = 512 * 1024
"""Largest file of prices; the table that ships has 11 KiB."""
READ_SECONDS = 2.0
_MOST_PROBLEMS = 20
_SHOWN = 200
"""Characters of a key that a message shows."""
_MOST_USD = 1e9
"""Prices beyond it are mistakes."""


class PriceFileError(Exception):
    """The file has mistakes; ``problems`` has a line for each."""

    def __init__(self, problems: Iterable[str]) -> None:
        """Keep every line."""
        self.problems = tuple(map(one_line, problems))
        super().__init__("\n".join(self.problems))


@dataclass
class _Reading:
    """What could be read so far, and what is wrong."""

    file: str
    problems: list[str] = field(default_factory=list)
    rates: dict[Rate, float] = field(default_factory=dict)
    nodes: dict[str, float] = field(default_factory=dict)

    def wrong(self, path: str, message: str) -> None:
        self.problems.append(f"{self.file}: {path[:_SHOWN]}: {message}")
        if len(self.problems) == _MOST_PROBLEMS:
            raise PriceFileError([*self.problems, f"{self.file}: and maybe more: correct these first"])


def read_prices(path: Path, table: PriceTable) -> PriceTable:
    """``table`` with the prices of a file in place of its own; what the file omits stays.

    Raises:
        PriceFileError: it cannot be read, or has mistakes.
    """
    content = _content(path)
    reading = _Reading(path.name)
    for key in content:
        if key not in _KNOWN and key not in _NOT_PRICES:
            reading.wrong(str(key), f"unknown key of a price file: {_cure(str(key), _KNOWN)}")
    for key, unit in _BY_UNIT.items():
        _read_rates(reading, key, unit, content.get(key))
    _read_nodes(reading, content.get("instances"))
    discount = _read_discount(reading, content.get("spot_discount"))
    source = _read_text(reading, "source", content.get("source")) or path.name
    region = _read_text(reading, "region", content.get("region"))
    when = _read_date(reading, content.get("date")) or _modified(path)
    if content.get("currency", "USD") != "USD":
        reading.wrong("currency", f"is {as_yaml(content['currency'])}: write US dollars, USD")
    if reading.problems:
        raise PriceFileError(reading.problems)

    def price(usd: float) -> Price:
        return Price(usd=usd, source=source, date=when, region=region)

    return table.overlaid(
        rates={rate: price(usd) for rate, usd in reading.rates.items()},
        nodes={name: price(usd) for name, usd in reading.nodes.items()},
        spot_discount=discount,
        spot_basis=f"an assumption of {source}, {when}",
    )


def _content(path: Path) -> Mapping[str, Any]:
    try:
        content = within(READ_SECONDS, lambda: read_start(path, MOST_BYTES))
    except TimeoutError as error:
        raise PriceFileError([f"{shortened(str(path))}: cannot be read: {error}"]) from None
    except OSError as error:
        raise PriceFileError([f"{shortened(str(path))}: cannot be read: {error.strerror or error}"]) from None
    if len(content) > MOST_BYTES:
        raise PriceFileError([f"{path.name}: is larger than {MOST_BYTES // 1024} KiB: name a file of prices"])
    try:
        text = content.decode()
        read = json.loads(text) if path.suffix == ".json" else yaml.safe_load(text)
    except UnicodeDecodeError:
        raise PriceFileError([f"{path.name}: is not UTF-8 text: write JSON or YAML"]) from None
    except json.JSONDecodeError as error:
        raise PriceFileError([f"{path.name}: line {error.lineno}: is not JSON: {error.msg}"]) from None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f"line {mark.line + 1}: " if mark else ""
        what = getattr(error, "problem", None) or "cannot be parsed"
        raise PriceFileError([f"{path.name}: {where}is neither JSON nor YAML: {what}"]) from None
    except RecursionError:
        raise PriceFileError([f"{path.name}: is nested too deeply: write NAME: PRICE"]) from None
    except (ValueError, OverflowError) as error:  # of a date such as 2026-13-45, or a number of 5,000 digits
        raise PriceFileError([f"{path.name}: has a value that cannot be read: {error}"]) from None
    if not isinstance(read, Mapping):
        raise PriceFileError([f"{path.name}: is not a map: write {', '.join(_KNOWN)}"])
    return read


def _entries(reading: _Reading, key: str, value: object) -> Iterator[tuple[str, object]]:
    if isinstance(value, Mapping):
        yield from ((str(name), entry) for name, entry in value.items())
    elif value is not None:
        reading.wrong(key, "is not a map: write NAME: PRICE")


def _read_rates(reading: _Reading, key: str, unit: str, value: object) -> None:
    names = [str(rate) for rate in Rate if UNITS[rate] == unit]
    for name, entry in _entries(reading, key, value):
        if name not in names:
            reading.wrong(f"{key}.{name}", f"unknown price {unit}: {_cure(name, names)}")
            continue
        usd = _number(reading, f"{key}.{name}", entry)
        if usd is not None:
            reading.rates[Rate(name)] = usd


def _read_nodes(reading: _Reading, value: object) -> None:
    for name, entry in _entries(reading, "instances", value):
        path = f"instances.{name}"
        if name not in instance_types():
            reading.wrong(path, f"unknown instance type: {_cure(name, instance_types())}")
            continue
        if isinstance(entry, Mapping) and "usd_per_hour" not in entry:
            reading.wrong(path, "has no usd_per_hour: write the price, or {usd_per_hour: PRICE}")
            continue
        given = entry["usd_per_hour"] if isinstance(entry, Mapping) else entry
        usd = _number(reading, f"{path}.usd_per_hour" if given is not entry else path, given)
        if usd is not None:
            reading.nodes[name] = usd


def _read_discount(reading: _Reading, value: object) -> float | None:
    share = _number(reading, "spot_discount", value)
    if share is not None and share >= 1:
        reading.wrong("spot_discount", f"is {share:g}: write the share spot saves, such as 0.5 for half")
    return share


def _read_text(reading: _Reading, key: str, value: object) -> str | None:
    if value is None or (isinstance(value, str) and value.strip()):
        return value
    reading.wrong(key, f"is {as_yaml(value)}: write text")
    return None


def _read_date(reading: _Reading, value: object) -> str | None:
    if value is None:
        return None
    try:
        return (value if isinstance(value, date) else date.fromisoformat(str(value))).isoformat()[:10]
    except ValueError:
        reading.wrong("date", f"is {as_yaml(value)}: write the day of the prices, such as 2026-11-24")
        return None


def _number(reading: _Reading, path: str, value: object) -> float | None:
    """A price; None for one that is left open, or wrong."""
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or value != value:  # noqa: PLR0124  not a number
        reading.wrong(path, f"is {as_yaml(value)}: write a number of US dollars")
    elif value < 0:
        reading.wrong(path, f"is {as_yaml(value)}: a price is not negative")
    elif value > _MOST_USD:
        reading.wrong(path, f"is {as_yaml(value)}: write a number of US dollars, at most {_MOST_USD:,.0f}")
    else:
        return float(value)
    return None


def _modified(path: Path) -> str:
    """The day the file was last written: the date of prices that say none."""
    return datetime.fromtimestamp(path.stat().st_mtime, tz=UTC).date().isoformat()


def _cure(name: str, known: Iterable[str]) -> str:
    names = sorted(known)
    near = difflib.get_close_matches(name[:_SHOWN], names, n=1)
    return f"did you mean {near[0]}?" if near else f"choose from {', '.join(names[:20])}"

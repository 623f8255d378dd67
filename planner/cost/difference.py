"""What a change costs, and what a time has cost."""

from dataclasses import dataclass
from typing import Any, Literal

from planner.cost.items import Amounts, Estimate, rounded

Kind = Literal["added", "gone", "changed"]


@dataclass(frozen=True, kw_only=True)
class Change:
    """A line that differs between two estimates."""

    key: str
    """Name of the line."""
    what: str
    """What it is, in words."""
    before: Amounts | None
    """Before; None where there was no such line, or its price is not known."""
    after: Amounts | None
    """After; likewise."""
    kind: Kind
    """Whether the line is new, gone, or at another price."""
    known: bool
    """Whether the difference can be told: false where a line's price is not known."""

    @property
    def amounts(self) -> Amounts:
        """What it adds, US dollars an hour; negative where it saves."""
        before, after = (one or Amounts.fixed(0) for one in (self.before, self.after))
        return after + before * -1

    def as_dict(self) -> dict[str, Any]:
        """As plain data."""
        return {
            "key": self.key,
            "what": self.what,
            "kind": self.kind,
            "before": rounded(self.before) if self.before else None,
            "after": rounded(self.after) if self.after else None,
            "usd_per_hour": rounded(self.amounts) if self.known else None,
            "usd_per_month": rounded(self.amounts.per_month) if self.known else None,
        }


def difference(before: Estimate, after: Estimate) -> tuple[Change, ...]:
    """List every line that only one of them has, or has at another price; the most expensive change first."""
    old, new = ({item.key: item for item in one.items} for one in (before, after))
    changes = [
        Change(
            key=key,
            what=(new.get(key) or old[key]).what,
            before=old[key].amounts if key in old else None,
            after=new[key].amounts if key in new else None,
            kind="added" if key not in old else "gone" if key not in new else "changed",
            known=all(lines[key].amounts is not None for lines in (old, new) if key in lines),
        )
        for key in {**old, **new}
        if key not in old or key not in new or old[key].amounts != new[key].amounts
    ]
    return tuple(sorted(changes, key=lambda change: (-abs(change.amounts.deployed), change.key)))


def accrued(usd_per_hour: float, hours: float) -> float:
    """What ran up in ``hours``.

    Raises:
        ValueError: a time that is negative.
    """
    if hours < 0:
        raise ValueError(f"{hours} hours: a time is not negative")
    return usd_per_hour * hours

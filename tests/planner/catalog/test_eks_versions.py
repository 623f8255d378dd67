"""The table of Kubernetes versions, and what it says of a day."""

from datetime import date

import pytest

from planner.catalog.eks_versions import Support, in_standard_support, known, kubernetes_versions, minor, newest


@pytest.mark.parametrize(
    ("version", "day", "support"),
    [
        ("1.33", date(2026, 7, 29), Support.STANDARD),
        ("1.33", date(2026, 7, 30), Support.EXTENDED),
        ("1.33", date(2027, 7, 30), Support.ENDED),
        ("1.34", date(2026, 12, 3), Support.EXTENDED),
        ("1.36", date(2026, 6, 1), Support.NOT_YET),
        ("1.36", date(2026, 6, 2), Support.STANDARD),
    ],
)
def test_support_of_a_version_follows_the_day(version: str, day: date, support: Support) -> None:
    assert kubernetes_versions()[version].support(day) is support


def test_a_version_leaves_and_another_comes() -> None:
    assert in_standard_support(date(2026, 11, 26)) == ("1.34", "1.35", "1.36")
    assert in_standard_support(date(2026, 12, 3)) == ("1.35", "1.36")


def test_minors_and_dates_ascend() -> None:
    table = list(kubernetes_versions().values())
    assert [minor(one.name) for one in table] == list(range(minor(table[0].name), minor(newest().name) + 1))
    for one in table:
        assert one.released < one.standard_until < one.extended_until
        # Fourteen months of standard support and twelve of extended, as the User Guide says; days vary.
        assert 410 <= (one.standard_until - one.released).days <= 440
        assert (one.extended_until - one.standard_until).days in {365, 366}


def test_a_few_newer_minors_are_believed_and_no_older_ones() -> None:
    following = minor(newest().name) + 1
    assert known(f"1.{following}")
    assert not known(f"1.{following + 3}")
    assert not known("1.21")
    with pytest.raises(ValueError, match="in quotes"):
        known("latest")

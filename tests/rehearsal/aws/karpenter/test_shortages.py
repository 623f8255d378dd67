"""Which offerings a shortage covers."""

import pytest

from rehearsal.aws.karpenter.shortages import Offering, Shortage, Shortages, dump, load

OFFERING = Offering(pool="g5", type="g5.xlarge", zone="us-east-1a", capacity_type="spot")


@pytest.mark.parametrize(
    ("shortage", "covered"),
    [
        (Shortage(), True),
        (Shortage(pool="g5", type="g5.xlarge", zone="us-east-1a", capacity_type="spot"), True),
        (Shortage(zone="us-east-1a"), True),
        (Shortage(zone="us-east-1b"), False),
        (Shortage(pool="g5", capacity_type="on-demand"), False),
        (Shortage(type="g5.2xlarge"), False),
    ],
)
def test_an_empty_field_means_every_value(shortage, covered):
    assert shortage.covers(OFFERING) is covered


def test_written_and_read_again():
    known = [Shortage(pool="g5", type="g5.xlarge"), Shortage(zone="us-east-1a")]
    assert load(dump(known)) == known
    shortages = Shortages()
    shortages.replace(known)
    assert shortages.cover(OFFERING)
    shortages.replace(())
    assert not shortages.cover(OFFERING)


@pytest.mark.parametrize("content", [b"{}", b'["g5"]', b'[{"region": "x"}]', b"{"])
def test_anything_else_is_rejected(content):
    with pytest.raises(ValueError, match=r"."):
        load(content)

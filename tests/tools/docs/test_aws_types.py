"""The page of the AWS types that the rehearsal emulates."""

from tools.docs.aws_types import PAGE, page


def test_the_page_is_current():
    assert PAGE.read_text() == page(), "run `make docs`"
    assert "| `aws:eks/addon:Addon` | recorded |" in page()
    assert "| `aws:eks/cluster:Cluster` | emulated |" in page()

"""The page on types says what the table says."""

from rehearsal.providers.aws.documentation import DOCUMENT, document


def test_the_page_is_current():
    assert DOCUMENT.read_text() == document(), "run `make docs`"
    assert "| `aws:eks/addon:Addon` | recorded |" in document()
    assert "| `aws:eks/cluster:Cluster` | emulated |" in document()

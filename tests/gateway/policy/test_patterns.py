import pytest

from gateway.policy.patterns import compiled


@pytest.mark.parametrize("pattern", ["(", "(?=a)", r"(a)\1", "a*", "", "^"])
def test_what_re2_does_not_take_and_what_matches_nothing_at_all_is_refused(pattern):
    with pytest.raises(ValueError, match=r"\S"):
        compiled((pattern,))

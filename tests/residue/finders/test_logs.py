import pytest

from residue.finders.logs import find
from tests.residue.account import context


def test_a_group_that_eks_made_again_is_found_by_name() -> None:
    def groups(logGroupNamePrefix: str) -> dict[str, object]:  # noqa: N803  AWS's spelling
        name = "/aws/eks/llm-dev/cluster"
        found = [{"logGroupName": name, "storedBytes": 2 * 1024**3}] if name.startswith(logGroupNamePrefix) else []
        return {"logGroups": found}

    (found,) = find(context(describe_log_groups=groups))
    assert found.detail == "2.0 GiB, kept without limit"
    assert found.usd_per_month == pytest.approx(0.06)

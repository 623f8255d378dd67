import pytest

from tests.settings.bad_settings import PLATFORM, TEAM, VOLUME_KEY
from tests.settings.reading import STACKS, changed, read

PRIVATE = changed(PLATFORM, "cluster.api_access", {"private": True})


def warned(raw, **more) -> list[str]:
    return [line for line in read(raw, **more).warnings if "cluster.api_access" in line or "source_ranges" in line]


def test_a_private_stack_whose_protection_is_lifted_says_how_it_can_be_destroyed():
    told = warned(PRIVATE)
    assert len(told) == 1
    assert "destroy from outside" in told[0]
    assert "docs/operations.md" in told[0]


@pytest.mark.parametrize("key", ["protect", "cluster.deletion_protection"])
def test_a_protected_one_does_not(key):
    assert not warned(changed(PRIVATE, key, value=True))


def test_a_public_one_does_not():
    assert not warned(PLATFORM)


def test_a_team_on_a_platform_that_exports_no_network_is_told_who_may_connect(monkeypatch):
    facts = next(iter(STACKS.values()))["platform"]
    assert "network_cidr" not in facts, "an older platform does not say"
    told = warned(TEAM, team=True)
    assert len(told) == 1
    assert "services.small.endpoint.source_ranges" in told[0]
    assert "update the platform stack first" in told[0]
    assert not warned(changed(TEAM, "services.small.endpoint", {"source_ranges": ["10.0.0.0/8"]}), team=True)
    monkeypatch.setitem(facts, "network_cidr", "10.0.0.0/16")
    assert not warned(TEAM, team=True)


def test_a_default_class_beside_a_key_of_volumes_is_warned_of():
    def lines(**cluster):
        raw = {**PLATFORM, "cluster": {**PLATFORM["cluster"], **cluster}}
        return [line for line in read(raw).warnings if "ebs-csi-default-sc" in line]

    (line,) = lines(volume_key=VOLUME_KEY, default_storage_class=True)
    assert "cluster.default_storage_class" in line
    assert not lines(volume_key=VOLUME_KEY)
    assert not lines(default_storage_class=True)

import re

import pytest

from planner.catalog.eks_versions import kubernetes_versions
from settings.models.node_release import BAD_RELEASES, DEFAULT_RELEASES, of_another_version, reported_bad
from tests.harness import ROOT
from tests.settings.bad_settings import PLATFORM
from tests.settings.reading import changed, lines, read, run


def test_every_version_of_the_table_has_a_release_for_new_pools():
    assert set(kubernetes_versions()) <= set(DEFAULT_RELEASES)
    for version, release in DEFAULT_RELEASES.items():
        assert of_another_version(release, version) is None
        assert reported_bad(release) is None


def test_operations_names_the_releases_of_new_pools():
    page = (ROOT / "docs" / "operations.md").read_text()
    listed = dict(re.findall(r"^\| (1\.\d+) \| (\S+) \|$", page, flags=re.MULTILINE))
    assert listed
    assert listed == {version: DEFAULT_RELEASES[version] for version in listed}
    for date in BAD_RELEASES:
        assert date in page


@pytest.mark.parametrize("key", ["cluster.node_release", "pools.g5.node_release"])
def test_a_release_of_another_version_is_refused_with_one_that_fits(key):
    told = lines(run(changed(PLATFORM, key, "1.34.9-20260714")))
    assert len(told) == 1
    assert f"{key}: 1.34.9-20260714 is a release of Kubernetes 1.34, and cluster.version is 1.35" in told[0]
    assert DEFAULT_RELEASES["1.35"] in told[0]


@pytest.mark.parametrize("text", ["v20260714", "1.35", "1.35.6", "latest", "1.35.6-2026071"])
def test_what_is_no_release_is_refused_with_an_example(text):
    told = lines(run(changed(PLATFORM, "cluster.node_release", text)))
    assert len(told) == 1
    assert "is not an AMI release" in told[0]
    assert "such as 1.35.6-20260714" in told[0]


@pytest.mark.parametrize("date", sorted(BAD_RELEASES))
def test_a_release_that_is_reported_broken_is_warned_of(date):
    told = read(changed(PLATFORM, "pools.g5.node_release", f"1.35.4-{date}")).warnings
    assert [line for line in told if f"pools.g5.node_release: of release 1.35.4-{date} it is reported that" in line]


def test_a_good_release_is_not():
    told = read(changed(PLATFORM, "cluster.node_release", "1.35.6-20260714")).warnings
    assert not [line for line in told if "node_release" in line]


def test_add_on_versions_are_checked():
    told = lines(run(changed(PLATFORM, "cluster.addon_versions", {"vpc-cni": "1.20.4", "cni": "v1.20.4-eksbuild.1"})))
    assert len(told) == 2
    assert any("cluster.addon_versions" in line and "is not a version of an add-on" in line for line in told)


@pytest.mark.parametrize("key", ["cluster.node_release", "pools.g5.node_release"])
@pytest.mark.parametrize("day", ["20261399", "20260230", "00000000", "20261301"])
def test_a_release_of_no_day_is_refused(key, day):
    told = lines(read(changed(PLATFORM, key, f"1.35.6-{day}")))
    assert len(told) == 1
    assert f"{key}: '1.35.6-{day}' is not an AMI release" in told[0]


@pytest.mark.parametrize("key", ["cluster.node_release", "pools.g5.node_release"])
def test_a_release_of_the_future_is_refused(key):
    told = lines(read(changed(PLATFORM, key, "1.35.6-20261125")))
    assert len(told) == 1
    assert f"{key}: 1.35.6-20261125 is a release of 2026-11-25, which is in the future" in told[0]
    assert read(changed(PLATFORM, key, "1.35.6-20261124")).error is None

"""Zones by id."""

import pytest

from preflight.checks.zones import EXCLUDED, check, guess
from tests.preflight.fakes import FakeCloud, subject, zone


@pytest.mark.parametrize("ident", sorted(EXCLUDED))
@pytest.mark.parametrize("letter", ["a", "b"])
def test_the_excluded_id_is_refused_whichever_letter_it_has(letter: str, ident: str) -> None:
    zones = [zone(one, ident if one == letter else f"x-{one}") for one in "abc"]
    (found,) = check(subject(), FakeCloud(describe_availability_zones={"AvailabilityZones": zones}))
    assert found.refuses
    assert found.where == f"network.zones[{'ab'.index(letter)}]"
    assert f"us-east-1{letter} is {ident}" in found.message
    assert found.message.endswith(f"choose from {', '.join(one for one in 'abc' if one != letter)}")


def test_a_letter_that_is_often_excluded_is_good_where_its_id_is() -> None:
    zones = {"AvailabilityZones": [zone("a", "use1-az3"), zone("e", "use1-az6"), zone("f", "use1-az5")]}
    assert list(check(subject(zones=("e", "f")), FakeCloud(describe_availability_zones=zones))) == []


def test_a_zone_the_account_lacks_is_refused() -> None:
    (found,) = check(subject(zones=("a", "d")), FakeCloud())
    assert found.refuses
    assert "us-east-1d is not there in this account: choose from a, b" in found.message


def test_without_an_account_letters_are_guessed_and_only_warned_of() -> None:
    (found,) = guess(subject(zones=("a", "e")))
    assert (found.level, found.refuses, found.where) == ("warning", False, "network.zones[1]")
    (found,) = guess(subject(region="eu-west-1", zones=("a", "d")))
    assert "is not there in most accounts" in found.message
    assert list(guess(subject())) == []


@pytest.mark.parametrize("state", ["unavailable", "impaired", "constrained"])
def test_an_outage_of_a_zone_is_a_warning(state: str) -> None:
    zones = {"AvailabilityZones": [zone("a", "use1-az6"), {**zone("b", "use1-az1"), "State": state}]}
    (found,) = check(subject(), FakeCloud(describe_availability_zones=zones))
    assert (found.level, found.refuses, found.where) == ("warning", False, "network.zones[1]")
    assert f"us-east-1b as {state}" in found.message


def test_a_zone_with_information_is_available() -> None:
    zones = {"AvailabilityZones": [zone("a", "use1-az6"), {**zone("b", "use1-az1"), "State": "information"}]}
    assert list(check(subject(), FakeCloud(describe_availability_zones=zones))) == []

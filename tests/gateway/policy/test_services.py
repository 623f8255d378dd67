"""The catalog of services: names, and the event of a change."""

import pytest

from gateway.policy.services import Catalog, Price, Service


def test_of_two_services_with_one_name_the_first_counts_and_public_names_before_short_ones():
    catalog = Catalog()
    chat = Service(name="dev/chat", short="chat")
    second = Service(name="dev/chat", short="other", team="blue")
    taken = Service(name="team/x", short="dev/chat")
    catalog.replace([taken, chat, second], 2)
    assert catalog.find("dev/chat") is chat
    assert catalog.find("chat") is chat
    assert catalog.find("team/x") is taken
    assert catalog.find("dev/chatter") is None
    assert chat.stack == "dev"
    catalog.replace([], 0)
    assert catalog.find("chat") is None


@pytest.mark.parametrize(("ready", "counted"), [(0, 1), (1, 1), (3, 3)])
def test_there_is_one_gateway_at_least_this_one(ready, counted):
    catalog = Catalog()
    assert (catalog.gateways, catalog.complete) == (1, False)
    catalog.replace([], ready)
    assert (catalog.gateways, catalog.complete) == (counted, True)


def test_the_event_of_a_change_is_set_by_the_next_one():
    catalog = Catalog()
    change = catalog.change()
    assert not change.is_set()
    catalog.replace([], 1)
    assert change.is_set()
    assert not catalog.change().is_set()


def test_a_price_is_of_a_million_tokens():
    assert Price(input_usd=2, output_usd=10).microusd(7, 3) == 44

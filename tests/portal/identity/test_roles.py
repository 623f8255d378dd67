import pytest

from portal.errors import ForbiddenError
from portal.identity.roles import Actor, Role, from_groups


def actor(*, read_only: bool = False, **roles: Role) -> Actor:
    named = {"*" if team == "every" else team: role for team, role in roles.items()}
    return Actor(id="1", login="x", name="X", roles=named, read_only=read_only)


@pytest.mark.parametrize("held", list(Role))
@pytest.mark.parametrize("asked", list(Role))
def test_each_role_may_what_those_before_it_may(held: Role, asked: Role):
    order = list(Role)
    assert actor(search=held).may("search", asked) is (order.index(held) >= order.index(asked))
    assert not actor(search=held).may("support", asked)


def test_a_role_everywhere_counts_in_each_team_and_the_higher_one_wins():
    somebody = actor(every=Role.VIEWER, search=Role.APPROVER)
    assert somebody.may("support", Role.VIEWER)
    assert not somebody.may("support", Role.REQUESTER)
    assert somebody.may("search", Role.APPROVER)
    assert somebody.teams is None


def test_things_of_other_teams_are_seen_with_a_role_everywhere_only():
    assert actor(search=Role.ADMIN, support=Role.VIEWER).teams == {"search", "support"}
    assert actor().teams == frozenset()
    assert actor(every=Role.VIEWER).teams is None


def test_an_administrator_of_a_team_is_none_of_the_platform():
    own, every = actor(search=Role.ADMIN), actor(every=Role.ADMIN)
    assert (own.administers, own.platform_admin) == (True, False)
    assert (every.administers, every.platform_admin) == (True, True)
    assert not actor(search=Role.APPROVER, every=Role.VIEWER).administers
    every.demand_platform_admin()
    with pytest.raises(ForbiddenError, match="takes a platform administrator"):
        own.demand_platform_admin()
    looks = actor(read_only=True, every=Role.ADMIN)
    looks.demand_platform_admin(to_look=True)
    with pytest.raises(ForbiddenError, match="takes a platform administrator"):
        looks.demand_platform_admin()


def test_a_read_only_token_only_looks():
    somebody = actor(read_only=True, search=Role.ADMIN)
    assert somebody.may("search", Role.VIEWER)
    with pytest.raises(ForbiddenError, match="read-only"):
        somebody.demand("search", Role.REQUESTER)


def test_groups_map_to_roles_and_others_say_nothing():
    groups = ["platform-admins", "llm:search:viewer", "llm:search:approver", "llm:x:emperor", "llm:", "staff", "llm:a"]
    assert from_groups(groups, {"platform-admins": "*:admin"}) == {"*": Role.ADMIN, "search": Role.APPROVER}

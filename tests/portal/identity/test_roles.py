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


def test_a_read_only_token_only_looks():
    somebody = actor(read_only=True, search=Role.ADMIN)
    assert somebody.may("search", Role.VIEWER)
    with pytest.raises(ForbiddenError, match="read-only"):
        somebody.demand("search", Role.REQUESTER)


def test_groups_map_to_roles_and_others_say_nothing():
    groups = ["platform-admins", "llm:search:viewer", "llm:search:approver", "llm:x:emperor", "llm:", "staff", "llm:a"]
    assert from_groups(groups, {"platform-admins": "*:admin"}) == {"*": Role.ADMIN, "search": Role.APPROVER}

"""Names of teams' stacks on platforms, and which of them would collide."""

from collections.abc import Collection, Iterable


def stack_name(platform: str, team: str) -> str:
    """Pulumi's name of the stack, and its namespace in the cluster."""
    return f"{platform}-{team}"


def taken(platform: str, team: str, platforms: Collection[str], teams: Iterable[str]) -> str | None:
    """Whose the name of a team's stack would be as well; None when it is its own.

    Args:
        platform: The platform it is meant for.
        team: The team it is meant for.
        platforms: Every platform the portal knows.
        teams: Every team.
    """
    name = stack_name(platform, team)
    if name in platforms:
        return f"platform {name}'s own"
    for other in teams:
        for place in platforms:
            if (other, place) != (team, platform) and stack_name(place, other) == name:
                return f"that of team {other} on {place}"
    return None

"""Issues of the priority of services: whether there are PriorityClasses, and whether a team may use them."""

from settings.validation.partial import PartialSettings


def check_priorities(partial: PartialSettings) -> None:
    """Add an issue for each service whose priority has no class, or one that the platform does not allow its teams."""
    facts = partial.own_facts.priorities if partial.own_facts else None
    if partial.own_facts is None or (not partial.team and partial.raw.get("priorities") is not None and facts is None):
        return  # unknown, or with issues of its own
    for name, service in partial.services.items():
        if service.priority == "normal":
            continue
        keys = ("services", name, "priority")
        if facts is None:
            whose, fix = ("the platform", "have it set") if partial.team else ("the stack", "set")
            partial.add_issue(
                f"is {service.priority}, and {whose} has no PriorityClasses of services: {fix} priorities: {{}}, or omit it",
                *keys,
            )
        elif partial.team and service.priority not in facts.teams:
            allowed = ", ".join(("normal", *facts.teams))
            partial.add_issue(
                f"is {service.priority}, and the platform allows its teams {allowed}: choose one of them, or have it allow "
                "more by priorities.teams",
                *keys,
            )

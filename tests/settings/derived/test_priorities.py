from settings.derived.priorities import CLASSES, CRITICAL, class_name, priority_facts, refused_to_teams
from settings.models.priorities import PrioritySettings


def test_normal_is_without_a_class() -> None:
    assert [class_name(one) for one in ("low", "normal", "high")] == ["llm-platform-low", None, "llm-platform-high"]
    assert CLASSES["low"].value < 0 < CLASSES["high"].value


def test_teams_are_refused_what_the_platform_does_not_allow() -> None:
    facts = priority_facts(PrioritySettings())
    assert facts is not None
    of_all = {CRITICAL, "system-cluster-critical", "system-node-critical"}
    assert set(refused_to_teams(facts)) == {"llm-platform-high", *of_all}
    assert set(refused_to_teams(facts.model_copy(update={"teams": ("low", "high")}))) == of_all
    assert priority_facts(None) is None

"""Every resource type: create, read without a difference, change, read again, delete, gone."""

import re
from importlib import import_module

import pytest

from rehearsal.aws.registry import TYPES

from .cases import CASES, LEFT_BEHIND
from .promises import ABSENT, promises
from .scene import Scene


def test_every_type_has_a_case():
    assert set(CASES) == set(TYPES)


@pytest.mark.parametrize("token", sorted(TYPES), ids=lambda token: token.rpartition(":")[2])
def test_a_type_is_in_the_file_of_its_token(token):
    service, name = token.split(":")[1].split("/")
    file = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower()
    assert import_module(f"rehearsal.aws.types.{service}.{file}").TYPE is TYPES[token]


@pytest.mark.parametrize("kind", sorted(CASES), ids=lambda kind: kind.rpartition(":")[2])
def test_life(stack, kind):
    inputs, changes = CASES[kind](Scene(stack))
    made = stack.create(kind, "it", **inputs)
    assert made.id
    if TYPES[kind].tags:
        assert made["tagsAll"]["owner"] == "ml-platform"
    promised, known = promises(kind)
    assert ("region" in made.outputs, "tagsAll" in made.outputs) == ("region" in known, "tagsAll" in known)
    assert made.outputs.get("region") == ("us-east-1" if "region" in known else None)
    assert {name for name in promised if made.outputs.get(name) is None} <= ABSENT.get(kind, set())
    unchanged(made)
    assert not made.diff(**inputs).changed
    if changes is not None:
        news = {key: value for key, value in {**inputs, **changes}.items() if value is not None}
        difference = made.diff(**news)
        assert difference.changed
        assert not difference.replaces
        made.update(**news)
        unchanged(made)
        for key, value in changes.items():
            if value is not None and key not in {"tags", "url"}:
                assert made[key] == value
    made.delete()
    if kind not in LEFT_BEHIND:
        assert made.read() is None
    made.delete()  # the engine may ask twice


TAGGABLE = sorted(kind for kind in CASES if TYPES[kind].tags)


@pytest.mark.parametrize("kind", TAGGABLE, ids=lambda kind: kind.rpartition(":")[2])
def test_tags_change_in_place_and_go_with_what_carries_them(stack, kind):
    inputs, _ = CASES[kind](Scene(stack))
    made = stack.create(kind, "it", **{**inputs, "tags": {"kept": "1", "changed": "1", "gone": "1"}})
    news = {**inputs, "tags": {"kept": "1", "changed": "2", "new": "a b/ü"}}
    difference = made.diff(**news)
    assert difference.changed
    assert not difference.replaces
    made.update(**news)
    unchanged(made)
    made.delete()
    if kind not in LEFT_BEHIND:
        unchanged(stack.create(kind, "it", **inputs))


def unchanged(made):
    found = made.read()
    assert found is not None
    assert found.id == made.id
    assert found.inputs == made.inputs
    assert found.outputs == made.outputs

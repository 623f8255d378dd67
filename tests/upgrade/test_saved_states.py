"""The program previewed on the states of released ones: nothing is replaced or deleted that is not on the list."""

from fnmatch import fnmatchcase
from pathlib import Path

import pytest
import yaml

from rehearsal.bench.driver import Rehearsal
from rehearsal.kubernetes.waiting.wait_limits import API_VARIABLE
from rehearsal.sandboxes import CHECKOUT, open_or_create
from tests.upgrade import saved

_DESTRUCTIVE = ("replace", "delete", "create-replacement", "delete-replaced", "discard", "discard-replaced")

pytestmark = pytest.mark.integration


ACCEPTED = yaml.safe_load(Path(__file__).with_name("accepted.yaml").read_text())["accepted"]
"""Replacements and deletions that a release makes on purpose."""


def is_accepted(one: saved.SavedStack, operation: str, urn: str) -> bool:
    return any(
        rule["release"] == one.release
        and one.stack in rule["stacks"]
        and operation in rule["operations"]
        and fnmatchcase(urn.split("::", 2)[2], rule["resource"])
        for rule in ACCEPTED
    )


@pytest.fixture(scope="module")
def sandbox():
    """One sandbox that holds every saved stack's state, with an account that is empty; the saved cluster is gone."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(API_VARIABLE, "1")
        yield from _sandbox()


def _sandbox():
    made = Rehearsal(name="upgrade")
    made.down()
    open_or_create(made.name)
    yield made
    made.down()


@pytest.mark.parametrize("one", saved.every(), ids=lambda one: f"{one.release}-{one.stack}")
def test_an_upgrade_replaces_and_deletes_only_what_is_listed(one, sandbox):
    one.restore(sandbox.sandbox)
    sandbox.files[one.stack] = one.settings
    result = sandbox.run("preview", one.stack, "--no-policy-pack").check()
    destructive = {
        (operation, urn)
        for operation, urns in result.changes.items()
        if operation in _DESTRUCTIVE
        for urn in urns
        if not is_accepted(one, operation, urn)
    }
    assert destructive == set()


def test_each_accepted_change_has_its_reason_in_the_upgrade_notes():
    notes = (CHECKOUT / "UPGRADE.md").read_text()
    for rule in ACCEPTED:
        assert rule["reason"], rule
        assert rule["note"] in notes, rule


def test_a_replacement_is_noticed(sandbox):
    one = next(one for one in saved.every() if one.stack == "dev")
    one.restore(sandbox.sandbox)
    settings = yaml.safe_load(one.settings.read_text())
    settings["config"]["llm-platform:pools"]["g5"]["instance_types"] = ["g6.2xlarge"]
    changed = sandbox.sandbox.root / "Pulumi.changed.yaml"
    changed.write_text(yaml.safe_dump(settings))
    sandbox.files["dev"] = changed
    result = sandbox.run("preview", "dev", "--no-policy-pack").check()
    assert any("nodeGroup" in urn for urn in result.changes.get("replace", []))

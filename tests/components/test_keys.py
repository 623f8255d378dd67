import base64

import pulumi

from components.keys import draw_keys
from components.kubernetes.content import checksum
from components.kubernetes.scope import Scope
from tests.components.builders import on_kubernetes
from tests.harness import Deployment, deploy


def drawn() -> Deployment:
    """The keys a and b of a component, with what it reads of them as exports."""

    def program() -> None:
        parent = pulumi.ComponentResource("test:it:It", "it", None, on_kubernetes())
        keys = draw_keys(Scope(name="it", namespace="llm", parent=parent), "keys", ("a", "b"))
        pulumi.export("name", keys.name)
        pulumi.export("a", keys.values["a"])
        pulumi.export("checksum", keys.checksum)
        taken = draw_keys(Scope(name="it", namespace="llm", parent=parent), "taken", ("a",), {"b": "from elsewhere"})
        pulumi.export("taken", taken.values["b"])

    return deploy(program)


def test_keys_are_drawn_at_random_and_the_first_draw_stays() -> None:
    one, other = (drawn().one("Secret", "it-keys") for _ in range(2))
    assert set(one.ignore_changes) == {"data.a", "data.b"}
    texts = [*one.inputs["data"].values(), *other.inputs["data"].values()]
    assert len(set(texts)) == 4
    assert all(len(base64.b64decode(text)) >= 43 for text in texts), "32 bytes as URL-safe base64"


def test_keys_are_secret_in_the_state_and_in_outputs() -> None:
    run = drawn()
    secret = run.one("Secret", "it-keys")
    assert {"data.a", "data.b"} <= secret.secrets or "data" in secret.secrets
    assert "a" in run.secret_exports


def test_users_read_what_the_secret_holds_not_what_was_drawn() -> None:
    run = drawn()
    data = run.one("Secret", "it-keys").inputs["data"]
    assert run.exports["name"] == run.one("Secret", "it-keys").inputs["metadata"]["name"] == "it-keys"
    assert run.exports["a"] == base64.b64decode(data["a"]).decode()


def test_the_checksum_changes_with_the_keys_and_is_no_secret() -> None:
    run = drawn()
    data = run.one("Secret", "it-keys").inputs["data"]
    assert run.exports["checksum"] == checksum(data["a"], data["b"])
    assert "checksum" not in run.secret_exports


def test_a_key_from_elsewhere_follows_its_source() -> None:
    run = drawn()
    secret = run.one("Secret", "it-taken")
    assert secret.ignore_changes == ("data.a",)
    assert base64.b64decode(secret.inputs["data"]["b"]).decode() == run.exports["taken"] == "from elsewhere"
    assert "taken" in run.secret_exports

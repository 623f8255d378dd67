"""Encryption of a stack: the same keys, from its stack file and from its state."""

import pytest

from workspace import encryption


def test_a_stack_file_has_them_at_its_top():
    document = {"encryptionsalt": "v1:a", "config": {"p:x": 1}}
    assert encryption.in_stack_file(document) == {"encryptionsalt": "v1:a"}
    assert encryption.in_stack_file({"config": {}}) == {}


@pytest.mark.parametrize(
    ("provider", "keys"),
    [
        ({"type": "passphrase", "state": {"salt": "v1:a"}}, {"encryptionsalt": "v1:a"}),
        ({"type": "passphrase", "state": '{"salt": "v1:a"}'}, {"encryptionsalt": "v1:a"}),
        (
            {"type": "cloud", "state": {"url": "awskms://x", "encryptedkey": "k"}},
            {"secretsprovider": "awskms://x", "encryptedkey": "k"},
        ),
        ({"type": "service", "state": {}}, {}),
        (None, {}),
    ],
)
def test_a_state_has_them_in_its_secrets_provider(provider, keys):
    assert encryption.in_state({"secrets_providers": provider}) == keys

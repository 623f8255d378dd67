import pytest

from portal.runner.redaction import HIDDEN, Redactor

KEY = "-----BEGIN RSA PRIVATE KEY-----\nMIIEow\n-----END RSA PRIVATE KEY-----"


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        ("token is hf_abcdefghijklmnopqrstuvwx", "hf_abcdefghijklmnopqrstuvwx"),
        ("key AKIAIOSFODNN7EXAMPLE here", "AKIAIOSFODNN7EXAMPLE"),
        ("Authorization: Bearer abc.def-ghi_jkl", "abc.def-ghi_jkl"),
        ("client-key-data: LS0tLS1CRUdJTg==", "LS0tLS1CRUdJTg=="),
        ("PULUMI_CONFIG_PASSPHRASE=open sesame", "open"),
        ("--api-key=sk-123456", "sk-123456"),
        (f"wrote {KEY} to a file", "MIIEow"),
        (KEY[:45], "MIIEow"),
        ("postgresql://portal:hunter2@db/portal", "hunter2"),
    ],
)
def test_hides_what_looks_like_a_secret(text: str, secret: str):
    assert secret not in Redactor().text(text)
    assert HIDDEN in Redactor().text(text)


def test_hides_known_values_wherever_they_stand_and_line_by_line():
    redactor = Redactor(["first line of it\nsecond line of it"])
    assert redactor.text("x second line of it y") == f"x {HIDDEN} y"
    assert redactor.data({"first line of it": ["first line of it", 3, None]}) == {HIDDEN: [HIDDEN, 3, None]}


def test_hides_the_longer_of_two_secrets_first():
    assert Redactor(["abcdef", "abcdefghi"]).text("abcdefghi") == HIDDEN


def test_leaves_ordinary_text_alone():
    text = "kubernetes:apps/v1:Deployment qwen: 1 replica, tokens 8192, secret qwen-keys created"
    assert Redactor(["ab", ""]).text(text) == text

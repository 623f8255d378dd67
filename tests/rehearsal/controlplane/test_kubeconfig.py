import pytest

from rehearsal.controlplane.kubeconfig import Kubeconfig, KubeconfigError


def test_text_reads_back() -> None:
    config = Kubeconfig(server="https://127.0.0.1:1", ca="CA", certificate="C", key="K", namespace="llm")
    assert Kubeconfig.parse(config.text()) == config


@pytest.mark.parametrize("text", ["", "just text", "{}", "current-context: x", ": ["])
def test_what_is_no_kubeconfig_is_said_to_be_none(text: str) -> None:
    with pytest.raises(KubeconfigError, match="kubeconfig"):
        Kubeconfig.parse(text)


def test_a_user_without_certificate_is_refused() -> None:
    text = Kubeconfig(server="https://x", ca="", certificate="", key="").text()
    with pytest.raises(KubeconfigError, match="no client certificate"):
        Kubeconfig.parse(text)

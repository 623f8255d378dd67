import json
from pathlib import Path

import pytest

from rehearsal.controlplane.kubeconfig import Kubeconfig
from rehearsal.kubernetes.objects import WriteOptions
from rehearsal.kubernetes.provider import KubernetesProvider
from rehearsal.kubernetes.settings import ProviderSettings
from rehearsal.plugins.errors import ProviderError
from rehearsal.plugins.wire import UNKNOWN


def kubeconfig(server: str) -> str:
    return Kubeconfig(server=server, ca="", certificate="C", key="K").text()


def test_flags_come_as_text_or_as_booleans() -> None:
    settings = ProviderSettings.of({"enableSecretMutable": "true", "enableConfigMapMutable": False, "namespace": "llm"})
    assert (settings.mutable.secrets, settings.mutable.config_maps, settings.namespace) == (True, False, "llm")


def test_a_kubeconfig_is_text_a_map_or_a_path(tmp_path: Path) -> None:
    path = tmp_path / "config"
    path.write_text("current-context: x\n")
    assert ProviderSettings.of({"kubeconfig": str(path)}).kubeconfig == "current-context: x\n"
    assert json.loads(ProviderSettings.of({"kubeconfig": {"a": 1}}).kubeconfig) == {"a": 1}


def test_a_real_cluster_is_never_touched() -> None:
    settings = ProviderSettings(kubeconfig=kubeconfig("https://ABC.gr7.us-east-1.eks.amazonaws.com"))
    with pytest.raises(ProviderError, match="only talks to loopback"):
        settings.client()


def test_no_kubeconfig_means_none() -> None:
    with pytest.raises(ProviderError, match="never reads"):
        ProviderSettings().client()


def test_settings_that_would_not_be_heeded_are_refused() -> None:
    (failure,) = KubernetesProvider().check_config({"kubeconfig": "x", "renderYamlToDirectory": "out"}).failures
    assert failure.property == "renderYamlToDirectory"


def test_another_api_server_replaces_and_other_credentials_do_not() -> None:
    here, there = kubeconfig("https://127.0.0.1:1"), kubeconfig("https://127.0.0.1:2")
    renewed = Kubeconfig(server="https://127.0.0.1:1", ca="", certificate="D", key="K").text()
    provider = KubernetesProvider()
    assert provider.diff_config({"kubeconfig": here}, {"kubeconfig": there}).replaces == ["kubeconfig"]
    assert not provider.diff_config({"kubeconfig": here}, {"kubeconfig": renewed}).replaces
    assert not provider.diff_config({"kubeconfig": here}, {"kubeconfig": UNKNOWN}).replaces


def test_upserting_is_set_by_the_provider_and_else_by_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    assert ProviderSettings.of({}).writing == WriteOptions()
    assert ProviderSettings.of({"upsertExistingObjects": "true", "enablePatchForce": True}).writing == WriteOptions(
        upsert=True, force=True
    )
    monkeypatch.setenv("PULUMI_K8S_UPSERT_EXISTING_OBJECTS", "true")
    monkeypatch.setenv("PULUMI_K8S_ENABLE_PATCH_FORCE", "true")
    assert ProviderSettings.of({}).writing == WriteOptions(upsert=True, force=True)
    assert ProviderSettings.of({"upsertExistingObjects": False, "enablePatchForce": "false"}).writing == WriteOptions()


def test_turning_upserting_on_replaces_nothing() -> None:
    here = {"kubeconfig": kubeconfig("https://127.0.0.1:1")}
    found = KubernetesProvider().diff_config(here, {**here, "upsertExistingObjects": "true"})
    assert (list(found.diffs), list(found.replaces)) == (["upsertExistingObjects"], [])


def test_a_cluster_identifier_decides_alone() -> None:
    here, there = kubeconfig("https://127.0.0.1:1"), kubeconfig("https://127.0.0.1:2")
    provider, key = KubernetesProvider(), "clusterIdentifier"
    assert not provider.diff_config({"kubeconfig": here, key: "a"}, {"kubeconfig": there, key: "a"}).replaces
    assert provider.diff_config({"kubeconfig": here, key: "a"}, {"kubeconfig": here, key: "b"}).replaces == [key]
    assert not provider.diff_config({"kubeconfig": here}, {"kubeconfig": here, key: "b"}).replaces

from rehearsal.bench.consistency import releases_in


def test_releases_are_found_in_helms_secrets_and_in_recorded_ones() -> None:
    secrets = [
        {"type": "helm.sh/release.v1", "metadata": {"namespace": "kube-system", "labels": {"name": "karpenter"}}},
        {"type": "helm.sh/release.v1", "metadata": {"namespace": "kube-system", "labels": {"name": "karpenter"}}},
        {
            "type": "llm-platform/recorded-helm-release",
            "metadata": {"namespace": "kube-system", "name": "recorded-helm-release.alb"},
        },
        {"type": "Opaque", "metadata": {"namespace": "kube-system", "name": "other"}},
    ]
    assert releases_in(secrets) == {"kube-system/karpenter", "kube-system/alb"}

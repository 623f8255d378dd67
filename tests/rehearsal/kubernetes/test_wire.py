"""The provider as the engine sees it: over its protocol, without a cluster."""

from pulumi.runtime.proto import provider_pb2

from rehearsal.kubernetes.provider import KubernetesProvider
from rehearsal.plugins.grpc_server import Servicer
from rehearsal.plugins.wire import SECRET, SIGNATURE, encode


def test_the_content_of_a_secret_is_marked_on_the_wire() -> None:
    request = provider_pb2.CheckRequest(
        urn="urn:pulumi:dev::p::kubernetes:core/v1:Secret::s",
        news=encode({"metadata": {"name": "s"}, "data": {"key": "aHVzaA=="}}),
    )
    answer = Servicer(KubernetesProvider()).Check(request, None)
    assert answer.inputs["data"][SIGNATURE] == SECRET
    assert answer.inputs["data"]["value"]["key"] == "aHVzaA=="
    assert answer.inputs["metadata"]["namespace"] == "default"


def test_a_fixed_name_is_deleted_before_it_is_replaced() -> None:
    def service(cluster_ip: str) -> dict[str, object]:
        return {"metadata": {"name": "s", "namespace": "ns"}, "spec": {"clusterIP": cluster_ip}}

    request = provider_pb2.DiffRequest(
        urn="urn:pulumi:dev::p::kubernetes:core/v1:Service::s",
        old_inputs=encode(service("172.20.0.9")),
        news=encode(service("None")),
    )
    answer = Servicer(KubernetesProvider()).Diff(request, None)
    assert list(answer.replaces) == ["spec.clusterIP"]
    assert answer.deleteBeforeReplace
    kind = answer.detailedDiff["spec.clusterIP"].kind
    assert kind == provider_pb2.PropertyDiff.Kind.UPDATE_REPLACE

import pytest
from pulumi.runtime.proto import provider_pb2

from rehearsal.kubernetes import inputs
from rehearsal.kubernetes.kinds import Kind, object_id, parse_id
from rehearsal.kubernetes.provider import KubernetesProvider
from rehearsal.plugins.errors import ProviderError, UnknownTypeError
from rehearsal.plugins.grpc_server import Servicer
from rehearsal.plugins.provider import Resource
from rehearsal.plugins.wire import SECRET, SIGNATURE, UNKNOWN, Properties, Secret, encode

CONFIG_MAP = Resource(urn="urn:pulumi:dev::p::kubernetes:core/v1:ConfigMap::Settings", type="", name="Settings")
CORE_CONFIG_MAP = Kind(api_version="v1", kind="ConfigMap")


def checked(news: Properties, olds: Properties | None = None, kind: Kind = CORE_CONFIG_MAP) -> Properties:
    return inputs.check(CONFIG_MAP, kind, olds or {}, news, "team").inputs


@pytest.mark.parametrize(
    ("token", "api_version", "kind", "namespaced"),
    [
        ("kubernetes:core/v1:Secret", "v1", "Secret", True),
        ("kubernetes:core/v1:Namespace", "v1", "Namespace", False),
        ("kubernetes:apps/v1:Deployment", "apps/v1", "Deployment", True),
        ("kubernetes:rbac.authorization.k8s.io/v1:ClusterRole", "rbac.authorization.k8s.io/v1", "ClusterRole", False),
        ("kubernetes:karpenter.sh/v1:NodePool", "karpenter.sh/v1", "NodePool", None),
        ("kubernetes:gateway.networking.k8s.io/v1:Gateway", "gateway.networking.k8s.io/v1", "Gateway", None),
    ],
)
def test_a_type_token_names_a_kind(token: str, api_version: str, kind: str, *, namespaced: bool | None) -> None:
    found = Kind.of(token)
    assert (found.api_version, found.kind, found.namespaced) == (api_version, kind, namespaced)


@pytest.mark.parametrize(
    "token",
    [
        "kubernetes:yaml:ConfigFile",
        "kubernetes:helm.sh/v4:Chart",
        "kubernetes:core/v1:PodList",
        "kubernetes:core/v1:ConfigMapPatch",
    ],
)
def test_what_is_not_one_object_is_refused_by_name(token: str) -> None:
    with pytest.raises(UnknownTypeError, match=token):
        Kind.of(token)


def test_ids_read_back() -> None:
    assert parse_id(object_id("ns", "name")) == ("ns", "name")
    assert parse_id(object_id(None, "name")) == (None, "name")
    with pytest.raises(ProviderError, match="not a Kubernetes id"):
        parse_id("ns/")


def test_name_and_namespace_are_filled_in() -> None:
    metadata = checked({"data": {"a": "b"}})["metadata"]
    assert metadata["namespace"] == "team"
    assert metadata["name"].startswith("Settings-")
    assert len(metadata["name"]) == len("Settings-") + 8
    assert metadata["annotations"] == {inputs.AUTONAMED: "true"}


def test_a_name_that_was_given_stays() -> None:
    assert checked({"metadata": {"name": "mine", "namespace": "ns"}})["metadata"] == {"name": "mine", "namespace": "ns"}


def test_an_automatic_name_follows_from_the_engines_seed() -> None:
    def name(seed: bytes) -> str:
        found = inputs.check(CONFIG_MAP, CORE_CONFIG_MAP, {}, {"data": {"a": "b"}}, "team", seed).inputs
        return str(found["metadata"]["name"])

    assert name(b"one") == name(b"one")
    assert name(b"one") != name(b"two")
    assert name(b"") != name(b"")


def test_an_update_keeps_the_name() -> None:
    olds = checked({"data": {"a": "b"}})
    assert checked({"data": {"a": "c"}}, olds)["metadata"]["name"] == olds["metadata"]["name"]


def test_cluster_scoped_kinds_get_no_namespace() -> None:
    kind = Kind(api_version="v1", kind="Namespace")
    assert "namespace" not in checked({"metadata": {"name": "x", "namespace": "y"}}, kind=kind)["metadata"]


def test_generated_names_are_refused_with_the_cure() -> None:
    (failure,) = inputs.check(CONFIG_MAP, CORE_CONFIG_MAP, {}, {"metadata": {"generateName": "x-"}}, "d").failures
    assert failure.property == "metadata.generateName"
    assert "omit it" in failure.reason


def test_unknown_metadata_passes() -> None:
    assert checked({"metadata": UNKNOWN})["metadata"] is UNKNOWN


def test_the_content_of_a_secret_is_secret() -> None:
    secret = Kind(api_version="v1", kind="Secret")
    found = checked({"stringData": {"k": "v"}, "data": {"k": "bw==", "l": "bw=="}}, kind=secret)
    assert "stringData" not in found
    assert isinstance(found["data"], Secret)
    assert found["data"].value == {"k": "dg==", "l": "bw=="}
    assert "dg==" not in repr(found)
    unknown = checked({"stringData": {"k": UNKNOWN}}, kind=secret)
    assert isinstance(unknown["stringData"], Secret)


def test_known_leaves_out_what_is_unknown() -> None:
    assert inputs.known({"a": UNKNOWN, "b": [UNKNOWN, {"c": 1, "d": UNKNOWN}]}) == {"b": [{"c": 1}]}


def test_the_content_of_a_secret_is_marked_on_the_wire() -> None:
    request = provider_pb2.CheckRequest(
        urn="urn:pulumi:dev::p::kubernetes:core/v1:Secret::s",
        news=encode({"metadata": {"name": "s"}, "data": {"key": "aHVzaA=="}}),
    )
    answer = Servicer(KubernetesProvider()).Check(request, None)
    assert answer.inputs["data"][SIGNATURE] == SECRET
    assert answer.inputs["data"]["value"]["key"] == "aHVzaA=="
    assert answer.inputs["metadata"]["namespace"] == "default"

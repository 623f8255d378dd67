import base64

import pytest

from rehearsal.kubernetes.drift import live_inputs, whole_inputs


def test_what_others_add_is_no_drift() -> None:
    asked = {"spec": {"replicas": 1, "containers": [{"name": "c", "image": "i"}]}}
    live = {
        "metadata": {"uid": "u"},
        "spec": {
            "replicas": 1,
            "paused": False,
            "containers": [{"name": "sidecar"}, {"name": "c", "image": "i", "imagePullPolicy": "Always"}],
        },
        "status": {"replicas": 1},
    }
    assert live_inputs(asked, live) == asked


def test_what_others_change_is_drift() -> None:
    asked = {"spec": {"replicas": 1, "containers": [{"name": "c", "image": "i"}]}}
    live = {"spec": {"replicas": 3, "containers": [{"name": "c", "image": "other"}]}}
    assert live_inputs(asked, live) == live


def test_what_others_take_away_is_drift() -> None:
    asked = {"metadata": {"labels": {"a": "b", "c": "d"}}, "spec": {"ports": [{"port": 80}, {"port": 81}]}}
    live = {"metadata": {"labels": {"a": "b"}}, "spec": {"ports": [{"port": 80}]}}
    assert live_inputs(asked, live) == live


@pytest.mark.parametrize(
    ("asked", "live"), [("1024Mi", "1Gi"), ("0.5", "500m"), (2, "2"), ("1e3", "1k"), ("1000m", "1")]
)
def test_a_quantity_in_other_words_is_no_drift(asked: object, live: object) -> None:
    inputs = {"resources": {"requests": {"x": asked}}}
    assert live_inputs(inputs, {"resources": {"requests": {"x": live}}}) == inputs


def test_elsewhere_such_texts_do_differ() -> None:
    live = {"env": [{"name": "A", "value": "1Gi"}]}
    assert live_inputs({"env": [{"name": "A", "value": "1024Mi"}]}, live) == live


def test_what_the_server_drops_because_it_is_empty_is_no_drift() -> None:
    asked = {"spec": {"ingress": [], "emptyDir": {}, "env": [{"name": "A", "value": ""}], "flag": False, "none": None}}
    assert live_inputs(asked, {"spec": {"env": [{"name": "A"}]}}) == asked


def test_texts_of_a_secret_are_compared_with_its_data() -> None:
    asked = {"stringData": {"same": "v", "changed": "v", "gone": "v"}}
    data = {"same": base64.b64encode(b"v").decode(), "changed": base64.b64encode(b"w").decode()}
    assert live_inputs(asked, {"data": data}) == {"stringData": {"same": "v", "changed": "w"}}


def test_an_import_takes_everything_but_what_the_server_fills_in() -> None:
    live = {
        "kind": "Pod",
        "metadata": {"name": "p", "uid": "u", "resourceVersion": "1"},
        "spec": {"a": 1},
        "status": {},
    }
    assert whole_inputs(live) == {"kind": "Pod", "metadata": {"name": "p"}, "spec": {"a": 1}}

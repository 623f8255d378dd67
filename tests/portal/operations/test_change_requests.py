"""Requests of users that no preview would find wrong."""

from tests.portal.people import SERVICE, Portal

_OLLAMA = {"kind": "ollama", "model": "llama3.1:8b", "pool": "cpu"}


def test_a_deployed_service_keeps_its_kind(portal: Portal) -> None:
    """Objects of both kinds have the same names: the new ones could not be created beside the old ones."""
    service = portal.deployed()
    answer = portal.rosa.put(f"/services/{service['id']}", **_OLLAMA)
    assert answer.status_code == 409
    assert answer.json()["detail"] == (
        "qwen is of kind vllm, and a deployed service keeps its kind: request one of kind ollama under another name, then "
        "destroy this one"
    )
    same = {name: SERVICE[name] for name in ("model", "pool", "max_model_len", "weights")}
    assert portal.rosa.put(f"/services/{service['id']}", **same).status_code == 202

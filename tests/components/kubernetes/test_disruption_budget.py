from tests.components.builders import deployment, service


def test_one_pod_at_a_time_may_be_evicted():
    budget = service().one("PodDisruptionBudget").inputs["spec"]
    assert budget["maxUnavailable"] == 1
    assert budget["selector"]["matchLabels"] == deployment(service())["selector"]["matchLabels"]

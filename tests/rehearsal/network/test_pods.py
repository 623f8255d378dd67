"""Pods on loopback: an address lent to each, found by its address in the VPC."""

from rehearsal.network.pods import LoopbackPods


def test_a_pod_is_found_by_its_address_until_it_is_gone() -> None:
    free = ["127.9.9.2", "127.9.9.3"]
    network = LoopbackPods(lambda: free.pop(0), free.append)
    pod = network.attach("10.0.2.9", node="10.0.2.4")
    assert (pod.listen, pod.namespace) == ("127.9.9.2", "")
    assert network.target("10.0.2.9") == "127.9.9.2"
    network.detach(pod)
    assert network.target("10.0.2.9") is None
    assert free == ["127.9.9.3", "127.9.9.2"]


def test_pods_of_the_nodes_network_share_its_address() -> None:
    free = ["127.9.9.2", "127.9.9.3"]
    network = LoopbackPods(lambda: free.pop(0), free.append)
    first, second = (network.attach("10.0.2.4", node="10.0.2.4") for _ in range(2))
    assert network.target("10.0.2.4") == first.listen
    network.detach(second)
    assert network.target("10.0.2.4") == first.listen

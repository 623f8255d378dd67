"""Nodes come and go on the page while an administrator watches, and a service's page says what it waits for."""

from playwright.sync_api import expect

from tests.portal import cluster_api
from tests.portal.browser.scenes import set_up
from tests.portal.cluster_api import CLAIMS, NODES, PODS, READY


def test_a_node_that_joins_is_shown_without_a_reload(site, visit):
    site.cluster.objects[CLAIMS] = [cluster_api.claim("g5-x7k2p", "g5", *cluster_api.LAUNCHING)]
    root = visit("root")
    root.page.goto("/")
    root.page.get_by_role("link", name="Nodes").click()
    expect(root.page.get_by_text("Karpenter requests an instance from EC2")).to_be_visible()
    site.cluster.objects |= {CLAIMS: [], NODES: [cluster_api.node("ip-9", "g5", "g5.xlarge")]}
    expect(root.page.get_by_role("row", name="ip-9")).to_contain_text("0 of 1")
    expect(root.page.get_by_text("Karpenter requests an instance from EC2")).to_have_count(0)
    site.cluster.statuses[NODES] = 403
    expect(root.page.get_by_text("the portal may not list nodes in the cluster")).to_be_visible()
    expect(root.page.get_by_role("row", name="ip-9")).to_be_visible()
    assert root.faults == []


def test_a_service_says_which_node_it_waits_for_until_it_has_one(site, visit):
    scene = set_up(site)
    vera = visit("vera")
    vera.page.goto(scene.path("service"))
    expect(vera.page.get_by_text("Karpenter launches g5-x7k2p in pool g5 (g5.2xlarge")).to_be_visible()
    expect(vera.page.get_by_text("EC2 has no capacity")).to_be_visible()
    site.cluster.objects[PODS] = [cluster_api.pod("assistant-1", "assistant", "ip-10-0-64-31.ec2.internal", **READY)]
    expect(vera.page.get_by_text("Karpenter launches")).to_have_count(0)
    expect(vera.page.get_by_text("on node ip-10-0-64-31.ec2.internal")).to_be_visible()
    assert vera.faults == []

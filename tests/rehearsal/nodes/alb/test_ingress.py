"""Ingresses as the load balancer controller reads them."""

from typing import Any

import pytest

from rehearsal.nodes.alb.ingress import IngressError, read, wanted

PREFIX = "alb.ingress.kubernetes.io/"


def ingress(*, path: str = "/", **annotations: str) -> dict[str, Any]:
    backend = {"service": {"name": "gateway", "port": {"name": "http"}}}
    given = {PREFIX + key.replace("_", "-"): value for key, value in ({"target_type": "ip"} | annotations).items()}
    return {
        "metadata": {"name": "gateway", "namespace": "llm-gateway", "annotations": given},
        "spec": {"ingressClassName": "alb", "rules": [{"http": {"paths": [{"path": path, "backend": backend}]}}]},
    }


def test_defaults_are_the_controllers() -> None:
    alb = read(ingress())
    assert (alb.service, alb.port, alb.listeners) == ("gateway", "http", ((80, False),))
    assert (alb.idle_seconds, alb.deregistration_seconds, alb.scheme, alb.ranges) == (60, 300, "internal", ())
    assert (alb.check.path, alb.check.interval, alb.check.accepts(200), alb.check.accepts(204)) == (
        "/",
        15,
        True,
        False,
    )


def test_everything_said() -> None:
    alb = read(
        ingress(
            certificate_arn="arn:aws:acm:us-east-1:1:certificate/a",
            listen_ports='[{"HTTPS": 8443}]',
            inbound_cidrs="10.0.0.0/8, 192.168.0.0/16",
            load_balancer_attributes="idle_timeout.timeout_seconds=400,routing.http2.enabled=true",
            target_group_attributes="deregistration_delay.timeout_seconds=45",
            healthcheck_path="/ready",
            success_codes="200,301-302",
        )
    )
    assert (alb.listeners, alb.certificate[-1]) == (((8443, True),), "a")
    assert (alb.ranges, alb.idle_seconds, alb.deregistration_seconds) == (("10.0.0.0/8", "192.168.0.0/16"), 400, 45)
    assert [alb.check.accepts(code) for code in (200, 301, 302, 303)] == [True, True, True, False]


def test_a_certificate_without_ports_is_https() -> None:
    assert read(ingress(certificate_arn="arn:aws:acm:us-east-1:1:certificate/a")).listeners == ((443, True),)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"target_type": "instance"}, "target-type is not ip"),
        ({"listen_ports": '[{"HTTPS": 443}]'}, "HTTPS without certificate-arn"),
        ({"listen_ports": "80"}, "is not a list such as"),
        ({"path": "/v1"}, "no rules by host or path"),
        ({"healthy_threshold_count": "two"}, "healthy-threshold-count 'two' is not a whole number"),
        ({"load_balancer_attributes": "idle_timeout.timeout_seconds=x"}, "timeout_seconds 'x' is not a whole number"),
        ({"success_codes": "ok"}, "success-codes 'ok' is not a list"),
    ],
)
def test_what_it_would_not_make_is_said(given: dict[str, str], message: str) -> None:
    with pytest.raises(IngressError, match=message):
        read(ingress(**given))


def test_other_classes_and_deleted_ones_are_not_its_own() -> None:
    one = ingress()
    assert wanted(one)
    assert not wanted({**one, "spec": {**one["spec"], "ingressClassName": "nginx"}})
    assert not wanted({**one, "metadata": {**one["metadata"], "deletionTimestamp": "2026-11-27T00:00:00Z"}})

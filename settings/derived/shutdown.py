"""The one shutdown budget: how long load balancer, gateway and engine may take to let go of a pod whose node goes.

EC2 gives two minutes' notice of a spot interruption (EC2 User Guide, "Spot Instance interruption notices"). A gateway's pod
and an engine's are drained at the same time, each within its grace period, which begins when the pod is evicted. What a
request takes at most is therefore the same at both: what an engine may finish, the gateway in front of it may finish too.
"""

NOTICE_SECONDS = 120
"""From EC2's notice to the end of the instance."""
REACTION_SECONDS = 10
"""Until the node's pods are evicted: Karpenter long-polls its queue of notices, and taints the node first; 4.4 s were measured
in a rehearsal until the replacement was launched."""

PRE_STOP_SECONDS = 15
"""An engine goes on answering after its eviction, until gateway and load balancers send it nothing new."""
SHUTDOWN_SECONDS = 45
"""Then vLLM finishes the requests that run (``--shutdown-timeout``)."""
GRACE_SECONDS = 75
"""Grace period of vLLM's pods; the rest is for its processes to end."""
OLLAMA_END_SECONDS = 15
"""What Ollama's pods have beyond their ``drain_seconds`` to end."""

DEREGISTRATION_SECONDS = 15
"""The gateway's pod goes on admitting requests after ``/ready`` fails, until the load balancer sends it nothing new: the
controller deregisters the target when the pod is evicted, and two checks of ``HEALTH_CHECK_SECONDS`` find it unready
besides."""
HEALTH_CHECK_SECONDS = 5
"""Interval of the load balancer's health check, and two failures make a target unhealthy."""
GATEWAY_DRAIN_SECONDS = DEREGISTRATION_SECONDS + PRE_STOP_SECONDS + SHUTDOWN_SECONDS
"""From the beginning of a gateway's drain until what still runs is cut: the last request that it admits has as long as an
engine would give it."""
GATEWAY_END_SECONDS = 15
"""Then Envoy and the policy end; the policy reads the last lines of the usage log."""
GATEWAY_GRACE_SECONDS = GATEWAY_DRAIN_SECONDS + GATEWAY_END_SECONDS
"""Grace period of the gateway's pods."""


def ollama_seconds(drain_seconds: int) -> int:
    """Until a pod of an Ollama service with this ``drain_seconds`` is gone, after EC2's notice."""
    return REACTION_SECONDS + drain_seconds + OLLAMA_END_SECONDS

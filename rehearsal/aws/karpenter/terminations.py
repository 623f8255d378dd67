"""Termination of instances: their addresses become free, and EventBridge gets the events that EC2 sends."""

import copy
import json
from typing import Any

from moto.ec2.models.instances import Instance
from moto.events.models import events_backends

from rehearsal.aws.patching import replace_methods

STATE_CHANGE = "EC2 Instance State-change Notification"


def follow_terminations() -> None:
    """Release addresses and send events when an instance is terminated."""
    of_moto = Instance.terminate

    def terminate(self: Instance) -> Any:
        if self.state == "terminated":
            return copy.copy(self.instance_state)  # a second time is no error in AWS
        before = of_moto(self)
        _release_addresses(self)
        for state in ("shutting-down", "terminated"):
            _send(self, state)
        return before

    replace_methods(Instance, terminate)


def _release_addresses(instance: Any) -> None:
    subnet = instance.ec2_backend.get_subnet(instance.subnet_id)
    for address in instance._private_ips:  # noqa: SLF001 - moto releases them when the object is garbage
        # Not into moto's set of unused addresses: which of a set it takes next differs from process to process.
        subnet._subnet_ips.pop(address, None)  # noqa: SLF001
    instance._private_ips.clear()  # noqa: SLF001


def _send(instance: Any, state: str) -> None:
    region, account = instance.region_name, instance.owner_id
    events_backends[account][region].put_events(
        [
            {
                "Source": "aws.ec2",
                "DetailType": STATE_CHANGE,
                "Resources": [f"arn:aws:ec2:{region}:{account}:instance/{instance.id}"],
                "Detail": json.dumps({"instance-id": instance.id, "state": state}),
            }
        ]
    )

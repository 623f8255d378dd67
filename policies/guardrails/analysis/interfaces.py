"""Network interfaces that are made apart from the machine they are attached to: its subnet and its address are theirs."""

from collections import defaultdict
from typing import Final

from guardrails.engine.graph import Graph
from guardrails.engine.rule import Subject
from guardrails.engine.values import inside

INSTANCE: Final = "aws:ec2/instance:Instance"
SPOT_INSTANCE: Final = "aws:ec2/spotInstanceRequest:SpotInstanceRequest"
LAUNCH_TEMPLATE: Final = "aws:ec2/launchTemplate:LaunchTemplate"
INTERFACE: Final = "aws:ec2/networkInterface:NetworkInterface"
ATTACHMENT: Final = "aws:ec2/networkInterfaceAttachment:NetworkInterfaceAttachment"
TYPES: Final = frozenset({INTERFACE, ATTACHMENT})
_NAMED_IN: Final = ("networkInterfaces", "primaryNetworkInterface")


class Interfaces:
    """Which machine of a stack has which of its network interfaces, by either one's word or an attachment's."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph
        self._of: dict[str, dict[Subject, None]] = defaultdict(dict)
        self._machines: dict[str, dict[Subject, None]] = defaultdict(dict)
        if not any(graph.stack.of(INTERFACE)):
            return
        for machine in graph.stack.of(INSTANCE, SPOT_INSTANCE, LAUNCH_TEMPLATE):
            for prop in _NAMED_IN:
                for value in inside(machine.props.get(prop), ("networkInterfaceId",)):
                    for interface in graph.targets(machine, prop, value, INTERFACE).subjects:
                        self._attach(machine, interface)
        for interface in graph.stack.of(INTERFACE):
            for value in inside(interface.props.get("attachments"), ("instance",)):
                for machine in graph.targets(interface, "attachments", value, INSTANCE).subjects:
                    self._attach(machine, interface)
        for attachment in graph.stack.of(ATTACHMENT):
            for machine in self._follow(attachment, "instanceId", INSTANCE):
                for interface in self._follow(attachment, "networkInterfaceId", INTERFACE):
                    self._attach(machine, interface)

    def _follow(self, subject: Subject, prop: str, type_: str) -> tuple[Subject, ...]:
        return self._graph.targets(subject, prop, subject.props.get(prop), type_).subjects

    def _attach(self, machine: Subject, interface: Subject) -> None:
        self._of[machine.urn][interface] = None
        self._machines[interface.urn][machine] = None

    def of(self, machine: Subject) -> tuple[Subject, ...]:
        """The interfaces that a machine gets."""
        return tuple(self._of.get(machine.urn, ()))

    def machines(self, interface: Subject) -> tuple[Subject, ...]:
        """The machines that get an interface."""
        return tuple(self._machines.get(interface.urn, ()))

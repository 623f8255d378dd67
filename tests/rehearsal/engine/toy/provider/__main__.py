"""A component provider in Python, as a user would write it."""

from typing import TypedDict

import pulumi
from pulumi.provider.experimental import component_provider_host


class GreeterArgs(TypedDict):
    """Inputs of Greeter."""

    who: pulumi.Input[str]


class Greeter(pulumi.ComponentResource):
    """Says hello."""

    greeting: pulumi.Output[str]

    def __init__(self, name: str, args: GreeterArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("toy:index:Greeter", name, {}, opts)
        self.greeting = pulumi.Output.from_input(args["who"]).apply("hello, {}".format)
        self.register_outputs({"greeting": self.greeting})


component_provider_host(name="toy", components=[Greeter])

"""``pulumi-resource-awsx``: started by the engine, which passes its own address."""

from rehearsal.components.awsx.vpc import construct
from rehearsal.components.server import ComponentProvider, serve

if __name__ == "__main__":
    serve(ComponentProvider("awsx", "3.11.0", {"awsx:ec2:Vpc": construct}))

"""``pulumi-resource-aws`` of a rehearsal."""

from rehearsal.aws.provider import AwsProvider
from rehearsal.plugins.grpc_server import serve
from rehearsal.sandbox import Sandbox

if __name__ == "__main__":
    serve(AwsProvider(Sandbox.current()))

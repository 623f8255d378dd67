"""A provider that accepts everything and echoes its inputs: AWS as the goldens were recorded with."""

import hashlib
import sys
import threading
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from rehearsal.plugins.errors import ProviderError
from rehearsal.plugins.grpc_server import serve
from rehearsal.plugins.provider import Checked, Created, Diff, Provider, Read

ZONES = [f"us-east-1{letter}" for letter in "abcdef"]
# Outputs that the recordings' AWS did not give, but a real one does; without them each preview finds them unknown.
COMPLETED = {
    "aws:ec2/eip:Eip": {"allocationId": "eipalloc-1"},
    "aws:ec2/launchTemplate:LaunchTemplate": {"latestVersion": 1},
    "aws:ec2/vpc:Vpc": {"ipv6CidrBlock": ""},
}
# Outputs that are the resource's name unless they are set.
NAMES = {"aws:iam/role:Role": ["name"], "aws:s3/bucket:Bucket": ["bucket"]}


class Healthz(BaseHTTPRequestHandler):
    """The API server, as far as eks looks at it."""

    def do_GET(self):
        self.send_response(HTTPStatus.OK)
        self.end_headers()

    def log_message(self, *args):
        """Nothing on standard error."""


def serve_healthz() -> str:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Healthz)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    return f"http://127.0.0.1:{server.server_port}"


class Echo(Provider):
    version = "7.51.1"

    def __init__(self, package, more=()):
        super().__init__()
        self.package = package
        self.more = more
        self.endpoint = serve_healthz()

    def check(self, resource, olds, news, random_seed):
        return Checked(inputs=news)

    def diff(self, resource, resource_id, *, old_inputs, old_outputs, news, ignore_changes):
        keys = {key.partition(".")[0] for key in ignore_changes}
        changed = [key for key in {**old_inputs, **news} if old_inputs.get(key) != news.get(key) and key not in keys]
        return Diff(diffs=changed)

    def create(self, resource, inputs, *, preview, timeout):
        if f"fail={resource.name}" in self.more:
            raise ProviderError(f"{resource.name} fails, as the test asked")
        if preview:
            return Created(id="", outputs=inputs)
        identity = hashlib.sha256(resource.urn.encode()).hexdigest()[:17]
        return Created(id=identity, outputs=self.outputs(resource, identity, inputs))

    def update(self, resource, resource_id, *, old_inputs, old_outputs, news, ignore_changes, preview, timeout):
        return self.outputs(resource, resource_id, news)

    def read(self, resource, resource_id, inputs, outputs):
        return Read(id=resource_id, inputs=inputs, outputs=outputs)

    def delete(self, resource, resource_id, inputs, outputs, *, timeout):
        """Nothing is there to delete."""

    def outputs(self, resource, identity, inputs):
        service, _, kind = resource.type.partition(":")[2].partition("/")
        made = {**inputs, "arn": f"arn:aws:{service}:us-east-1:123456789012:{kind}/{identity}"}
        if resource.type == "aws:eks/cluster:Cluster":
            made |= {
                "endpoint": self.endpoint,
                "certificateAuthority": {"data": "Zm9v"},
                "identities": [{"oidcs": [{"issuer": "https://oidc.eks.us-east-1.amazonaws.com/id/ABC"}]}],
                "kubernetesNetworkConfig": {"ipFamily": "ipv4", "serviceIpv4Cidr": "172.20.0.0/16"},
            }
        if "complete" in self.more:
            made |= COMPLETED.get(resource.type, {})
            made = {**dict.fromkeys(NAMES.get(resource.type, ()), identity), **made}
        return made

    def invoke(self, token, args):
        answers = {
            "aws:index/getCallerIdentity:getCallerIdentity": {"accountId": "123456789012"},
            "aws:index/getRegion:getRegion": {"region": "us-east-1"},
            "aws:index/getPartition:getPartition": {"partition": "aws", "dnsSuffix": "amazonaws.com"},
            "aws:index/getAvailabilityZones:getAvailabilityZones": {"names": ZONES},
            "aws:eks/getAddonVersion:getAddonVersion": {"version": "v1.19.0-eksbuild.1"},
        }
        return answers[token]


if __name__ == "__main__":
    # The engine adds its address; the package and what else it should do come from the launcher.
    serve(Echo(sys.argv[1], sys.argv[2:]))

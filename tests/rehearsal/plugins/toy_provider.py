"""A provider with one type, run as a plugin process by the tests."""

import threading

from rehearsal.plugins.errors import InitFailedError, ProviderError
from rehearsal.plugins.grpc_server import serve
from rehearsal.plugins.provider import Checked, Created, Diff, Failure, Provider, Read


class Toy(Provider):
    package = "toy"
    version = "1.2.3"

    def __init__(self):
        super().__init__()
        self.together = threading.Barrier(16, timeout=60)

    def check(self, resource, olds, news, random_seed):
        if resource.type != "toy:index:Thing":
            return super().check(resource, olds, news, random_seed)
        failures = [Failure(property="size", reason="is too big")] if news.get("size") == 9 else []
        return Checked(inputs={**news, "colour": news.get("colour", "red")}, failures=failures)

    def diff(self, resource, resource_id, *, old_inputs, old_outputs, news, ignore_changes):
        keys = [key for key in news if news[key] != old_inputs.get(key)]
        return Diff(diffs=keys, replaces=[key for key in keys if key == "name"], detailed=dict.fromkeys(keys, "update"))

    def create(self, resource, inputs, *, preview, timeout):
        match inputs.get("mood"):
            case "refused":
                raise ProviderError("CreateThing: no\nmore things")
            case "broken":
                raise KeyError("a bug")
            case "half":
                raise InitFailedError("thing-1", inputs, inputs, ["it never became ready"])
            case "together":
                self.together.wait()
        return Created(id="" if preview else "thing-1", outputs={**inputs, "length": len(str(inputs.get("token")))})

    def read(self, resource, resource_id, inputs, outputs):
        return None if resource_id == "gone" else Read(id=resource_id, inputs=inputs, outputs=outputs)

    def invoke(self, token, args):
        return {"echo": args} if token == "toy:index:echo" else super().invoke(token, args)


if __name__ == "__main__":
    serve(Toy())

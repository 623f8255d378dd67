"""One policy process for tests of Envoy's configuration: `python -m tests.gateway.support.fake_policy --folder F --number N`.

It lets pass whoever has a key of `KEYS` and sends the request to the cluster named like the model. `Rules` in the file
`rules.json` of the folder change that. Requests are appended as JSON lines to `checks.jsonl`, first calls of longer bodies to
`callers.jsonl`.
"""

import argparse
import asyncio
import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from envoy.config.core.v3 import base_pb2
from envoy.service.auth.v3 import external_auth_pb2
from google.protobuf.json_format import MessageToDict

from gateway.envoy import contract
from gateway.policy.answers import direct
from gateway.policy.rpc.server import Server

KEYS = ("sk-llm-good",)
ENGINE_KEY = "engine-key"


@dataclass(kw_only=True)
class Rules:
    """What the fake policy does.

    Attributes:
        wait: Whether a `Check` waits until `let_go` is written.
        engine_key: Whether the engine gets a key.
        pass_models: Whether GET /v1/models is let pass, which is a mistake.
        cluster: Cluster to name instead of the model's; empty names none.
    """

    wait: bool = False
    engine_key: bool = True
    pass_models: bool = False
    cluster: str | None = None


def write_rules(folder: Path, rules: Rules) -> None:
    aside = folder / "rules.json.new"
    aside.write_text(json.dumps(asdict(rules)))
    aside.replace(folder / "rules.json")


class Policy:
    def __init__(self, folder: Path, number: int) -> None:
        self.folder, self.number = folder, number

    def rules(self) -> Rules:
        return Rules(**json.loads((self.folder / "rules.json").read_text()))

    def note(self, name: str, line: dict[str, Any]) -> None:
        with (self.folder / name).open("a") as file:
            file.write(json.dumps({"process": self.number, **line}) + "\n")

    async def answer(self, message: bytes) -> bytes:
        return (await self.decide(external_auth_pb2.CheckRequest.FromString(message))).SerializeToString()

    async def decide(self, request: external_auth_pb2.CheckRequest) -> external_auth_pb2.CheckResponse:
        http = request.attributes.request.http
        metadata = MessageToDict(request.attributes.metadata_context).get("filterMetadata", {})
        first = request.attributes.context_extensions.get(contract.CALLER_EXTENSION) == contract.CALLER_FIRST
        self.note(
            "callers.jsonl" if first else "checks.jsonl",
            {
                "path": http.path,
                "method": http.method,
                "headers": dict(http.headers),
                "metadata": metadata,
                "body": len(http.body.encode()),
            },
        )
        while self.rules().wait and not first:  # noqa: ASYNC110 - a file says when it is over
            await asyncio.sleep(0.02)
        rules = self.rules()
        claims = metadata.get(contract.CLAIMS_NAMESPACE, {}).get(contract.CLAIMS_KEY)
        if claims is None and http.headers.get("authorization", "").removeprefix("Bearer ") not in KEYS:
            return refusal(401, "invalid_api_key")
        if first:
            return external_auth_pb2.CheckResponse(ok_response=external_auth_pb2.OkHttpResponse())
        if http.path.startswith("/v1/models") and not rules.pass_models:
            return refusal(200, None)
        model = metadata.get(contract.REQUEST_NAMESPACE, {}).get("model")
        if not rules.pass_models and not isinstance(model, str):
            return refusal(400, "invalid_request_error")
        answer = external_auth_pb2.CheckResponse()
        cluster = str(model) if rules.cluster is None else rules.cluster
        found = {contract.CLUSTER_HEADER: cluster} if cluster else {}
        if rules.engine_key:
            found[contract.AUTHORIZATION_HEADER] = f"Bearer {ENGINE_KEY}"
        answer.ok_response.headers.extend(option(name, value) for name, value in found.items())
        answer.ok_response.response_headers_to_add.append(option("x-ratelimit-limit-requests", "10"))
        answer.dynamic_metadata.update({"tenant": "a", "process": self.number})
        return answer


def option(key: str, value: str) -> base_pb2.HeaderValueOption:
    return base_pb2.HeaderValueOption(
        header=base_pb2.HeaderValue(key=key, value=value), append_action="OVERWRITE_IF_EXISTS_OR_ADD"
    )


def refusal(status: int, code: str | None) -> external_auth_pb2.CheckResponse:
    return direct(status, {"error": {"message": "refused", "code": code}} if code else {"object": "list", "data": []})


async def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--number", type=int, required=True)
    given = parser.parse_args()
    socket = given.folder / f"policy-{given.number}.sock"
    socket.unlink(missing_ok=True)
    await Server(Policy(given.folder, given.number).answer, lambda: True).start(socket)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main())

import asyncio
import threading

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError
from prometheus_client import REGISTRY

from gateway.policy.responses import delivery
from gateway.policy.responses.delivery import ATTEMPTS, Delivery


class Firehose:
    """Takes what `refuse` does not, by the number of the call; `fail` raises in place of an answer."""

    def __init__(self, refuse=lambda call, line: False, fail=None):
        self.batches, self._refuse, self._fail = [], refuse, fail

    def put_record_batch(self, *, DeliveryStreamName, Records):  # noqa: N803
        assert DeliveryStreamName == "s"
        self.batches.append([each["Data"] for each in Records])
        if self._fail:
            raise self._fail
        refused = [self._refuse(len(self.batches), each["Data"]) for each in Records]
        results = [{"ErrorCode": "ServiceUnavailableException"} if no else {"RecordId": "1"} for no in refused]
        return {"FailedPutCount": sum(refused), "RequestResponses": results}


def dropped(reason):
    return REGISTRY.get_sample_value("llm_gateway_response_logs_dropped_total", {"reason": reason}) or 0


def logged(model="m"):
    return REGISTRY.get_sample_value("llm_gateway_response_logs_total", {"model": model}) or 0


def sent(client, *lines):
    async def run():
        queue = Delivery(client, "s", pause=0)
        for line in lines:
            queue.put("m", line)
        await queue.flush()

    asyncio.run(run())
    return client.batches


def test_records_go_in_batches_of_firehoses_sizes():
    batches = sent(Firehose(), *[b"x"] * 1100)
    assert [len(batch) for batch in batches] == [500, 500, 100]
    assert [len(batch) for batch in sent(Firehose(), *[b"x" * 1_000_000] * 6)] == [4, 2]


def test_what_is_refused_is_sent_again_alone_and_counted_once():
    before = logged()
    batches = sent(Firehose(lambda call, line: call < 3 and line == b"b"), b"a", b"b", b"c")
    assert batches == [[b"a", b"b", b"c"], [b"b"], [b"b"]]
    assert logged() - before == 3


@pytest.mark.parametrize(
    "fail",
    [
        ClientError({"Error": {"Code": "ThrottlingException"}}, "PutRecordBatch"),
        EndpointConnectionError(endpoint_url="https://firehose"),
    ],
)
def test_what_firehose_never_takes_is_dropped_and_counted(fail):
    before, there = dropped("firehose"), logged()
    assert len(sent(Firehose(fail=fail), b"a", b"b")) == ATTEMPTS
    assert dropped("firehose") - before == 2
    assert logged() == there


def test_a_full_queue_drops_and_never_waits(monkeypatch):
    monkeypatch.setattr(delivery, "QUEUE_RECORDS", 3)
    before = dropped("queue")
    assert sent(Firehose(), *[b"x"] * 5) == [[b"x"] * 3]
    assert dropped("queue") - before == 2
    monkeypatch.setattr(delivery, "QUEUE_BYTES", 10)
    assert sent(Firehose(), 6 * b"x", 6 * b"y") == [[6 * b"x"]]
    assert dropped("queue") - before == 3


def test_a_process_that_ends_sends_what_a_stalled_call_left():
    began, go = threading.Event(), threading.Event()

    class Stalled(Firehose):
        def put_record_batch(self, **given):
            stalls = not self.batches
            answer = super().put_record_batch(**given)
            if stalls:
                began.set()
                go.wait()
            return answer

    async def run():
        client = Stalled()
        queue = Delivery(client, "s", pause=0)
        queue.put("m", b"a")
        task = asyncio.create_task(queue.run())
        await asyncio.to_thread(began.wait)
        queue.put("m", b"b")
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        go.set()
        await queue.flush()
        return client.batches

    assert asyncio.run(run()) == [[b"a"], [b"a", b"b"]]

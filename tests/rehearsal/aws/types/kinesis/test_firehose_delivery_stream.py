"""What is written to a stream is an object of its bucket, below its prefix."""

import gzip
import re
from datetime import UTC, datetime

from rehearsal.aws.types.kinesis.firehose_delivery_stream import object_key
from tests.rehearsal.aws.scene import Scene, delivery

KIND = "aws:kinesis/firehoseDeliveryStream:FirehoseDeliveryStream"


def test_a_record_is_an_object_below_the_prefix(stack):
    scene = Scene(stack)
    stream = stack.create(KIND, "it", destination="extended_s3", extendedS3Configuration=delivery(scene, 300))
    line = b'{"service": "dev/chat"}\n'
    scene.aws("firehose").put_record(DeliveryStreamName=stream["name"], Record={"Data": line})
    s3 = scene.aws("s3")
    (made,) = s3.list_objects_v2(Bucket=scene.bucket().id)["Contents"]
    assert re.fullmatch(r"logs/responses/\d{4}/\d\d/\d\d/\d\d/.*-\d-\d{4}(-\d\d){5}-[0-9a-f-]{36}\.gz", made["Key"])
    found = s3.get_object(Bucket=scene.bucket().id, Key=made["Key"])
    assert gzip.decompress(found["Body"].read()) == line
    assert (found["ServerSideEncryption"], found["SSEKMSKeyId"]) == ("aws:kms", scene.key()["arn"])


def test_the_prefix_is_evaluated():
    destination = {
        "Prefix": "logs/responses/!{timestamp:yyyy/MM/dd/HH}/",
        "CompressionFormat": "GZIP",
        "FileExtension": ".jsonl.gz",
    }
    key = object_key("llm-dev-responses", "1", destination, datetime(2026, 11, 27, 8, 5, 3, tzinfo=UTC))
    assert key.startswith("logs/responses/2026/11/27/08/llm-dev-responses-1-2026-11-27-08-05-03-")
    assert key.endswith(".jsonl.gz")
    plain = object_key("s", "1", {"Prefix": "logs/"}, datetime(2026, 11, 27, 8, tzinfo=UTC))
    assert plain.startswith("logs/2026/11/27/08/s-1-")
    assert "." not in plain

"""What is written to a stream is an object of its bucket, below its prefix."""

import gzip

from tests.rehearsal.aws.scene import Scene, delivery

KIND = "aws:kinesis/firehoseDeliveryStream:FirehoseDeliveryStream"


def test_a_record_is_an_object_below_the_prefix(stack):
    scene = Scene(stack)
    stream = stack.create(KIND, "it", destination="extended_s3", extendedS3Configuration=delivery(scene, 300))
    line = b'{"service": "dev/chat"}\n'
    scene.aws("firehose").put_record(DeliveryStreamName=stream["name"], Record={"Data": line})
    s3 = scene.aws("s3")
    (made,) = s3.list_objects_v2(Bucket=scene.bucket().id)["Contents"]
    assert made["Key"].startswith("logs/responses/")
    body = s3.get_object(Bucket=scene.bucket().id, Key=made["Key"])["Body"].read()
    assert (gzip.decompress(body) if body[:2] == b"\x1f\x8b" else body) == line

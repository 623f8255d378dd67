from pathlib import Path

import pytest

from gateway.archive.errors import ArchiveError
from gateway.archive.pruning import pruned

RECORD = "xds_protos-1.dist-info/RECORD"


@pytest.fixture
def files(tmp_path: Path) -> dict[str, Path]:
    """Packages, made small."""
    names = [
        *("botocore/client.py", "botocore/data/endpoints.json", "botocore/data/dynamodb/2012/service-2.json.gz"),
        *("botocore/data/dynamodb/2012/examples-1.json", "botocore/data/s3/2006/service-2.json.gz"),
        "botocore/data/firehose/2015/service-2.json.gz",
        *("botocore/data/sts/2011/service-2.json.gz", "botocore/data/ec2/2016/service-2.json.gz"),
        *(
            "bin/jp.py",
            "six.py",
            "six-1.dist-info/METADATA",
            "six-1.dist-info/licenses/LICENSE",
            "six-1.dist-info/RECORD",
        ),
        *(
            "six-1.dist-info/INSTALLER",
            "grpc/_cython/cygrpc.pyi",
            "uvloop/loop.pyx",
            "uvloop/loop.pxd",
            "google/protobuf/any_pb2.py",
        ),
        *("envoy/a_pb2.py", "envoy/b_pb2.py", RECORD),
    ]
    found = {name: tmp_path / str(number) for number, name in enumerate(names)}
    for path in found.values():
        path.write_text("")
    found[RECORD].write_text("envoy/a_pb2.py,sha256=x,1\nenvoy/b_pb2.py,sha256=y,1\nxds_protos-1.dist-info/RECORD,,\n")
    return found


def test_what_is_kept(files: dict[str, Path], tmp_path: Path) -> None:
    source = tmp_path / "source.py"
    source.write_text("from envoy import a_pb2")
    assert set(pruned(files, [source])) == {
        "botocore/client.py",
        "botocore/data/endpoints.json",
        "botocore/data/dynamodb/2012/service-2.json.gz",
        "botocore/data/firehose/2015/service-2.json.gz",
        "botocore/data/s3/2006/service-2.json.gz",
        "botocore/data/sts/2011/service-2.json.gz",
        "six.py",
        "six-1.dist-info/METADATA",
        "six-1.dist-info/licenses/LICENSE",
        "google/protobuf/any_pb2.py",
        "envoy/a_pb2.py",
    }


def test_a_release_of_botocore_without_a_service(files: dict[str, Path]) -> None:
    del files["botocore/data/sts/2011/service-2.json.gz"]
    with pytest.raises(ArchiveError, match="botocore has no description of sts"):
        pruned(files, [])


def test_messages_without_a_list_of_their_files(files: dict[str, Path]) -> None:
    del files[RECORD]
    with pytest.raises(ArchiveError, match="xds-protos has no RECORD"):
        pruned(files, [])

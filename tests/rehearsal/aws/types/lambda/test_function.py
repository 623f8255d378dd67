"""The code of a function is the same zip file for the same files, from texts, files or a folder."""

import io
import zipfile
from importlib import import_module

import pytest

from rehearsal.plugins.errors import ProviderError
from rehearsal.plugins.wire import Asset
from tests.rehearsal.aws.scene import Scene, archive, asset

function = import_module("rehearsal.aws.types.lambda.function")


def names(code):
    return zipfile.ZipFile(io.BytesIO(function.zipped(code))).namelist()


def test_files_of_a_folder_and_of_assets_are_packed_in_order(tmp_path):
    (tmp_path / "b.py").write_text("b")
    (tmp_path / "a.py").write_text("a")
    folder = Asset(archive=True, fields={"path": str(tmp_path)})
    files = {name: Asset(archive=False, fields={"path": str(tmp_path / name)}) for name in ("b.py", "a.py")}
    assert names(folder) == names(Asset(archive=True, fields={"assets": files})) == ["a.py", "b.py"]
    assert function.zipped(folder) == function.zipped(archive({"b.py": "b", "a.py": "a"}))


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        (asset("a"), "code is an AssetArchive or a FileArchive"),
        (Asset(archive=True, fields={"path": "/nowhere"}), "code /nowhere is not a folder"),
        (Asset(archive=True, fields={"assets": {"a": Asset(archive=False, fields={"path": "/no"})}}), "/no: No such"),
        (
            Asset(archive=True, fields={"assets": {"a": Asset(archive=False, fields={"uri": "x"})}}),
            "code a is a FileAsset",
        ),
    ],
)
def test_other_code_is_refused(code, reason):
    with pytest.raises(ProviderError, match=reason):
        function.zipped(code)


def test_code_reaches_aws_and_a_published_message_runs_nothing(stack):
    scene = Scene(stack)
    made = scene.function()
    found = scene.aws("lambda").get_function(FunctionName=made.id)["Configuration"]
    assert (found["CodeSha256"], found["Runtime"]) == (made["sourceCodeHash"], "python3.13")
    scene.once(
        "aws:sns/topicSubscription:TopicSubscription",
        "to",
        topic=scene.topic().id,
        protocol="lambda",
        endpoint=made["arn"],
    )
    assert scene.aws("sns").publish(TopicArn=scene.topic().id, Message="a")["MessageId"]

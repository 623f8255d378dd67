"""``rehearse actions`` prints what a world's plugins called."""

import pytest

from rehearsal.commands import inspection
from rehearsal.providers.aws.recorder import Recorder, log_of
from rehearsal.world import World
from rehearsal.worlds import NoWorldError, free_ports


def test_the_actions_of_a_world_are_printed_sorted(tmp_path, monkeypatch, capsys):
    world = World(root=tmp_path, name="w", ports=free_ports())
    monkeypatch.setattr(inspection, "existing", lambda name: world)
    recorder = Recorder(log_of(world))
    recorder.note("s3", "HeadBucket")
    recorder.note("ec2", "CreateVpc")
    assert inspection.actions("w") == 0
    assert capsys.readouterr().out.split() == ["ec2:CreateVpc", "s3:ListBucket"]


def test_a_world_that_is_not_there_is_named():
    with pytest.raises(NoWorldError, match="world nowhere: none"):
        inspection.actions("nowhere")

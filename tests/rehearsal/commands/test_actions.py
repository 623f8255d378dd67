"""``rehearse actions`` prints what a sandbox's plugins called."""

import pytest

from rehearsal.aws.action_log import ActionLog, log_of
from rehearsal.commands import inspection
from rehearsal.sandbox import Sandbox
from rehearsal.sandboxes import NoSandboxError, free_ports


def test_the_actions_of_a_sandbox_are_printed_sorted(tmp_path, monkeypatch, capsys):
    sandbox = Sandbox(root=tmp_path, name="w", ports=free_ports())
    monkeypatch.setattr(inspection, "existing", lambda name: sandbox)
    recorder = ActionLog(log_of(sandbox))
    recorder.note("s3", "HeadBucket")
    recorder.note("ec2", "CreateVpc")
    assert inspection.actions("w") == 0
    assert capsys.readouterr().out.split() == ["ec2:CreateVpc", "s3:ListBucket"]


def test_a_sandbox_that_is_not_there_is_named():
    with pytest.raises(NoSandboxError, match="sandbox nowhere: none"):
        inspection.actions("nowhere")

"""Commands that look at a sandbox: a stack's outputs, secrets only when requested, and IAM actions."""

import json

import pytest

from cli.console import UsageError
from rehearsal.aws.action_log import ActionLog, log_of
from rehearsal.commands import inspection
from rehearsal.commands.exit_codes import ExitCode
from rehearsal.sandbox import Sandbox
from rehearsal.sandboxes import NoSandboxError, free_ports, open_or_create
from rehearsal.stacks import pulumi_cli

SHOWN = {"small_url": "http://127.1.2.3", "small_api_key": "sk-1", "platform": {"zones": ["a", "b"]}}


@pytest.fixture
def stack(play, monkeypatch):
    """A stack in a sandbox, whose engine tells these outputs."""
    play(0)
    sandbox, _ = open_or_create("default")
    state = sandbox.state / ".pulumi/stacks/platform/dev.json"
    state.parent.mkdir(parents=True)
    state.write_text(json.dumps({"checkpoint": {"latest": {}}}))

    def command(_sandbox, *arguments: str) -> str:
        shown = SHOWN if "--show-secrets" in arguments else {**SHOWN, "small_api_key": "[secret]"}
        return json.dumps(shown)

    monkeypatch.setattr(pulumi_cli, "command", command)
    return "dev"


def test_all_outputs_are_json_and_secrets_stay_hidden(stack, capsys):
    assert inspection.outputs("default", stack, None, show_secrets=False) is ExitCode.DONE
    assert json.loads(capsys.readouterr().out) == {**SHOWN, "small_api_key": "[secret]"}


def test_one_output_is_plain_text(stack, capsys):
    inspection.outputs("default", stack, "small_api_key", show_secrets=True)
    assert capsys.readouterr().out == "sk-1\n"
    inspection.outputs("default", stack, "platform", show_secrets=False)
    assert json.loads(capsys.readouterr().out) == SHOWN["platform"]


def test_a_hidden_secret_says_how_to_see_it(stack, capsys):
    inspection.outputs("default", stack, "small_api_key", show_secrets=False)
    shown = capsys.readouterr()
    assert shown.out == "[secret]\n"
    assert shown.err == "[secret] is hidden: --show-secrets shows it\n"
    inspection.outputs("default", stack, None, show_secrets=False)
    assert "--show-secrets" in capsys.readouterr().err
    inspection.outputs("default", stack, "small_url", show_secrets=False)
    inspection.outputs("default", stack, None, show_secrets=True)
    assert not capsys.readouterr().err


def test_an_output_that_is_not_there_is_bad_use(stack):
    with pytest.raises(UsageError, match="no 'large_url'; it exports platform, small_api_key, small_url"):
        inspection.outputs("default", stack, "large_url", show_secrets=False)


def test_a_stack_that_is_not_there_is_bad_use(stack):
    with pytest.raises(UsageError, match="no stack 'prod'"):
        inspection.outputs("default", "prod", None, show_secrets=False)


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

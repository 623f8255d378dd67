import json
from pathlib import Path

import pytest
import yaml

from portal.runner.connection import Connection
from portal.runner.workspace import LockedError, Workspace

CONFIG = {"owner": "search", "platform": "dev", "services": {"qwen": {"replicas": 1}}}


def test_pulumi_yaml_points_back_at_the_program_and_at_the_stand_ins(workspace: Workspace, program: Path):
    workspace.write_project()
    made = yaml.safe_load((workspace.folder / "Pulumi.yaml").read_text())
    assert made["main"] == str(program)
    assert made["runtime"]["options"]["virtualenv"] == str(program / ".venv")
    assert made["plugins"]["providers"] == [{"name": "aws", "path": "/plugins/aws"}]


def test_the_stack_file_is_rebuilt_with_the_salt_that_was_kept(workspace: Workspace):
    workspace.write_stack(CONFIG, with_token=False)
    made = yaml.safe_load(workspace.stack_file.read_text())
    workspace.stack_file.write_text(yaml.safe_dump({"encryptionsalt": "v1:salt"} | made))
    workspace.keep_encryption({})
    workspace.stack_file.unlink()
    workspace.write_stack(CONFIG | {"services": {}}, with_token=False)
    again = yaml.safe_load(workspace.stack_file.read_text())
    assert again["encryptionsalt"] == "v1:salt"
    assert again["config"]["llm-platform:services"] == {}
    assert workspace.stack_file.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    ("provider", "kept"),
    [
        ({"type": "passphrase", "state": {"salt": "v1:s"}}, {"encryptionsalt": "v1:s"}),
        (
            {"type": "cloud", "state": {"url": "awskms://k", "encryptedkey": "e"}},
            {"secretsprovider": "awskms://k", "encryptedkey": "e"},
        ),
        ({"type": "service", "state": {}}, {}),
    ],
)
def test_a_lost_salt_is_taken_from_the_state(workspace: Workspace, provider: dict, kept: dict):
    workspace.write_stack(CONFIG, with_token=False)
    workspace.keep_encryption({"secrets_providers": provider})
    assert workspace.kept() == kept


def test_the_token_is_kept_encrypted_and_noticed_when_it_changes(workspace: Workspace):
    workspace.write_stack(CONFIG, with_token=False)
    made = yaml.safe_load(workspace.stack_file.read_text())
    made["config"]["llm-platform:hf_api_token"] = {"secure": "v1:cipher"}
    workspace.stack_file.write_text(yaml.safe_dump(made))
    assert not workspace.token_is_kept()
    workspace.keep_token()
    assert workspace.token_is_kept()
    assert "v1:cipher" in workspace.render(CONFIG, with_token=True)
    assert "v1:cipher" not in workspace.render(CONFIG, with_token=False)
    assert "hf_token" not in (workspace.connection.data_dir / "secrets" / "dev-search.yaml").read_text()
    other = Connection(**{**vars(workspace.connection), "hub_token": "hf_other"})
    assert not Workspace(connection=other, stack="dev-search").token_is_kept()


def test_one_run_at_a_time_holds_the_stack(workspace: Workspace):
    with workspace.held(), pytest.raises(LockedError, match="another operation"), workspace.held():
        pass
    with workspace.held():
        pass


def test_what_is_handed_over_names_no_environment(workspace: Workspace):
    assert "environment" not in json.loads(workspace.connection.hand_over())
    assert "hf_token" not in repr(workspace.connection)

"""The workspace ``.rehearsal/NAME/project/``: the checkout's own project, with the stand-in plugins found by path.

Nothing tracked by git is written: Pulumi.yaml is made from the checkout's, ``main`` points back at the checkout, and
each plugin is a launcher of two lines.
"""

import os
import sys
from pathlib import Path
from typing import Any

import yaml

from rehearsal.engine.workspace import prepare_bin
from rehearsal.plugins.launcher import write_plugin_dir
from rehearsal.sandbox import Sandbox, write_atomically
from rehearsal.sandboxes import CHECKOUT
from rehearsal.supervisor.processes import environment

PLUGINS = ("aws", "awsx", "eks", "kubernetes")
PASSPHRASE = "rehearsal"  # noqa: S105 - protects nothing: the sandbox holds no real secret


def project_name() -> str:
    """The name in the checkout's Pulumi.yaml."""
    return str(_root_project()["name"])


def generate(sandbox: Sandbox) -> None:
    """Write Pulumi.yaml, the launchers and the folder that the engine's PATH starts with."""
    project = _root_project()
    project["main"] = str(CHECKOUT)
    project["plugins"] = {"providers": [{"name": name, "path": str(_plugin_folder(sandbox, name))} for name in PLUGINS]}
    runtime = project.get("runtime")
    if isinstance(runtime, dict) and (virtualenv := runtime.get("options", {}).get("virtualenv")):
        runtime["options"]["virtualenv"] = str(CHECKOUT / virtualenv)
    write_atomically(sandbox.project / "Pulumi.yaml", yaml.safe_dump(project, sort_keys=False))
    for name in PLUGINS:
        write_plugin_dir(_plugin_folder(sandbox, name), name)
    prepare_bin(sandbox.root)


def tools(sandbox: Sandbox) -> Path:
    """Folder of ``pulumi`` and ``pulumi-language-python``."""
    return sandbox.root / "bin"


RECOVERY = ("PULUMI_K8S_UPSERT_EXISTING_OBJECTS", "PULUMI_K8S_ENABLE_PATCH_FORCE")
"""Variables of the Kubernetes provider that, set to ``true``, let one up take over what a killed one made."""


def engine_environment(sandbox: Sandbox) -> dict[str, str]:
    """What keeps the engine offline, in this sandbox's backend and apart from the user's own Pulumi."""
    (sandbox.root / "home").mkdir(exist_ok=True)
    recovery = {name: os.environ[name] for name in RECOVERY if name in os.environ}
    return (
        environment(sandbox.root)
        | recovery
        | {
            "PATH": f"{tools(sandbox)}:{Path(sys.executable).parent}:{os.environ.get('PATH', os.defpath)}",
            # Without its sidecar files: they are not written atomically, and a torn one makes the stack unreadable.
            "PULUMI_BACKEND_URL": f"file://{sandbox.state}?metadata=skip",
            "PULUMI_HOME": str(sandbox.root / "home"),
            "PULUMI_CONFIG_PASSPHRASE": PASSPHRASE,
            "PULUMI_SKIP_UPDATE_CHECK": "true",
            "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
            "PULUMI_SELF_MANAGED_STATE_NO_LEGACY_WARNING": "true",
            # --event-log is accepted only with this one.
            "PULUMI_DEBUG_COMMANDS": "true",
        }
        | aws_environment(sandbox)
    )


def aws_environment(sandbox: Sandbox) -> dict[str, str]:
    """What leads boto3 in the program to the sandbox's AWS, and to nothing else on this machine."""
    return {
        "AWS_ENDPOINT_URL": sandbox.aws_url,
        "AWS_ACCESS_KEY_ID": "rehearsal",
        "AWS_SECRET_ACCESS_KEY": "rehearsal",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
    }


def _root_project() -> dict[str, Any]:
    project: dict[str, Any] = yaml.safe_load((CHECKOUT / "Pulumi.yaml").read_text())
    return project


def _plugin_folder(sandbox: Sandbox, name: str) -> Path:
    return sandbox.root / "plugins" / name

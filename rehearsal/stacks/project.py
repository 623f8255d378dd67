"""Generated Pulumi workspace ``.rehearsal/NAME/project/``: the checkout's own project, with plugins found by path.

Nothing tracked by git is written: Pulumi.yaml is made from the checkout's, ``main`` points back at the checkout, and
each plugin is a launcher of two lines.
"""

import os
import sys
from pathlib import Path

from rehearsal.engine.workspace import prepare_bin
from rehearsal.images.timing import DEFAULT_TIME_SCALE, TIME_SCALE
from rehearsal.plugins.launcher import write_plugin_dir
from rehearsal.sandbox import Sandbox
from rehearsal.sandboxes import CHECKOUT
from rehearsal.supervisor.child_processes import environment
from workspace.project import read_project, write_project

PLUGINS = ("aws", "awsx", "eks", "kubernetes")
PASSPHRASE = "rehearsal"  # noqa: S105 - protects nothing: the sandbox holds no real secret


def project_name() -> str:
    """The name in the checkout's Pulumi.yaml."""
    return str(read_project(CHECKOUT)["name"])


def plugins(sandbox: Sandbox) -> list[dict[str, str]]:
    """Return name and path of each provider that a sandbox's Pulumi finds by path."""
    return [{"name": name, "path": str(sandbox.root / "plugins" / name)} for name in PLUGINS]


def generate(sandbox: Sandbox) -> None:
    """Write Pulumi.yaml, the launchers and the folder that the engine's PATH starts with."""
    write_project(sandbox.project, CHECKOUT, plugins(sandbox))
    for plugin in plugins(sandbox):
        write_plugin_dir(Path(plugin["path"]), plugin["name"])
    prepare_bin(sandbox.root)


def tools(sandbox: Sandbox) -> Path:
    """Folder of ``pulumi`` and ``pulumi-language-python``."""
    return sandbox.root / "bin"


RECOVERY = ("PULUMI_K8S_UPSERT_EXISTING_OBJECTS", "PULUMI_K8S_ENABLE_PATCH_FORCE")
"""Variables of the Kubernetes provider that, set to ``true``, let one up take over what a killed one made."""

AUTOSCALING_TIME_SCALE = "LLM_PLATFORM_AUTOSCALING_TIME_SCALE"
"""Variable of the program: factor on every duration of autoscaling; 1 where it is not set."""


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
            TIME_SCALE: (scale := os.environ.get(TIME_SCALE, DEFAULT_TIME_SCALE)),
            AUTOSCALING_TIME_SCALE: os.environ.get(AUTOSCALING_TIME_SCALE, scale),
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

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
from rehearsal.providers.launcher import write_plugin_dir
from rehearsal.supervisor.processes import environment
from rehearsal.world import World, write_atomically
from rehearsal.worlds import CHECKOUT

PLUGINS = ("aws", "awsx", "eks", "kubernetes")
PASSPHRASE = "rehearsal"  # noqa: S105 - protects nothing: the world holds no real secret


def project_name() -> str:
    """The name in the checkout's Pulumi.yaml."""
    return str(_root_project()["name"])


def generate(world: World) -> None:
    """Write Pulumi.yaml, the launchers and the folder that the engine's PATH starts with."""
    project = _root_project()
    project["main"] = str(CHECKOUT)
    project["plugins"] = {"providers": [{"name": name, "path": str(_plugin_folder(world, name))} for name in PLUGINS]}
    runtime = project.get("runtime")
    if isinstance(runtime, dict) and (virtualenv := runtime.get("options", {}).get("virtualenv")):
        runtime["options"]["virtualenv"] = str(CHECKOUT / virtualenv)
    write_atomically(world.project / "Pulumi.yaml", yaml.safe_dump(project, sort_keys=False))
    for name in PLUGINS:
        write_plugin_dir(_plugin_folder(world, name), name)
    prepare_bin(world.root)


def tools(world: World) -> Path:
    """Folder of ``pulumi`` and ``pulumi-language-python``."""
    return world.root / "bin"


RECOVERY = ("PULUMI_K8S_UPSERT_EXISTING_OBJECTS", "PULUMI_K8S_ENABLE_PATCH_FORCE")
"""Variables of the Kubernetes provider that, set to ``true``, let one up take over what a killed one made."""


def engine_environment(world: World) -> dict[str, str]:
    """What keeps the engine offline, in this world's backend and apart from the user's own Pulumi."""
    (world.root / "home").mkdir(exist_ok=True)
    recovery = {name: os.environ[name] for name in RECOVERY if name in os.environ}
    return (
        environment(world.root)
        | recovery
        | {
            "PATH": f"{tools(world)}:{Path(sys.executable).parent}:{os.environ.get('PATH', os.defpath)}",
            # Without its sidecar files: they are not written atomically, and a torn one makes the stack unreadable.
            "PULUMI_BACKEND_URL": f"file://{world.state}?metadata=skip",
            "PULUMI_HOME": str(world.root / "home"),
            "PULUMI_CONFIG_PASSPHRASE": PASSPHRASE,
            "PULUMI_SKIP_UPDATE_CHECK": "true",
            "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
            "PULUMI_SELF_MANAGED_STATE_NO_LEGACY_WARNING": "true",
            # --event-log is accepted only with this one.
            "PULUMI_DEBUG_COMMANDS": "true",
        }
        | aws_environment(world)
    )


def aws_environment(world: World) -> dict[str, str]:
    """What leads boto3 in the program to the world's AWS, and to nothing else on this machine."""
    return {
        "AWS_ENDPOINT_URL": world.aws_url,
        "AWS_ACCESS_KEY_ID": "rehearsal",
        "AWS_SECRET_ACCESS_KEY": "rehearsal",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
    }


def _root_project() -> dict[str, Any]:
    project: dict[str, Any] = yaml.safe_load((CHECKOUT / "Pulumi.yaml").read_text())
    return project


def _plugin_folder(world: World, name: str) -> Path:
    return world.root / "plugins" / name
